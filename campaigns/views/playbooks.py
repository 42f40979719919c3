"""Playbooks: those who plan read them, administrators and marketing managers write them."""

from typing import Any

import django_tables2 as tables
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.models import Role
from accounts.permissions import allow, person
from b2shift.lib.api import Refused
from b2shift.lib.cells import badge, link, two_lines
from b2shift.lib.htmx import page_or_fragment
from b2shift.templatetags.b2shift import since
from campaigns import playbooks, queries
from campaigns.forms.catalogue import StrategyFilter
from campaigns.forms.playbooks import PlaybookForm
from campaigns.models import Playbook, Strategy
from campaigns.views import playbook_preview, versions
from campaigns.views.catalogue import READERS, ROWS, catalogue_tabs

EDITORS = (Role.MANAGER, Role.ADMIN)


class PlaybookTable(tables.Table):
    """Strategies with their words in each language."""

    name = tables.Column(verbose_name=gettext_lazy("Strategy"), order_by=("name", "code"))
    business_unit = tables.Column(verbose_name=gettext_lazy("Business unit"), order_by=("business_unit__name",))
    theme = tables.Column(verbose_name=gettext_lazy("Portfolio"))
    portuguese = tables.Column(
        verbose_name=gettext_lazy("Portuguese"), accessor="pk", orderable=False, attrs={"td": {"class": "b2-wide-cell"}}
    )
    english = tables.Column(
        verbose_name=gettext_lazy("English"), accessor="pk", orderable=False, attrs={"td": {"class": "b2-wide-cell"}}
    )

    def render_name(self, record: Strategy) -> SafeString:
        """A link to the strategy over its code."""
        return two_lines(link(reverse("strategy", args=[record.code]), record.display_name), record.code)

    def render_portuguese(self, record: Strategy) -> SafeString:
        """The subject as a link, over version and age."""
        return _words(record, Playbook.Language.PORTUGUESE)

    def render_english(self, record: Strategy) -> SafeString:
        """The subject as a link, over version and age."""
        return _words(record, Playbook.Language.ENGLISH)


@allow(*READERS)
@require_GET
def playbook_list(request: HttpRequest) -> HttpResponse:
    """All strategies with the words that they are proposed in."""
    rows = Strategy.objects.select_related("business_unit").prefetch_related("playbooks")
    found = StrategyFilter(request.GET, rows, request=request)
    table = PlaybookTable(found.qs)
    table.caption = _("Playbooks")
    tables.RequestConfig(request, paginate={"per_page": ROWS}).configure(table)
    context = {
        "table": table,
        "filter": found,
        "tabs": catalogue_tabs("playbooks"),
        "may_import": person(request).role in EDITORS,
    }
    return page_or_fragment(request, "campaigns/playbooks.html", "_table.html", context)


@allow(*READERS)
@require_GET
def playbook(request: HttpRequest, code: str, language: str) -> HttpResponse:
    """The words of one strategy in one language, as a recipient reads them, and their history."""
    row = _row(code, language)
    context = {
        "row": row,
        "texts": [(playbooks.label(field), text) for field, text in playbook_fields(row)],
        "history": versions.timeline(row) if row.pk else [],
        "may_edit": person(request).role in EDITORS,
        "rejected": queries.rejected_words(row) if row.pk and person(request).role in EDITORS else [],
        "languages": _languages(row),
        **playbook_preview.context(row, request.GET, person(request)),
    }
    return page_or_fragment(request, "campaigns/playbook.html", "campaigns/_playbook_preview.html", context)


@allow(*EDITORS)
@require_http_methods(["GET", "HEAD", "POST"])
def playbook_edit(request: HttpRequest, code: str, language: str) -> HttpResponse:
    """Write the next version; ``do=check`` looks at what is typed and saves nothing."""
    row = _row(code, language)
    checking = request.POST.get("do") == "check"
    form = PlaybookForm(request.POST or None, instance=row)
    if request.method == "POST" and form.is_valid() and not checking and (saved := _save(request, form)):
        messages.success(request, _("Version %(number)s saved. New drafts use it.") % {"number": saved.version})
        return redirect("playbook", code=code, language=language)
    form.is_valid()
    context = {"row": row, "form": form, "checked": checking, **_judged(request, form)}
    status = 422 if request.method == "POST" and form.errors and not checking else 200
    return render(request, "campaigns/playbook_edit.html", context, status=status)


