"""How many seeded errors the evidence check blocks, and how many right drafts it blocks wrongly.

``python -m benchmarks.evidence`` makes 300 drafts with one false claim each (figure, price, discount, date, product, name,
comparison; Portuguese and English) and 300 right ones, checks them as ``check_draft`` does, and prints the confusion by kind.
``--half 0`` and ``--half 1`` use every other sentence only: patterns were tuned on 0, 1 was held out.
"""

# ruff: noqa: E501 - rows of tables run on

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # run by its path as well as with -m

from benchmarks.drafts.seeded import KINDS, draft


def judged(data: dict[str, Any]) -> list[Any]:
    """The blocking findings of one draft file."""
    from campaigns import evidence
    from campaigns.management.commands.check_draft import DraftFile, check

    return evidence.blocking(check(DraftFile.model_validate(data)))


def measure(seed: int, size: int, half: int | None, show: int = 0) -> dict[str, Any]:
    """Confusion by kind, share blocked of both sides, and the slowest check in milliseconds."""
    rng = random.Random(seed)  # noqa: S311 - drafts for a measurement
    made, blocked, codes = Counter[str](), Counter[str](), {kind: Counter[str]() for kind in ("right", *KINDS)}
    slowest = 0.0
    for number in range(2 * size):
        kind = None if number >= size else KINDS[number % len(KINDS)]
        language = "pt" if (number // len(KINDS)) % 2 else "en"
        data = draft(rng, language, kind, half)
        started = time.perf_counter()
        found = judged(data)
        slowest = max(slowest, time.perf_counter() - started)
        row = kind or "right"
        made[row] += 1
        blocked[row] += bool(found)
        codes[row].update({finding.code for finding in found})
        if show and bool(found) != bool(kind):
            show -= 1
            print(f"--- {row} ({language}) {[(own.code, own.params['text']) for own in found]}\n{data['subject']}\n{data['body']}", file=sys.stderr)  # fmt: skip
    wrong = sum(made[kind] for kind in KINDS)
    return {
        "seed": seed, "half": half, "drafts": size, "kinds": {kind: {"drafts": made[kind], "blocked": blocked[kind], "codes": dict(codes[kind].most_common())} for kind in (*KINDS, "right")},
        "errors_blocked": sum(blocked[kind] for kind in KINDS) / wrong, "right_blocked": blocked["right"] / made["right"], "slowest_ms": round(slowest * 1000, 1),
    }  # fmt: skip


def main() -> None:
    """Print the table, or one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--size", type=int, default=300, help="drafts with an error, and as many right ones")
    parser.add_argument("--half", type=int, choices=(0, 1), help="use every other sentence only (1 was held out)")
    parser.add_argument("--show", type=int, default=0, help="print so many misjudged drafts on standard error")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    found = measure(options.seed, options.size, options.half, options.show)
    if options.json:
        print(json.dumps(found, ensure_ascii=False))
        return
    print(f"seed {found['seed']}, {found['drafts']} drafts with one error and {found['drafts']} right ones")
    print(f"  {'kind':12}{'drafts':>8}{'blocked':>9}{'passed':>8}  codes")
    for kind, row in found["kinds"].items():
        codes = ", ".join(f"{code} {count}" for code, count in row["codes"].items())
        print(f"  {kind:12}{row['drafts']:8}{row['blocked']:9}{row['drafts'] - row['blocked']:8}  {codes}")
    print(f"  errors blocked {found['errors_blocked']:.1%}, right drafts blocked {found['right_blocked']:.1%}, slowest check {found['slowest_ms']} ms")  # fmt: skip


if __name__ == "__main__":
    main()
