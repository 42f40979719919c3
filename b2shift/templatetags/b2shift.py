"""Formats and small tags shared by every screen: ``{% load b2shift %}``.

Every format follows the active language (pt-BR or English) through Babel; money is always BRL. A missing
value never fails and never looks like zero: it prints an em dash that says "no data".
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from babel import Locale, dates, numbers
from babel.core import UnknownLocaleError
from django import template
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models.fields import BLANK_CHOICE_DASH
from django.forms import BaseForm, BoundField, Select
from django.http import QueryDict
from django.templatetags.static import static
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext, to_locale

register = template.Library()

SPRITE = "vendor/tabler-icons/sprite.svg"
CHECKS = ("checkbox", "radio")
# A figure beyond this is a defect of the data: showing it would only break the page's layout.
LARGEST = Decimal(10) ** 20


def babel_locale() -> Locale:
    """The Babel locale of the active language; pt_BR where none is active or Babel does not know it."""
    try:
        return Locale.parse(to_locale(get_language() or "pt-br"))
    except (UnknownLocaleError, ValueError):
        return Locale.parse("pt_BR")


def _no_data() -> SafeString:
    return format_html('<abbr class="b2-none" title="{}">—</abbr>', gettext("no data"))


def _decimal(value: object) -> Decimal | None:
    """A finite Decimal, or None for whatever is missing or no figure (None, "", NaN, text, beyond LARGEST)."""
    if value is None or value == "" or isinstance(value, bool):
        return None
    try:
        figure = value if isinstance(value, Decimal) else Decimal(str(value))
    except InvalidOperation:
        return None
    return figure if figure.is_finite() and abs(figure) < LARGEST else None


def _moment(value: object) -> datetime | None:
    """An aware datetime in the current time zone; ISO text is read, a plain date has no moment."""
    try:
        found = parse_datetime(value) if isinstance(value, str) else value
    except ValueError:  # well formed, but no such moment
        return None
    if not isinstance(found, datetime):
        return None
    try:
        return timezone.localtime(found if timezone.is_aware(found) else timezone.make_aware(found))
    except OverflowError:  # the first or last day that a calendar has, in another time zone
        return None


def _day(value: object) -> date | None:
    if isinstance(value, str):
        try:
            value = parse_date(value) or parse_datetime(value)
        except ValueError:
            return None
    if isinstance(value, datetime):
        found = _moment(value)
        return found.date() if found else None
    return value if isinstance(value, date) else None


@register.filter
def brl(value: object) -> str:
    """Money in reais with two decimals: ``R$ 1.234,56`` in Portuguese, ``R$1,234.56`` in English."""
    figure = _decimal(value)
    return _no_data() if figure is None else numbers.format_currency(figure, "BRL", locale=babel_locale())


@register.filter
def brl_short(value: object) -> str:
    """Money in reais for tiles and axes: ``R$ 1,2 mi``; full words never, one decimal at most."""
    figure = _decimal(value)
    if figure is None:
        return _no_data()
    if abs(figure) < 1000:  # Babel's compact form would print every digit of an unrounded figure
        return brl(figure)
    return numbers.format_compact_currency(figure, "BRL", fraction_digits=1, locale=babel_locale())


@register.filter
def number(value: object, digits: int | str | None = None) -> str:
    """A plain number with the language's separators; ``digits`` fixes the decimals (default: up to 3)."""
    figure = _decimal(value)
    if figure is None:
        return _no_data()
    pattern = None if digits is None else "#,##0" + ("." + "0" * int(digits) if int(digits) else "")
    return numbers.format_decimal(figure, format=pattern, locale=babel_locale())


@register.filter
def percent(value: object, digits: int | str = 1) -> str:
    """A fraction as a percentage: ``0.1234`` prints ``12,3%``; ``digits`` fixes the decimals (default 1)."""
    figure = _decimal(value)
    if figure is None:
        return _no_data()
    pattern = "#,##0" + ("." + "0" * int(digits) if int(digits) else "") + "%"
    return numbers.format_percent(figure, format=pattern, locale=babel_locale())


