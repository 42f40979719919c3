"""Text as people search it: small letters without accents, computed by PostgreSQL so that an index can serve it."""

from typing import Any, ClassVar

from django.db.models import CharField, Func, GeneratedField, TextField, Value
from django.db.models.functions import Concat

CREATE_FUNCTION = """
CREATE OR REPLACE FUNCTION b2shift_plain(text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
AS $$ SELECT lower(public.unaccent('public.unaccent'::regdictionary, $1)) $$
"""


class Plain(Func):
    """``Plain("name")``: lower case, accents removed. Immutable, unlike ``unaccent``, which no index can use."""

    function = "b2shift_plain"
    arity = 1
    output_field: ClassVar = CharField()


def searchable(*columns: str) -> Any:
    """A stored generated column that joins ``columns`` by blanks in their plain form; index it with trigrams."""
    parts: list[Any] = [columns[0]]
    for column in columns[1:]:
        parts += [Value(" "), column]
    joined = Concat(*parts, output_field=CharField()) if len(parts) > 1 else columns[0]
    return GeneratedField(expression=Plain(joined), output_field=TextField(), db_persist=True)
