"""A tree means the same in SQL as in plain Python, on any customers; what is not known decides nothing."""

from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import BusinessUnit, Consent, Contact, ContractLine, Customer, Picture, Ticket
from segments.models import Membership, Run, Score, Segment
from segments.rules import meaning, tree
from segments.rules.catalogue import FIELDS, pure
from segments.rules.tree import Branch, Condition, Invalid, Known, dump, parse

AS_OF = date(2026, 9, 30)
INDUSTRIES = ("VAREJO", "SERVICOS", "")
CITIES = ("São Paulo", "SAO CARLOS", "Belém", "100% _x\\", "")
FIGURES = {
    "mrr": (Decimal("0.00"), Decimal("0.10"), Decimal("2100.00"), Decimal("-5.00")),
    "nps_last": (0, 6, 9),
    "nps_mean": (0.1, 6.5, 9.0),
    "tickets_12m": (0, 3),
}
TRIED = ("industry", "city", "since", *FIGURES, "active_lines", "cancelled_share", "has_email", "consent_marketing",
         "tickets", "signed", "business_unit", "segment", "score_churn_risk", "last_contract_on")  # fmt: skip


class Base:
    """Thirty-five random customers, and beside each row what is known of it in plain Python."""

    def __init__(self):
        self.rng = np.random.default_rng(11)
        self.known: dict[int, Known] = {}
        self.run = Run.objects.create(state=Run.State.PUBLISHED, seed=1, budget_seconds=1)
        self.segments = [Segment.objects.create(passport=f"S-00{n}", name=f"Grupo {n}") for n in (1, 2)]
        BusinessUnit.objects.bulk_create(
            [BusinessUnit(code=c, name=c) for c in ("RD", "GESTAO")], ignore_conflicts=True
        )
        for number in range(35):
            self.customer(number)

    def pick(self, values):
        return values[int(self.rng.integers(len(values)))]

    def maybe(self, values):
        return self.pick([*values, None])

    def day(self):
        return AS_OF - timedelta(days=int(self.rng.integers(0, 12)))

    def customer(self, number):
        since = self.maybe([self.day()])
        customer = Customer.objects.create(
            code=f"C{number:03}", industry=self.pick(INDUSTRIES), city=self.pick(CITIES), since=since
        )
        values = {"industry": customer.industry or None, "city": customer.city or None, "since": since}
        if number % 7:
            self.picture(customer, values)
        self.people(customer, values)
        self.groups(customer, values)
        self.known[customer.pk] = Known(values, AS_OF)

    def picture(self, customer, values):
        figures = {name: self.maybe(options) for name, options in FIGURES.items()}
        days = [self.day() for _ in range(int(self.rng.integers(0, 4)))]
        units = [self.pick(["RD", "GESTAO"]) for _ in days]
        opened = [self.day() for _ in range(int(self.rng.integers(0, 4)))]
        has_tickets, cancelled = bool(self.rng.integers(2)), int(self.rng.integers(0, len(days) + 1))
        last = max(days, default=None)
        Picture.objects.create(
            customer=customer, as_of=AS_OF, contract_lines=len(days), active_lines=len(days) - cancelled,
            cancelled_lines=cancelled, has_tickets=has_tickets, last_contract_on=last, **figures,
        )  # fmt: skip
        for position, (day, unit) in enumerate(zip(days, units, strict=True)):
            ContractLine.objects.create(
                customer=customer,
                row_hash=f"{customer.pk}-{position}",
                product="ERP",
                signed_on=day,
                business_unit_id=unit,
            )
        for day in opened:
            Ticket.objects.create(customer=customer, number="1", created_on=day)
        values |= figures | {"last_contract_on": last, "tickets": opened if has_tickets else None}
        if days:
            values |= {
                "active_lines": len(days) - cancelled, "cancelled_share": cancelled / len(days), "signed": days,
                "business_unit": set(units),
            }  # fmt: skip

    def people(self, customer, values):
        granted, address = self.pick([True, False, None]), self.pick(["a@b.example", ""])
        values |= {"has_email": bool(address), "consent_marketing": granted is True}
        contact = Contact.objects.create(customer=customer, ref=f"P{customer.pk}", email=address)
        if granted is not None:
            Consent.objects.create(
                contact=contact, purpose="marketing", granted=granted, source="x", at=f"{AS_OF}T00:00Z"
            )

    def groups(self, customer, values):
        score, place = self.maybe([0.0, 0.25, 1.0]), self.pick([0, 1, 2, 3])
        Score.objects.create(customer=customer, value=score)
        values["score_churn_risk"] = score
        if place < 3:  # 2 is noise, 3 came after the run
            own = self.segments[place] if place < 2 else None
            Membership.objects.create(run=self.run, customer=customer, segment=own, confidence=1, x=0, y=0)
            values["segment"] = {own.passport} if own else set()