@register.filter
def signed_percent(value: object, digits: int | str = 1) -> str:
    """A change as a fraction with its sign: ``0.042`` prints ``+4,2%``, ``-0.01`` prints ``-1,0%``."""
    figure = _decimal(value)
    text = percent(figure, digits)
    return f"+{text}" if figure is not None and figure > 0 else text


@register.filter
def cnpj(value: object) -> str:
    """A CNPJ as people write it, letters included: ``12.ABC.345/01DE-35``; anything else as it is."""
    text = "" if value is None else str(value)
    if len(text) != 14 or not text.isalnum():
        return text
    return f"{text[:2]}.{text[2:5]}.{text[5:8]}/{text[8:12]}-{text[12:]}"


@register.filter
def day(value: object) -> str:
    """A calendar day (date, datetime or ISO text): ``24/11/2026`` in Portuguese, ``Nov 24, 2026`` in English."""
    found = _day(value)
    if found is None:
        return _no_data()
    locale = babel_locale()
    return dates.format_date(found, "dd/MM/yyyy" if locale.language == "pt" else "medium", locale=locale)


@register.filter
def moment(value: object) -> str:
    """Day and minute in the project's time zone (São Paulo): ``24/11/2026 15:04``."""
    found = _moment(value)
    if found is None:
        return _no_data()
    locale = babel_locale()
    clock = dates.format_time(found, "HH:mm" if locale.language == "pt" else "short", locale=locale)
    return f"{day(found)} {clock}"


@register.filter
def iso(value: object) -> str:
    """Machine-readable form for ``<time datetime>``; empty where there is no value."""
    found = _moment(value) or _day(value)
    return found.isoformat() if found else ""


@register.filter
def since(value: object) -> str:
    """Distance from now in words, past or future: ``há 3 dias``, ``em 2 horas``."""
    found: date | None = _moment(value)
    if found is not None:
        gap: Any = found - timezone.now()
    else:
        found = _day(value)
        if found is None:
            return _no_data()
        gap = found - timezone.localdate()
        if not gap.days:
            return gettext("today")
    return dates.format_timedelta(gap, add_direction=True, locale=babel_locale())


@register.filter
def exact(value: object) -> str:
    """A moment in full where the value has a time of day, else its day: the hover text of a distance."""
    return moment(value) if _moment(value) else day(value)


@register.filter
def as_json(value: object) -> str:
    """The value as JSON for an HTML attribute; the template escapes it."""
    return json.dumps(value, cls=DjangoJSONEncoder, separators=(",", ":"))


@register.filter
def cell(value: object) -> str:
    """One cell of a generic table: numbers, dates and money-less figures formatted, the rest as text."""
    if isinstance(value, bool):
        return gettext("Yes") if value else gettext("No")
    if isinstance(value, int | float | Decimal):
        return number(value)
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, date):
        return day(value)
    return _no_data() if value is None or value == "" else str(value)


@register.filter
def at(mapping: object, key: object) -> object:
    """``mapping[key]`` for keys that are variables; None where it is absent or nothing can be looked up."""
    return mapping.get(key) if isinstance(mapping, Mapping) else None


def _channels(spec: Mapping[str, Any]) -> dict[str, str]:
    """Field name → axis title, over the encodings of a Vega-Lite spec and of its layers."""
    titles: dict[str, str] = {}
    for part in [spec, *spec.get("layer", [])]:
        for channel in part.get("encoding", {}).values():
            for entry in channel if isinstance(channel, list) else [channel]:
                if isinstance(entry, Mapping) and isinstance(entry.get("field"), str):
                    titles.setdefault(entry["field"], str(entry.get("title") or entry["field"]))
    return titles


@register.simple_tag
def chart_table(spec: object, rows: object = None) -> dict[str, Any]:
    """The figures of a chart as ``{"columns": [labels], "rows": [[cells]], "drawable": bool}``.

    Reads ``rows`` (a list of dicts) or else the first inline ``data.values`` of the spec or its layers; only
    fields that the chart shows, under their axis titles. Empty lists where there is nothing to tabulate.
    """
    plan: Mapping[str, Any] = spec if isinstance(spec, Mapping) else {}
    inline = [part["data"].get("values") for part in [plan, *plan.get("layer", [])] if part.get("data")]
    found: Any = next((values for values in inline if values), [])
    data = rows or found
    if not isinstance(data, Sequence) or not data or not isinstance(data[0], Mapping):
        return {"columns": [], "rows": [], "drawable": bool(found)}
    titles = {} if rows else {key: text for key, text in _channels(plan).items() if key in data[0]}
    titles = titles or {str(key): str(key) for key in data[0]}
    cells = [[row.get(key) for key in titles] for row in data]
    return {"columns": list(titles.values()), "rows": cells, "drawable": bool(found)}


