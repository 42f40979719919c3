"""Columns of numbers to and from PostgreSQL in its binary forms: a million rows in about a second, without a loop in Python.

A column is one of ``WIDTHS``. What is read comes as one value per column: a driver that hands over each row by itself takes
longer for that than the database for the query. What is written goes by COPY.
"""

import struct
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.db import connection

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

WIDTHS = {">i8": 8, ">i4": 4, ">i2": 2, ">f8": 8, ">f4": 4, "?": 1}
"""bigint, integer, smallint, double precision, real, boolean, as numpy writes them."""
_SENT = {
    ">i8": "int8send",
    ">i4": "int4send",
    ">i2": "int2send",
    ">f8": "float8send",
    ">f4": "float4send",
    "?": "boolsend",
}
_HEADER = b"PGCOPY\n\xff\r\n\x00" + struct.pack(">ii", 0, 0)
_TRAILER = struct.pack(">h", -1)
_ROWS = 100_000


def read(query: str, parameters: Mapping[str, Any] | None, columns: Mapping[str, str]) -> "dict[str, NDArray[Any]]":
    """The rows of ``query`` as one array per column, all in one order, in the types that ``columns`` name in the query's order.

    ValueError where a column has a null; the database refuses a type that does not widen to the one that is named.
    """
    import numpy as np

    names = ", ".join(f'"{name}"' for name in columns)
    values = ", ".join(f"string_agg({_SENT[kind]}(\"{name}\"), ''::bytea)" for name, kind in columns.items())
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*), {values} FROM ({query}) AS rows({names})", parameters)  # noqa: S608
        count, *found = cursor.fetchone()
    arrays = {}
    for (name, kind), value in zip(columns.items(), found, strict=True):
        array = np.frombuffer(value or b"", dtype=kind)
        if len(array) != count:
            raise ValueError(f"the column {name} has nulls")
        arrays[name] = array.astype(np.dtype(kind).newbyteorder("="))
    return arrays


def write(table: str, columns: "Mapping[str, tuple[str, NDArray[Any]]]") -> int:
    """Append rows to ``table``; ``columns``: name → (type, values), all of one length. Returns how many rows."""
    import numpy as np

    row = _row({name: kind for name, (kind, _values) in columns.items()})
    count = len(next(iter(columns.values()))[1])
    names = ", ".join(f'"{name}"' for name in columns)
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({names}) FROM STDIN (FORMAT binary)") as copy:
        copy.write(_HEADER)
        for start in range(0, count, _ROWS):
            block = np.zeros(min(_ROWS, count - start), dtype=row)
            block["fields"] = len(columns)
            for name, (kind, values) in columns.items():
                block[f"{name} bytes"] = WIDTHS[kind]
                block[name] = values[start : start + _ROWS]
            copy.write(block.tobytes())
        copy.write(_TRAILER)
    return count


def _row(columns: Mapping[str, str]) -> "np.dtype[Any]":
    """One row as it travels: the number of fields, then each field's length and value."""
    import numpy as np

    parts = [("fields", ">i2")]
    for name, kind in columns.items():
        parts += [(f"{name} bytes", ">i4"), (name, kind)]
    return np.dtype(parts)
