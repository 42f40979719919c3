"""The features of a run as a file in the lake: everything from which the run can be computed again.

One Parquet file per run holds the customers, the base columns, the values and, in its metadata, the declarations that made
values of base columns: a later version of the product can still say what a column meant.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings

from b2shift.lib.lake import Lake
from segments.features import FEATURES, Feature, Frame
from segments.wording import label

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

KEY = b"b2shift.features"
RAW = "raw."


def save(frame: Frame, run_id: int) -> str:
    """Write the features of a run under ``LAKE_URL``; returns the file's address. A run overwrites its own file."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns = {
        "customer": pa.array(frame.codes, pa.string()),
        "id": pa.array(frame.ids, pa.int64()),
        "industry": pa.array(frame.industry, pa.string()),
        "state": pa.array(frame.state, pa.string()),
    }
    columns |= {feature.name: _cells(frame.values[:, i]) for i, feature in enumerate(FEATURES)}
    columns |= {f"{RAW}{name}": _cells(values) for name, values in frame.raw.items()}
    told = json.dumps([declaration(feature) for feature in FEATURES], ensure_ascii=False)
    table = pa.table(columns).replace_schema_metadata({KEY: told.encode()})
    lake, relative = Lake(settings.LAKE_URL), f"features/run-{run_id}.parquet"
    with tempfile.TemporaryDirectory(prefix="b2shift-snapshot-") as folder:
        local = Path(folder) / "features.parquet"
        pq.write_table(table, local, compression="zstd")
        lake.keep(local, relative)
    return lake.address(relative)


def load(run_id: int) -> Frame:
    """The features that a run was computed from, to the last bit. Raises FileNotFoundError where the file is gone.

    Features that are declared today and were not then are missing for everybody.
    """
    import numpy as np

    table = _table(run_id)
    values = [
        _floats(table, feature.name) if feature.name in table.column_names else np.full(table.num_rows, np.nan)
        for feature in FEATURES
    ]
    return Frame(
        table["id"].to_numpy().astype(np.int64),
        table["customer"].to_pylist(),
        table["industry"].to_pylist(),
        table["state"].to_pylist(),
        {name.removeprefix(RAW): _floats(table, name) for name in table.column_names if name.startswith(RAW)},
        np.column_stack(values),
    )


def declarations(run_id: int) -> list[dict[str, Any]]:
    """What the columns of a run's snapshot meant when it was written."""
    found: list[dict[str, Any]] = json.loads(_table(run_id).schema.metadata[KEY])
    return found


def declaration(feature: Feature) -> dict[str, Any]:
    """A feature's declaration as plain values, its meaning in both languages."""
    return {
        "name": feature.name,
        "meaning": label(feature.name, feature.meaning),
        "side": feature.group,
        "unit": feature.unit,
        "source": feature.source,
        "transform": feature.transform,
        "missing_flag": feature.flag,
        "direction": feature.direction,
        "compared": feature.compared,
    }


def _cells(values: NDArray[np.float64]) -> Any:
    import pyarrow as pa

    return pa.array(values, pa.float64(), from_pandas=True)


def _floats(table: Any, name: str) -> NDArray[np.float64]:
    import numpy as np

    found: NDArray[np.float64] = table[name].to_numpy().astype(np.float64)
    return found


def _table(run_id: int) -> Any:
    """The whole file; ``FileNotFoundError`` where the lake does not hold it."""
    import pyarrow.parquet as pq

    lake, relative = Lake(settings.LAKE_URL), f"features/run-{run_id}.parquet"
    if not lake.exists(relative):
        raise FileNotFoundError(relative)
    if lake.folder:
        return pq.read_table(lake.address(relative))
    with lake.fs.open(lake.address(relative), "rb") as file:
        return pq.read_table(file)