OPERANDS = {
    "industry": st.lists(st.sampled_from(["VAREJO", "SERVICOS", "OUTRO"]), min_size=1, max_size=2, unique=True),
    "business_unit": st.lists(st.sampled_from(["RD", "GESTAO", "X"]), min_size=1, max_size=2, unique=True),
    "segment": st.lists(st.sampled_from(["S-001", "S-002"]), min_size=1, max_size=2, unique=True),
    "city": st.sampled_from(["sao", "SÃO P", "o", "%", "_", "\\", "Belem", "belém"]),
}
NUMBERS = st.sampled_from([0, 0.1, 0.25, 0.5, 3, 6, 6.5, 9, 2100, -5, 2100.001])
DAYS = st.integers(0, 13).map(lambda n: (AS_OF - timedelta(days=n)).isoformat())


@st.composite
def leaves(draw):
    field = FIELDS[draw(st.sampled_from(TRIED))].field
    operator = draw(st.sampled_from(field.operators))
    told = {"field": field.key, "is": operator}
    if operator in tree.BARE:
        return told
    if field.kind == "event":
        return told | {"value": draw(st.integers(0, 4)), "days": draw(st.integers(1, 14))}
    if operator in tree.DAY_COUNTS:
        return told | {"value": draw(st.integers(1, 14))}
    of = DAYS if field.kind == "date" else OPERANDS.get(field.key, NUMBERS)
    return told | {"value": sorted([draw(of), draw(of)]) if operator in tree.PAIRS else draw(of)}


def depth(node):
    return 1 + max(map(depth, node["of"])) if "of" in node else 0


TREES = (
    st.recursive(
        leaves(),
        lambda inner: st.builds(
            lambda group, of: {"group": group, "of": of},
            st.sampled_from(tree.GROUPS),
            st.lists(inner, min_size=1, max_size=3),
        ),
        max_leaves=6,
    )
    .filter(lambda node: depth(node) <= tree.MOST_DEPTH - 1)
    .map(lambda node: {"version": 1, "root": node if "group" in node else {"group": "all", "of": [node]}})
)


