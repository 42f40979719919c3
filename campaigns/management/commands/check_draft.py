"""``manage.py check_draft``: the evidence and policy check of any drafts, from files."""

import json
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import translation
from pydantic import BaseModel, BeforeValidator, Field, ValidationError

from campaigns import evidence, figures

Words = Annotated[str, BeforeValidator(lambda value: "" if value is None else str(value))]


def _figure(value: Any) -> Any:
    if isinstance(value, str):
        return figures.plain_decimal(value) if value.strip() else None
    return value


def _day(value: Any) -> Any:
    return (figures.iso_day(value) if value.strip() else None) if isinstance(value, str) else value


class FactFile(BaseModel):
    """A fact of a draft file."""

    id: Words
    label: Words = ""
    value: Words = ""
    unit: Words = "text"
    date: Words = ""


class OfferFile(BaseModel):
    """The offer of a draft file."""

    id: Words = ""
    name: Words = ""
    product: Words = ""
    discount_percent: Annotated[float | None, BeforeValidator(_figure)] = None
    price: Annotated[float | None, BeforeValidator(_figure)] = None
    valid_until: Annotated[date | None, BeforeValidator(_day)] = None


class LinkFile(BaseModel):
    """A link of a draft file."""

    id: Words
    label: Words = ""


class PolicyFile(BaseModel):
    """The limits of a draft file."""

    max_discount_percent: Annotated[float | None, BeforeValidator(_figure)] = None
    forbidden: list[Words] = Field(default_factory=list)


class DraftFile(BaseModel):
    """One file."""

    language: Literal["pt-BR", "pt-br", "en"] = "pt-BR"
    subject: str
    body: str
    facts: list[FactFile] = Field(default_factory=list)
    offer: OfferFile | None = None
    links: list[LinkFile] = Field(default_factory=list)
    policy: PolicyFile = Field(default_factory=PolicyFile)


class Command(BaseCommand):
    """Say of each file whether its words are supported by its facts, its offer and its policy."""

    help = "Check drafts against their facts, offer and policy; a blocked draft is a result, not an error."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE.json")
        parser.add_argument("--json", action="store_true", help="print one JSON object on standard output")

    def handle(self, *args: Any, **options: Any) -> None:
        """Check every file; a file that is no draft ends the command with one clear line."""
        results = [self._result(path) for path in options["files"]]
        if options["json"]:
            self.stdout.write(json.dumps({"results": results}, ensure_ascii=False))
            return
        for result in results:
            self.stdout.write(f"{result['file']}: {'BLOCKED' if result['blocked'] else 'ok'}")
            for finding in result["findings"]:
                self.stdout.write(f"  {finding['severity']:5} {finding['code']}: {finding['message']}")

    def _result(self, path: Path) -> dict[str, Any]:
        draft = _read(path)
        found = check(draft)
        with translation.override(draft.language.lower()):  # whoever writes in a language is answered in it
            rows = [_row(finding) for finding in found]
        return {"file": str(path), "blocked": bool(evidence.blocking(found)), "findings": rows}


def _row(finding: evidence.EvidenceFinding) -> dict[str, Any]:
    return {
        "code": finding.code,
        "severity": finding.severity,
        "sentence": finding.sentence,
        "span": list(finding.span),
        "message": translation.gettext(finding.message) % finding.params,
        "field": finding.field,
    }


def check(draft: DraftFile) -> list[evidence.EvidenceFinding]:
    """The findings of one file. A missing opt-out blocks only where the file's links offer one; the product adds its own."""
    offer = (
        None
        if draft.offer is None
        else evidence.OfferTerms(
            draft.offer.id,
            draft.offer.name,
            draft.offer.product,
            draft.offer.discount_percent or 0.0,
            draft.offer.price,
            draft.offer.valid_until,
        )
    )
    facts = [evidence.FactValue(fact.id, fact.label, fact.value, fact.unit, fact.date) for fact in draft.facts]
    ceiling = draft.policy.max_discount_percent
    limits = evidence.Limits(100.0 if ceiling is None else ceiling, tuple(draft.policy.forbidden))
    links = {link.id: link.label for link in draft.links}
    found = evidence.check(
        evidence.DraftText(draft.subject, draft.body), facts, offer, limits, draft.language.lower(), links
    )
    return [item for item in found if item.code != "no_opt_out" or evidence.has_opt_out(links)]


def _read(path: Path) -> DraftFile:
    try:
        return DraftFile.model_validate_json(path.read_bytes())
    except OSError as error:
        raise CommandError(f"{path}: cannot be read ({error.strerror})") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "file"
        raise CommandError(f"{path}: {where}: {first['msg']}") from error