@register.simple_tag
def icon(name: str, css: str = "") -> SafeString:
    """A decorative Tabler icon from the sprite; hidden from assistive technology, so put words beside it."""
    return format_html(
        '<svg class="icon {}" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>',
        css, static(SPRITE), name,
    )  # fmt: skip


@register.simple_tag(takes_context=True)
def nav_active(context: template.Context, url: str) -> SafeString:
    """``aria-current="page"`` for a link to the current path or (except for "/") to a folder above it."""
    request = context.get("request")
    path = getattr(request, "path", "")
    inside = path == url or (url not in ("", "/") and path.startswith(url.rstrip("/") + "/"))
    return format_html(' aria-current="{}"', "page") if inside else SafeString("")


@register.simple_tag(takes_context=True)
def page_link(context: template.Context, name: str, value: object, drop: str = "") -> str:
    """The current query string with one parameter replaced (and ``drop`` left out): ``?q=acme&page=3``."""
    request = context.get("request")
    query = request.GET.copy() if request else QueryDict(mutable=True)
    query[name] = str(value)
    if drop:
        query.pop(drop, None)
    return f"?{query.urlencode()}"


@register.simple_tag
def form_key() -> SafeString:
    """A hidden ``idempotency_key`` (fresh uuid4): put into every POST form, so that a repeat does nothing."""
    return format_html('<input type="hidden" name="idempotency_key" value="{}">', uuid.uuid4())


def _control_class(field: BoundField) -> str:
    kind = getattr(field.field.widget, "input_type", "textarea")
    if kind == "hidden":
        return ""
    base = {"select": "form-select", "checkbox": "form-check-input", "radio": "form-check-input"}.get(kind)
    return base or "form-control"


@register.simple_tag
def chosen_filters(form: BaseForm, search: str) -> dict[str, int]:
    """``{"offered", "taken"}``: how many fields a filter bar has besides its search box, and how many of them filter now."""
    fields = [field for field in form.visible_fields() if field.name != search]
    return {"offered": len(fields), "taken": sum(field.value() not in (None, "", [], False) for field in fields)}


@register.simple_tag
def control(field: BoundField, **attrs: str | bool) -> SafeString:
    """The bare widget of a form field with our classes and ``aria-describedby`` for its help and errors.

    Extra keyword arguments become attributes (``placeholder="…"``). Label, help and errors are printed by
    ``_field.html``.
    """
    _say_choose(field)
    own = field.field.widget.attrs.get("class", "")
    names = [name for name in (own, _control_class(field), "is-invalid" if field.errors else "") if name]
    described = [f"{field.auto_id}_helptext"] if field.help_text else []
    described += [f"{field.auto_id}_error"] if field.errors else []
    if names:
        attrs["class"] = " ".join(dict.fromkeys(" ".join(names).split()))
    if described:
        attrs["aria-describedby"] = " ".join(described)
    if field.errors:
        attrs["aria-invalid"] = "true"
    return field.as_widget(attrs=attrs)


def _say_choose(field: BoundField) -> None:
    """Let an empty choice that nobody named say what to do instead of showing dashes."""
    widget = field.field.widget
    if isinstance(widget, Select):
        dashes = dict(BLANK_CHOICE_DASH)[""]
        widget.choices = [(value, gettext("Choose…") if label == dashes else label) for value, label in widget.choices]


@register.filter
def is_check(field: BoundField) -> bool:
    """True where the widget is one checkbox, whose label belongs after it."""
    return getattr(field.field.widget, "input_type", "") in CHECKS and not hasattr(field.field, "choices")


@register.filter
def is_group(field: BoundField) -> bool:
    """True where the widget is a list of checkboxes or radios, which needs fieldset and legend."""
    return getattr(field.field.widget, "input_type", "") in CHECKS and hasattr(field.field, "choices")
