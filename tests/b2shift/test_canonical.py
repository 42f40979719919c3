"""Equal values have equal bytes, what is read back is written the same, and what has no form is refused."""

import json
import math
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from b2shift.lib import canonical

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(PLAIN)
def test_what_is_read_back_is_written_the_same(value):
    assert canonical.text(json.loads(canonical.text(value))) == canonical.text(value)


@given(st.dictionaries(st.text(), st.integers(), min_size=2))
def test_the_order_of_keys_does_not_count(value):
    turned = dict(reversed(value.items()))
    assert list(turned) != list(value)
    assert canonical.digest(turned) == canonical.digest(value)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (Decimal("10.00"), Decimal(10)),
        (Decimal("1E+3"), Decimal(1000)),
        (Decimal("-0.00"), Decimal(0)),
        (datetime(2026, 3, 1, 9, tzinfo=timezone(timedelta(hours=-3))), datetime(2026, 3, 1, 12, tzinfo=UTC)),
    ],
)
def test_equal_values_have_equal_bytes(one, other):
    assert one == other
    assert canonical.text(one) == canonical.text(other)


def test_different_values_have_different_bytes():
    values = [1, 1.0, "1", True, None, date(2026, 3, 1), Decimal("1.5"), [1], {"1": 1}]
    assert len({canonical.digest(value) for value in values}) == len(values)


@pytest.mark.parametrize(
    "value", [math.nan, -math.inf, Decimal("NaN"), Decimal("Infinity"), {"deep": [Decimal("-Infinity")]}]
)
def test_what_is_no_number_is_refused(value):
    with pytest.raises(ValueError, match=r"no canonical form|not JSON compliant"):
        canonical.text(value)


def test_what_has_no_form_is_refused():
    with pytest.raises(TypeError, match="no canonical form: set"):
        canonical.text({1})
