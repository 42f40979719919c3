"""What the sign-in page shows about people: ``{% load people %}``."""

from __future__ import annotations

from typing import Any

from django import template
from django.conf import settings

from accounts import people

register = template.Library()


@register.simple_tag
def demo_logins() -> list[dict[str, Any]]:
    """One ``{"role", "email", "password"}`` per role in demo mode (B2SHIFT_DEMO), otherwise nothing."""
    return list(getattr(people, "demo_logins", list)()) if settings.B2SHIFT_DEMO else []
