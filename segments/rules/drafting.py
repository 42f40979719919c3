"""A rule while somebody builds it: what the form posted, however unfinished, and the steps that change its shape.

A draft is plain data: a group ``{"group", "of"}`` or a condition ``{"field", "is", "value": [texts], "to", "days"}``. It lives in
the form itself; nothing is stored before it is saved.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from segments.rules import tree
from segments.rules.tree import Branch, Condition, Field

Draft = dict[str, Any]
FIRST = "mrr"


class Posted(Protocol):
    """The part of a query dict that is read here."""

    def get(self, key: str, default: str = "") -> str | None:
        """The last value."""

    def getlist(self, key: str) -> list[str]:
        """All values."""


def blank() -> Draft:
    """What a new rule starts from: one condition."""
    return {"group": "all", "of": [leaf(FIRST)]}


def leaf(field: str) -> Draft:
    """An unfinished condition about a field; the first comparison that fits is chosen when it is shown."""
    return {"field": field, "is": "", "value": [], "to": "", "days": "90"}


def posted(data: Posted) -> Draft:
    """The draft in a form: each node has ``node-PATH`` ("group" or "leaf"), PATH like ``0.2``; the root's is empty."""
    paths = [path for path in data.getlist("node") if _is_path(path)][: 3 * tree.MOST_CONDITIONS]
    nodes: dict[str, Draft] = {"": _group(data, "")}
    for path in sorted(paths, key=_order):
        parent = nodes.get(path.rpartition(".")[0])
        if path == "" or parent is None or "of" not in parent:
            continue
        nodes[path] = _group(data, path) if data.get(f"group-{path}") else _leaf(data, path)
        parent["of"].append(nodes[path])
    return nodes[""]


def applied(draft: Draft, action: str) -> Draft:
    """The draft after ``add:PATH``, ``group:PATH`` or ``remove:PATH``; any other action or place changes nothing."""
    verb, _colon, path = action.partition(":")
    if not _is_path(path):
        return draft
    if verb in ("add", "group"):
        here = _at(draft, path)
        if here is not None and "of" in here:
            here["of"].append(leaf(FIRST) if verb == "add" else {"group": "any", "of": [leaf(FIRST)]})
    elif verb == "remove" and path:
        above, _dot, last = path.rpartition(".")
        parent = _at(draft, above)
        if parent is not None and "of" in parent and int(last) < len(parent["of"]):
            del parent["of"][int(last)]
    return draft


def typed(draft: Draft, fields: Mapping[str, Field]) -> dict[str, Any]:
    """The JSON that ``tree.parse`` reads; what cannot be read as its type stays text, and is refused at its place."""
    return {"version": tree.FORMAT, "root": _typed(draft, fields)}


def shown(root: Branch | Condition, fields: Mapping[str, Field]) -> Draft:
    """The draft of a stored rule."""
    if isinstance(root, Branch):
        return {"group": root.group, "of": [shown(part, fields) for part in root.nodes]}
    values = root.value if isinstance(root.value, tuple) else () if root.value is None else (root.value,)
    texts = [_text(value, share=fields[root.field].kind == "share") for value in values]
    pair = root.operator in tree.PAIRS
    return {
        "field": root.field,
        "is": root.operator,
        "value": texts[:1] if pair else texts,
        "to": texts[1] if pair else "",
        "days": str(root.days or 90),
    }


def operator_of(node: Mapping[str, Any], field: Field) -> str:
    """The comparison of a draft condition; the first one that fits where the chosen one does not."""
    return node["is"] if node["is"] in field.operators else field.operators[0]


def _is_path(text: str) -> bool:
    parts = text.split(".") if text else []
    return len(parts) <= tree.MOST_DEPTH + 1 and all(
        part.isascii() and part.isdigit() and len(part) < 4 for part in parts
    )


def _order(path: str) -> list[int]:
    return [int(part) for part in path.split(".") if part]


def _group(data: Posted, path: str) -> Draft:
    told = data.get(f"group-{path}") or "all"
    return {"group": told if told in tree.GROUPS else "all", "of": []}


def _leaf(data: Posted, path: str) -> Draft:
    return {
        "field": data.get(f"field-{path}") or "",
        "is": data.get(f"is-{path}") or "",
        "value": data.getlist(f"value-{path}")[: tree.MOST_CHOICES + 1],
        "to": data.get(f"to-{path}") or "",
        "days": data.get(f"days-{path}") or "90",
    }


def _at(draft: Draft, path: str) -> Draft | None:
    node: Draft | None = draft
    for step in _order(path):
        inside: Sequence[Draft] = node.get("of", []) if node else []
        node = inside[step] if step < len(inside) else None
    return node


def _typed(node: Draft, fields: Mapping[str, Field]) -> dict[str, Any]:
    if "of" in node:
        return {"group": node["group"], "of": [_typed(part, fields) for part in node["of"]]}
    field = fields.get(node["field"])
    if field is None:
        return {"field": node["field"], "is": node["is"]}
    operator = operator_of(node, field)
    told: dict[str, Any] = {"field": field.key, "is": operator}
    if operator in tree.BARE:
        return told
    if field.kind == "event":
        told["days"] = _whole(node["days"])
    return told | {"value": _operand(node, field, operator)}


def _operand(node: Draft, field: Field, operator: str) -> Any:
    if operator in tree.LISTS:
        return list(node["value"])
    first = node["value"][0].strip() if node["value"] else ""
    if operator in tree.DAY_COUNTS or field.kind == "event":
        return _whole(first)
    if field.kind in ("text", "date"):
        return [first, node["to"].strip()] if operator in tree.PAIRS else first
    if operator in tree.PAIRS:
        return [_figure(first, field), _figure(node["to"].strip(), field)]
    return _figure(first, field)


def _whole(text: str) -> int | str:
    return int(text) if text.strip().isascii() and text.strip().isdigit() and len(text.strip()) < 9 else text


def _figure(text: str, field: Field) -> float | int | str:
    """A number as browsers send it, or with a decimal comma; a share is typed in percent."""
    try:
        value = float(text.replace(",", "."))
    except ValueError:
        return text
    if field.kind == "share":
        value = round(value / 100, 8)
    return int(value) if value.is_integer() and abs(value) < 1e15 else value


def _text(value: Any, *, share: bool) -> str:
    if isinstance(value, int | float) and not isinstance(value, bool):
        number = round(value * 100, 6) if share else value
        return f"{number:.15g}" if isinstance(number, float) else str(number)
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
