"""``manage.py score``: train the score models on the data as they are, or say what is missing."""

from __future__ import annotations

import json
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import override

from segments import queries, score_words, training
from segments.models import ScoreModel, ScoreTraining


class Command(BaseCommand):
    """Train all score models and publish those that pass; the others refuse with the figures that are missing."""

    help = "Train churn, expansion and purchase models, check them on the newest period and score every customer."

    def add_arguments(self, parser: CommandParser) -> None:
        """--seed, --json."""
        parser.add_argument("--seed", type=int, default=training.DEFAULT_SEED)
        parser.add_argument("--json", action="store_true", dest="as_json")

    def handle(self, *args: Any, **options: Any) -> None:
        """Train and report; CommandError with one line while another training runs."""
        started = time.monotonic()
        asked = training.enqueue(None, options["seed"])
        done = training.execute(asked.pk)
        if done.state not in {ScoreTraining.State.DONE, ScoreTraining.State.UNCHANGED}:
            raise CommandError("Another training is in progress; this one waits for it.")
        with override("en"):
            models = queries.newest_models()
            answer = {
                "training": done.pk,
                "state": done.state,
                "seconds": round(time.monotonic() - started, 1),
                "models": [told(model) for model in models],
            }
            self.stdout.write(json.dumps(answer, ensure_ascii=False) if options["as_json"] else sentences(models))


def told(model: ScoreModel) -> dict[str, Any]:
    """One model for ``--json``."""
    return {
        "question": model.slug,
        "state": model.state,
        "algorithm": model.algorithm or None,
        "customers": model.customers,
        "metrics": model.metrics,
        "refusal": model.refusal,
        "message": score_words.refusal(model.refusal),
    }


def sentences(models: list[ScoreModel]) -> str:
    """One line per question."""
    lines = []
    for model in models:
        text = score_words.verdict(model.metrics) if model.state == "published" else score_words.refusal(model.refusal)
        lines.append(f"{model.slug}: {model.get_state_display()}. {text}")
    return "\n".join(lines)
