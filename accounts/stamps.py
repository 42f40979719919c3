"""What a row of an append-only log carries to show that the product wrote it: a MAC by a key that the database does not hold.

The chain shows what happened to a row after it was sealed. Between its insertion and its seal only the stamp speaks for it: who can
write to the tables but does not have the key of the installation (``SECRET_KEY``) cannot make one, and each is there once.
"""

import json
import secrets
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac

from b2shift.lib import canonical

SALT = "accounts.stamps"
NONCE = 16  # characters in front of the MAC: two equal rows have different stamps


def make(log: str, values: Mapping[str, Any]) -> str:
    """The stamp of a new row of ``log`` with these columns (all that the database does not fill by itself)."""
    nonce = secrets.token_hex(NONCE // 2)
    return nonce + _mac(log, nonce, values, settings.SECRET_KEY)


def holds(log: str, stamp: str, values: Mapping[str, Any]) -> bool:
    """Whether the product wrote this row, with the key of today or one that was in use before it."""
    keys = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    nonce, mac = stamp[:NONCE], stamp[NONCE:]
    return bool(mac) and any(constant_time_compare(mac, _mac(log, nonce, values, key)) for key in keys)


def _mac(log: str, nonce: str, values: Mapping[str, Any], key: str | bytes) -> str:
    text = canonical.text([log, nonce, _as_stored(dict(values))])
    return salted_hmac(SALT, text, secret=key, algorithm="sha256").hexdigest()


def _as_stored(value: Any) -> Any:
    """``value`` as ``jsonb`` gives it back: keys are text, and numbers have one form whatever type Python reads them as."""
    return _one_form(json.loads(json.dumps(value)))


def _one_form(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _one_form(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_one_form(each) for each in value]
    if isinstance(value, int | float) and not isinstance(value, bool):
        return Decimal(repr(value))
    return value