@allow(*EDITORS)
@require_POST
def playbook_check(request: HttpRequest, code: str, language: str) -> HttpResponse:
    """What stands against the texts as they are typed, and the mail that they make; saves nothing."""
    row = _row(code, language)
    form = PlaybookForm(request.POST, instance=row)
    form.is_valid()
    return render(request, "campaigns/_playbook_check.html", {"row": row, **_judged(request, form)})


@allow(*READERS)
@require_GET
def playbook_history(request: HttpRequest, code: str, language: str) -> HttpResponse:
    """Two versions compared text by text; whoever may edit can bring the older one back."""
    row = get_object_or_404(Playbook.objects.select_related("strategy"), strategy__code=code, language=language)
    found = versions.compared(row, request.GET)
    context = {
        **found,
        "title": f"{row.strategy.display_name} ({row.get_language_display()})",
        "back": reverse("playbook", args=[code, language]),
        "restore": reverse("playbook-restore", args=[code, language]) if person(request).role in EDITORS else "",
    }
    return page_or_fragment(request, "campaigns/history.html", "campaigns/_history.html", context)


@allow(*EDITORS)
@require_POST
def playbook_restore(request: HttpRequest, code: str, language: str) -> HttpResponse:
    """Make the texts of an older version the newest one."""
    row = get_object_or_404(Playbook.objects.select_related("strategy"), strategy__code=code, language=language)
    number = request.POST.get("version", "")
    try:
        saved = playbooks.restore(row, int(number) if number.isdecimal() and len(number) < 9 else 0, person(request))
    except Refused as refusal:
        messages.error(request, refusal.message)
    else:
        said = _("The texts of version %(old)s are back as version %(new)s.") % {"old": number, "new": saved.version}
        messages.success(request, said)
    return redirect("playbook", code=code, language=language)


def playbook_fields(row: Playbook) -> list[tuple[str, str]]:
    """Field names and texts, openings by signal last."""
    plain = [(name, getattr(row, name)) for name in playbooks.TEXTS if name != "because"]
    return plain + [(f"because.{figure}", text) for figure, text in row.because.items()]


def _row(code: str, language: str) -> Playbook:
    """The stored playbook, or an unsaved one with the words that serve in its place."""
    if language not in Playbook.Language.values:
        raise Http404
    strategy = get_object_or_404(Strategy.objects.select_related("business_unit"), code=code)
    found = Playbook.objects.filter(strategy=strategy, language=language).select_related("edited_by").first()
    row = found or playbooks.starting(strategy, language)
    row.strategy = strategy
    return row


def _judged(request: HttpRequest, form: PlaybookForm) -> dict[str, Any]:
    told = [(playbooks.label(problem.field), playbooks.in_words(problem)) for problem in form.problems]
    return {"problems": told, **playbook_preview.context(form.instance, request.POST, person(request))}


def _save(request: HttpRequest, form: PlaybookForm) -> Playbook | None:
    try:
        return playbooks.save(form.instance, person(request), form.seen_text)
    except Refused as refusal:
        form.add_error(None, refusal.message)
    return None


def _languages(row: Playbook) -> list[dict[str, Any]]:
    return [
        {"label": label, "href": reverse("playbook", args=[row.strategy.code, code]), "active": code == row.language}
        for code, label in Playbook.Language.choices
    ]


def _words(strategy: Strategy, language: str) -> SafeString:
    address = reverse("playbook", args=[strategy.code, language])
    row = next((row for row in strategy.playbooks.all() if row.language == language), None)
    if row is None:
        return two_lines(link(address, _("Not written yet")), badge("warn", _("the house's words serve")))
    told = _("version %(number)s, %(age)s") % {"number": row.version, "age": since(row.updated_at)}
    return two_lines(link(address, row.subject), told)
