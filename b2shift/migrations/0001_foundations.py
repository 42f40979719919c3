"""What the database needs before any table: extensions, the embedded broker, the shared cache."""

from typing import ClassVar

from django.contrib.postgres.operations import TrigramExtension, UnaccentExtension
from django.core.management import call_command
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from b2shift.lib.plain import CREATE_FUNCTION


def install_broker(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Install PGMQ's tables and functions from its plain SQL; harmless where another broker is configured."""
    from pgmq.install import get_embedded_install_sql

    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('pgmq.meta') IS NOT NULL")
        if not cursor.fetchone()[0]:
            cursor.execute("CREATE SCHEMA IF NOT EXISTS pgmq")
            cursor.execute(get_embedded_install_sql())


def make_cache_table(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """The cache shared by all processes (sign-in rate limits)."""
    call_command("createcachetable", database=schema_editor.connection.alias, verbosity=0)


class Migration(migrations.Migration):
    """Runs before every other migration of the product."""

    run_before: ClassVar = [("accounts", "0001_initial")]
    operations: ClassVar = [
        TrigramExtension(),
        UnaccentExtension(),
        migrations.RunSQL(CREATE_FUNCTION, "DROP FUNCTION IF EXISTS b2shift_plain(text) CASCADE"),
        migrations.RunPython(install_broker, migrations.RunPython.noop),
        migrations.RunPython(make_cache_table, migrations.RunPython.noop),
    ]
