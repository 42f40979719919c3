"""One text for one value: JSON with sorted keys and a fixed form of numbers, so that equal values have equal bytes.

Whole numbers and fractions are different values (1 and 1.0). Fractions are written as the shortest text that reads back as the
same number. Decimals, days and moments are text; moments are told in UTC.
"""

import hashlib
import json
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID


def text(value: Any) -> str:
    """The canonical JSON of ``value``; raises ValueError for what has none (NaN, infinity) and TypeError for other types."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False, default=_plain)


def digest(value: Any) -> str:
    """SHA-256 of the canonical JSON, in hexadecimal."""
    return hashlib.sha256(text(value).encode()).hexdigest()


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return (value.astimezone(UTC) if value.tzinfo else value).isoformat()
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, Decimal):
        if not value.is_finite():
            raise ValueError(f"no canonical form: {value}")
        return format(value.normalize() or Decimal(0), "f")  # -0 is 0
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"no canonical form: {type(value).__name__}")
