"""What runs by the clock, on one page. Times are São Paulo's; rows are editable under django-celery-beat."""

from typing import Any

from celery.schedules import crontab

BEAT_SCHEDULE: dict[str, dict[str, Any]] = {
    # Every minute: whatever a lost wake-up, a killed worker or a flushed broker left behind.
    "sweep-imports": {"task": "accounts.sweep_imports", "schedule": 60.0},
    "sweep-searches": {"task": "accounts.sweep_searches", "schedule": 60.0},
    "watch-folder": {"task": "accounts.watch_folder", "schedule": 60.0},
    "sweep-duplicates": {"task": "accounts.sweep_duplicates", "schedule": 60.0},
    "count-rules": {"task": "segments.count_rules", "schedule": 60.0},
    "sweep-runs": {"task": "segments.sweep_runs", "schedule": 60.0},
    # New data or segments: score models are trained anew, or refuse with the figures that are missing.
    "sweep-scores": {"task": "segments.sweep_scores", "schedule": 60.0},
    "sweep-simulations": {"task": "campaigns.sweep_simulations", "schedule": 60.0},
    # Campaigns, levers, policy or a day changed who comes first: weighed anew for those who look.
    "sweep-arbitrations": {"task": "campaigns.sweep_arbitrations", "schedule": 120.0},
    "sweep-outbox": {"task": "campaigns.sweep_outbox", "schedule": 30.0},
    # Decisions and audit entries are linked into the chain well within the minute that is promised.
    "seal": {"task": "campaigns.seal", "schedule": 20.0},
    # A scheduled policy counts from its moment on; this writes it down and ends what was agreed under the old one.
    "begin-policy": {"task": "campaigns.begin_policy", "schedule": 30.0},
    "expire-approvals": {"task": "campaigns.expire_approvals", "schedule": 300.0},
    # Every ten minutes: new versions of data are profiled, also those of imports from the command line.
    "refresh-catalog": {"task": "accounts.refresh_catalog", "schedule": 600.0},
    # Hourly, where a rate is set: now and then a draft with a planted error joins the queue.
    "plant-draft": {"task": "campaigns.plant_draft", "schedule": crontab(minute="20")},
    # Hourly: answers and silence become next steps.
    "follow-up": {"task": "campaigns.follow_up", "schedule": crontab(minute="10")},
    # Hourly: the day's figures are kept for trends; the last run of a day counts, so a machine may be off at night.
    "snapshot-figures": {"task": "insights.take_snapshot", "schedule": crontab(minute="30")},
}
