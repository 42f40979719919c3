"""Everything the environment may say, read once and checked: a bad value stops start-up with one clear line."""

import os
import secrets
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent
environ.Env.read_env(BASE_DIR / ".env")


def text(name: str, default: str = "") -> str:
    """A text value; an empty one counts as absent."""
    return os.environ.get(name, "").strip() or default


def flag(name: str, default: bool = False) -> bool:
    """A yes/no value: only 1/0, true/false, yes/no and on/off are accepted."""
    raw = text(name, "")
    if not raw:
        return default
    if raw.lower() in {"1", "true", "yes", "on"}:
        return True
    if raw.lower() in {"0", "false", "no", "off"}:
        return False
    raise ImproperlyConfigured(f"{name}={raw!r} is neither yes nor no: use 1 or 0.")


def number(name: str, default: int, *, low: int = 0, high: int = 2**31) -> int:
    """A whole number between ``low`` and ``high``."""
    raw = text(name, str(default))
    if not raw.removeprefix("-").isdecimal():
        raise ImproperlyConfigured(f"{name}={raw!r} is not a whole number.")
    value = int(raw)
    if not low <= value <= high:
        raise ImproperlyConfigured(f"{name}={value} must lie between {low} and {high}.")
    return value


def decimal(name: str, default: str, *, low: str = "0", high: str = "1000000") -> Decimal:
    """A number with a decimal point between ``low`` and ``high``."""
    raw = text(name, default)
    try:
        value = Decimal(raw)
    except InvalidOperation:
        raise ImproperlyConfigured(f"{name}={raw!r} is not a number: write it like 0.4.") from None
    if not value.is_finite() or not Decimal(low) <= value <= Decimal(high):
        raise ImproperlyConfigured(f"{name}={raw} must lie between {low} and {high}.")
    return value


def names(name: str, default: list[str]) -> list[str]:
    """A comma-separated list."""
    return [part.strip() for part in text(name).split(",") if part.strip()] or default


def choice(name: str, default: str, allowed: tuple[str, ...]) -> str:
    """One of a few words."""
    value = text(name, default).lower()
    if value not in allowed:
        raise ImproperlyConfigured(f"{name}={value!r} must be one of {', '.join(allowed)}.")
    return value


def url(name: str, default: str, schemes: set[str]) -> str:
    """An absolute URL of one of the given schemes, without a trailing slash."""
    value = text(name, default).rstrip("/")
    parts = urlsplit(value)
    if parts.scheme not in schemes or not parts.netloc:
        raise ImproperlyConfigured(f"{name}={value!r} must be a URL starting with {' or '.join(sorted(schemes))}.")
    return value


def home() -> Path:
    """The folder that holds everything the running product keeps (``B2SHIFT_HOME``)."""
    return Path(text("B2SHIFT_HOME", str(BASE_DIR / "var"))).expanduser().resolve()


def secret_key() -> str:
    """``SECRET_KEY``, or a random key made once and kept under ``B2SHIFT_HOME/keys`` readable by the owner only."""
    given = text("SECRET_KEY")
    if given:
        if len(given) < 40:
            raise ImproperlyConfigured("SECRET_KEY is shorter than 40 characters: use a long random value.")
        return given
    path = home() / "keys" / "secret_key"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.parent.chmod(0o700)
        try:
            with path.open("x") as file:
                path.chmod(0o600)
                file.write(secrets.token_urlsafe(64))
        except FileExistsError:
            pass  # another process made it a moment ago
    return path.read_text().strip()


def database() -> dict[str, Any]:
    """Django's database settings: ``DATABASE_URL`` (PostgreSQL only), or the embedded server under ``B2SHIFT_HOME``."""
    given = text("DATABASE_URL")
    if not given:
        return {"ENGINE": "b2shift.lib.embedded", "NAME": "b2shift", "USER": "postgres"}
    settings: dict[str, Any] = environ.Env.db_url_config(given)
    if settings["ENGINE"] != "django.db.backends.postgresql":
        raise ImproperlyConfigured(
            "DATABASE_URL must name a PostgreSQL server (postgresql://…): B2Shift needs its guarantees."
        )
    return settings
