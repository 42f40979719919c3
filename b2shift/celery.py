"""The Celery application: settings from Django, the embedded broker's connection when no other is configured."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "b2shift.settings")
app = Celery("b2shift")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@app.on_after_configure.connect
def use_embedded_broker(sender: Celery, **_: object) -> None:
    """Point PGMQ at the product's own database (a queue in the same transaction log as the work)."""
    from django.conf import settings
    from django.db import connection

    if not sender.conf.broker_url.startswith("pgmq"):
        return
    parameters = {
        "dbname" if key == "database" else key: value
        for key, value in _libpq(connection.get_connection_params()).items()
    }
    sender.conf.broker_transport_options = {
        "conn_string": " ".join(f"{key}='{value}'" for key, value in parameters.items()),
        "init_extension": False,
        "visibility_timeout": settings.CELERY_TASK_TIME_LIMIT + 300,
        "poll_interval_ms": 100,
        "wait_time_seconds": 5,
        "polling_interval": 0.2,
        "pool_size": 4,
    }


def _libpq(parameters: dict[str, object]) -> dict[str, object]:
    wanted = ("dbname", "database", "user", "password", "host", "port", "sslmode")
    return {key: parameters[key] for key in wanted if parameters.get(key)}
