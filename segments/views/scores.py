"""Score models: the list of questions, the card of each model, and the button that trains anew."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.permissions import allow, person
from segments import queries, runs, score_words, tasks, training
from segments.models import ScoreModel, ScoreTraining
from segments.views import score_charts
from segments.views.segments import section_tabs

ACTIVE = (ScoreTraining.State.QUEUED, ScoreTraining.State.RUNNING)


@allow()
def scores(request: HttpRequest) -> HttpResponse:
    """Every question with the verdict on its model, or the reason why there is none."""
    newest = queries.newest_training()
    units = queries.unit_names()
    context = {
        "tabs": section_tabs("scores"),
        "training": newest,
        "active": newest is not None and newest.state in ACTIVE,
        "failed": newest is not None and newest.state == ScoreTraining.State.FAILED,
        "may_train": person(request).role in runs.STARTERS,
        "questions": [question(model, units) for model in queries.newest_models()],
    }
    return render(request, "segments/scores.html", context)


def question(model: ScoreModel, units: dict[str, str]) -> dict[str, Any]:
    """A model in words."""
    unit = units.get(model.target, model.target)
    return {
        "model": model,
        "title": score_words.title(model.kind, unit),
        "meaning": score_words.meaning(model.kind, unit),
        "refusal": score_words.refusal(model.refusal),
        "verdict": score_words.verdict(model.metrics) if model.metrics else "",
    }


@allow()
def score_model(request: HttpRequest, slug: str) -> HttpResponse:
    """The model card: what it predicts, from what, how well, how it drifted, what it cannot know."""
    model = queries.score_model(slug)
    if model is None:
        raise Http404
    context = question(model, queries.unit_names()) | {
        "tabs": section_tabs("scores"),
        "algorithm": score_words.ALGORITHMS.get(model.algorithm, model.algorithm),
        "calibrator": score_words.CALIBRATORS.get(model.calibrator, model.calibrator),
        "periods": roles(model.periods),
        "features": [feature(each) for each in model.features],
        "left_out": by_source(model.left_out),
        "drift": score_words.drift_sentence(model.features) if model.algorithm else "",
        "limits": score_words.limits(model.kind),
        "candidates": [(score_words.ALGORITHMS.get(name, name), value) for name, value in model.candidates.items()],
        "earlier": queries.earlier_models(model),
        **figures(model),
    }
    return render(request, "segments/score_model.html", context)


def figures(model: ScoreModel) -> dict[str, Any]:
    """The charts and sentences on the quality of a model; nothing for one that was never judged."""
    if not model.metrics:
        return {}
    calibration = score_charts.calibration(model.calibration)
    gains = score_charts.gains(model.gains, by_points=model.kind == "churn")
    return {
        "metrics": model.metrics,
        "prevalence": model.metrics["events"] / model.metrics["count"],
        "calibration": calibration,
        "calibration_rows": score_charts.calibration_rows(model.calibration),
        "calibration_text": score_words.calibration_sentence(model.metrics),
        "gains": gains,
    }


def roles(periods: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each period with what it was used for: the last to check, the one before to calibrate, the others to learn."""
    names = [_("To learn from")] * (len(periods) - 2) + [_("To calibrate")] + [_("To check")]
    return [period | {"role": name} for period, name in zip(periods, names, strict=True)] if len(periods) > 2 else []


def by_source(left_out: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Measures that were left out for the same dates, on one line."""
    found: dict[tuple[str, str], list[str]] = {}
    for each in left_out:
        found.setdefault((each["begins"], each["needed"]), []).append(score_words.label(each["name"]))
    return [
        {"labels": ", ".join(labels), "begins": begins, "needed": needed} for (begins, needed), labels in found.items()
    ]


def feature(entry: dict[str, Any]) -> dict[str, Any]:
    """A feature in words: what is typical, how much it moves scores, how far it drifted."""
    words, tone = score_words.drift(entry.get("drift"))
    return {
        "label": score_words.label(entry["name"]),
        "typical": score_words.shown(entry["name"], entry.get("typical")),
        "importance": entry.get("importance"),
        "drift": entry.get("drift"),
        "drift_words": words,
        "drift_tone": tone,
    }


@require_POST
@allow(*runs.STARTERS)
def scores_train(request: HttpRequest) -> HttpResponse:
    """Ask for a training; where one waits already that one serves."""
    with transaction.atomic():
        waiting = training.enqueue(person(request))
        transaction.on_commit(lambda: tasks.wake_scores(waiting.pk))
    messages.success(request, _("A training of the scores is waiting for a worker."))
    return redirect("scores")