@pytest.mark.django_db
def test_sql_and_python_agree_on_any_tree_and_any_customers():
    base = Base()
    scope = meaning.scope_now()
    seen = set()

    @settings(max_examples=80, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(TREES)
    def agree(data):
        root = parse(data, pure())
        assert parse(dump(root), pure()) == root
        expected = {pk: tree.holds(root, known) for pk, known in base.known.items()}
        seen.update(expected.values())
        inside = set(meaning.members(root, scope).values_list("pk", flat=True))
        assert inside == {pk for pk, truth in expected.items() if truth is True}
        undecided = sum(truth is None for truth in expected.values())
        assert meaning.counts(root, scope) == meaning.Counts(len(inside), undecided, len(expected))

    agree()
    assert seen == {True, False, None}


@pytest.mark.django_db
@pytest.mark.parametrize("key", sorted(FIELDS))
def test_every_declared_field_can_be_asked_by_every_operator(key):
    field = FIELDS[key].field
    scope = meaning.scope_now()
    for operator in field.operators:
        value = {"date": AS_OF, "text": "x", "choice": ("1",)}.get(field.kind, 1)
        if operator in tree.DAY_COUNTS:
            value = 3
        leaf = Condition(
            key, operator, (value, value) if operator in tree.PAIRS else value, 30 if field.kind == "event" else None
        )
        assert meaning.members(Branch("none", (leaf,)), scope).count() == 0


@pytest.mark.django_db
def test_what_is_missing_is_neither_a_yes_nor_a_no_and_no_data_speaks_of_it():
    silent = Customer.objects.create(code="A")
    poor = Customer.objects.create(code="B")
    Picture.objects.create(customer=silent, as_of=AS_OF)
    Picture.objects.create(customer=poor, as_of=AS_OF, mrr=10)
    scope = meaning.scope_now()

    def codes(group, *leaves):
        return list(meaning.members(Branch(group, leaves), scope).values_list("code", flat=True))

    rich, unknown = Condition("mrr", "at_least", 100), Condition("mrr", "no_data")
    assert codes("all", rich) == []
    assert codes("none", rich) == ["B"], "a customer without data is not taken for a poor one"
    assert codes("all", unknown) == ["A"]
    assert codes("any", rich, unknown) == ["A"]
    assert meaning.counts(Branch("none", (rich,)), scope) == meaning.Counts(1, 1, 2)


@pytest.mark.django_db
def test_events_of_customers_that_were_merged_into_one_are_counted_together():
    head = Customer.objects.create(code="A")
    other = Customer.objects.create(code="B", merged_into=head)
    Picture.objects.create(customer=head, as_of=AS_OF, has_tickets=True)
    for customer in (head, other):
        Ticket.objects.create(customer=customer, number=customer.code, created_on=AS_OF)
    both = Branch("all", (Condition("tickets", "at_least", 2, 30),))
    assert list(meaning.members(both, meaning.scope_now())) == [head]


CASES = [
    ({"version": 2, "root": {}}, "version"),
    ([], "shape"),
    ({"version": 1, "root": {"group": "all", "of": []}}, "empty"),
    ({"version": 1, "root": {"group": "xor", "of": [1]}}, "group"),
]
LEAVES = [
    ({"field": "password", "is": "equals", "value": "x"}, "field", "field"),
    ({"field": "mrr", "is": "regex", "value": "x"}, "is", "operator"),
    ({"field": "mrr", "is": "at_least", "value": "12"}, "value", "number"),
    ({"field": "mrr", "is": "at_least", "value": True}, "value", "number"),
    ({"field": "mrr", "is": "at_least", "value": float("nan")}, "value", "number"),
    ({"field": "mrr", "is": "at_least", "value": 1e13}, "value", "too_large_number"),
    ({"field": "mrr", "is": "between", "value": [2, 1]}, "to", "order"),
    ({"field": "mrr", "is": "between", "value": 2}, "value", "pair"),
    ({"field": "mrr", "is": "at_least", "value": 1, "days": 3}, "days", "not_wanted"),
    ({"field": "mrr", "is": "no_data", "value": 1}, "value", "not_wanted"),
    ({"field": "since", "is": "from", "value": "2026-02-30"}, "value", "date"),
    ({"field": "since", "is": "last_days", "value": 0}, "value", "days"),
    ({"field": "city", "is": "contains", "value": "a\x00b"}, "value", "text"),
    ({"field": "city", "is": "contains", "value": " "}, "value", "text"),
    ({"field": "city", "is": "contains", "value": "x" * 81}, "value", "text"),
    ({"field": "industry", "is": "any_of", "value": []}, "value", "choose"),
    ({"field": "industry", "is": "any_of", "value": "VAREJO"}, "value", "choose"),
    ({"field": "industry", "is": "any_of", "value": [1]}, "value", "choices"),
    ({"field": "tickets", "is": "at_least", "value": 2}, "days", "days"),
    ({"field": "tickets", "is": "at_least", "value": 21, "days": 9}, "value", "count"),
    ({"field": "tickets", "is": "at_least", "value": 1.5, "days": 9}, "value", "count"),
    ({"is": "yes"}, "", "shape"),
    ("x", "", "shape"),
]


@pytest.mark.parametrize(("data", "code"), CASES)
def test_a_tree_that_is_none_is_refused(data, code):
    with pytest.raises(Invalid) as refused:
        parse(data, pure())
    assert [problem.code for problem in refused.value.problems] == [code]


@pytest.mark.parametrize(("leaf", "part", "code"), LEAVES)
def test_each_problem_is_told_at_its_place(leaf, part, code):
    fine = {"field": "mrr", "is": "has_data"}
    with pytest.raises(Invalid) as refused:
        parse({"version": 1, "root": {"group": "all", "of": [fine, {"group": "any", "of": [fine, leaf]}]}}, pure())
    (problem,) = refused.value.problems
    assert (problem.place, problem.part, problem.code) == ((1, 1), part, code)


def test_depth_size_and_number_are_bounded():
    leaf = {"field": "mrr", "is": "has_data"}
    deep = leaf
    for _ in range(tree.MOST_DEPTH + 1):
        deep = {"group": "all", "of": [deep]}
    for root, code in (
        (deep, "too_deep"),
        ({"group": "all", "of": [leaf] * (tree.MOST_CONDITIONS + 1)}, "too_many"),
        ({"group": "all", "of": [leaf] * 5_000}, "too_large"),
    ):
        with pytest.raises(Invalid) as refused:
            parse({"version": 1, "root": root}, pure())
        assert [problem.code for problem in refused.value.problems] == [code]


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.text(max_size=5),
                    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(
                        ["version", "root", "group", "of", "field", "is", "value", "days"]), inner, max_size=4)))  # fmt: skip
def test_anything_at_all_is_parsed_or_refused_and_nothing_else(data):
    for each in (data, {"version": 1, "root": data}):
        problems = ()
        try:
            found = parse(each, pure())
        except Invalid as refused:
            problems = refused.problems
        else:
            assert parse(dump(found), pure()) == found
            continue
        assert problems
