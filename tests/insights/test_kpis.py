"""Figures against values computed by hand from ``tests.company``; nothing is guessed where data are missing."""

import pytest

from accounts.models import Customer, NpsAnswer, Picture
from campaigns import tracking
from campaigns.models import Campaign, Interaction, Message
from insights import kpis
from segments.models import Score
from tests.insights.conftest import BROWSER, SCANNER

# Monthly revenue: 20 × 4000, 18 × 2000, 15 × 1333 and 7 × 1000.
MRR = 20 * 4000 + 18 * 2000 + 15 * 1333 + 7 * 1000


def test_company_figures_add_up(scored, people):
    figures = kpis.company_figures(people["executive"])
    assert figures["customers"] == 60
    assert figures["mrr"] == MRR
    assert figures["mrr_coverage"] == 1
    assert figures["nps"] == pytest.approx(100 * (20 - 15 - 7) / 60)  # scores 9, 7, 5, 3
    assert figures["tickets_per_customer"] == pytest.approx((20 * 10 + 18 * 20 + 15 * 30 + 7 * 40) / 60)
    assert (figures["scored"], figures["at_risk"]) == (53, 20)
    assert figures["risk_share"] == pytest.approx(20 / 53)
    assert figures["mrr_at_risk"] == 5 * 4000 + 15 * 1333
    assert str(figures["as_of"]) == "2026-09-30"


def test_a_rep_sees_figures_of_own_accounts_only(scored, people):
    first, second = (kpis.company_figures(people[key]) for key in ("sales_rep", "second_rep"))
    assert (first["customers"], second["customers"]) == (30, 30)
    assert first["mrr"] + second["mrr"] == MRR
    # Owners alternate: places 0, 2, 4 of the first segment and 8 of the third belong to the first rep.
    assert first["at_risk"] + second["at_risk"] == 20
    assert first["mrr_at_risk"] == 3 * 4000 + 8 * 1333


def test_missing_data_stay_missing(company, people):
    Picture.objects.update(mrr=None, nps_last=None, tickets_12m=None)
    figures = kpis.company_figures(people["executive"])
    assert figures["customers"] == 60
    assert [figures[name] for name in ("mrr", "nps", "tickets_per_customer", "risk_share", "mrr_at_risk")] == [None] * 5
    assert figures["mrr_coverage"] == 0
    assert figures["response"].accepted_share is None
    for row in kpis.segment_figures(people["executive"], company.run):
        assert (row.mrr, row.mrr_mean, row.nps, row.tickets_per_customer, row.risk_share, row.mrr_at_risk) == (
            None,
        ) * 6


def test_nobody_and_nothing_give_no_figures(people):
    figures = kpis.company_figures(people["executive"])
    assert figures["customers"] == 0
    assert figures["mrr"] is None
    assert figures["mrr_coverage"] is None
    assert kpis.nps_by_month(people["executive"]) == []
    assert kpis.industry_figures(people["executive"]) == []


def test_nobody_above_the_line_is_a_zero_and_no_gap(company, people):
    Score.objects.create(customer=company.customers[0], value=0.5)
    assert kpis.company_figures(people["executive"])["mrr_at_risk"] == 0


def test_segment_figures_by_hand(scored, people):
    rows = kpis.segment_figures(people["executive"], scored.run)
    assert [row.passport for row in rows] == ["S-001", "S-002", "S-003"]
    assert [row.customers for row in rows] == [20, 18, 15]
    assert [row.mrr for row in rows] == [80_000, 36_000, 15 * 1333]
    assert [row.nps for row in rows] == [100, 0, -100]
    assert [row.tickets_per_customer for row in rows] == [10, 20, 30]
    assert [row.risk_share for row in rows] == [0.25, 0, 1]
    assert [row.mrr_at_risk for row in rows] == [20_000, 0, 15 * 1333]


def test_a_rep_gets_segments_of_own_accounts(scored, people):
    rows = kpis.segment_figures(people["sales_rep"], scored.run)
    assert [row.customers for row in rows] == [10, 9, 8]


def test_a_run_without_members_shows_segments_without_figures(scored, people):
    Customer.objects.update(owner=people["sales_rep"])
    rows = kpis.segment_figures(people["second_rep"], scored.run)
    assert [(row.customers, row.mrr, row.nps) for row in rows] == [(0, None, None)] * 3


def test_nps_by_month_counts_relational_answers(company, people):
    def answer(customer: Customer, day: str, score: int, kind: str = "relational") -> None:
        NpsAnswer.objects.create(
            customer=customer, kind=kind, answered_on=day, score=score, row_hash=f"{day}{score}{kind}"
        )

    one, two = company.customers[:2]
    answer(one, "2026-03-02", 10)
    answer(two, "2026-03-30", 6)
    answer(one, "2026-05-01", 9)
    answer(one, "2026-05-02", 0, "support")
    rows = kpis.nps_by_month(people["executive"])
    assert [(str(row["month"]), row["nps"], row["answers"]) for row in rows] == [
        ("2026-03-01", 0, 2),
        ("2026-05-01", 100, 1),
    ]
    assert len(kpis.nps_by_month(people["sales_rep"])) == 2
    assert [row["answers"] for row in kpis.nps_by_month(people["second_rep"])] == [1]


def test_industries_without_mrr_come_last(company, people):
    Picture.objects.filter(customer__in=company.members(0)).update(mrr=None)
    Customer.objects.filter(pk=company.customers[-1].pk).update(industry="")
    rows = kpis.industry_figures(people["executive"])
    assert [row["industry"] for row in rows] == ["SERVICOS", "VAREJO", "LOGISTICA", "MANUFATURA"]
    assert [row["customers"] for row in rows] == [18, 15, 6, 20]
    assert rows[-1]["mrr"] is None


def test_response_counts_people_only_and_each_message_once(sent, people):
    went = list(
        Message.objects.filter(campaign=sent, state=Message.State.SENT).select_related(
            "contact", "customer", "campaign__strategy"
        )
    )
    held_out = Message.objects.filter(campaign=sent, state=Message.State.HELD_OUT).count()
    assert len(went) >= 8
    for message in went[:4]:
        tracking.record_open(message, BROWSER)
    tracking.record_click(went[0], "offer", BROWSER)
    tracking.record_click(went[0], "accept", BROWSER)
    tracking.record_answer(went[0], "accept", "", BROWSER)
    tracking.record_answer(went[1], "decline", "price", BROWSER)
    for message in went[4:8]:
        tracking.record_open(message, SCANNER)
        tracking.record_click(message, "offer", SCANNER)
    assert Interaction.objects.filter(origin="machine", kind="open").count() == 4
    figures = kpis.company_figures(people["executive"])["response"]
    assert (figures.sent, figures.held_out) == (len(went), held_out)
    assert (figures.opened, figures.clicked, figures.accepted, figures.rejected) == (4, 1, 1, 1)
    assert figures.accepted_share == 1 / len(went)
    assert figures.share_of["opened"] == 4 / len(went)
    by_segment = {row.passport: row.response for row in kpis.segment_figures(people["executive"], sent.run)}
    assert by_segment["S-001"] == figures
    assert by_segment["S-002"].sent == 0
    reps = [kpis.company_figures(people[key])["response"].sent for key in ("sales_rep", "second_rep")]
    assert all(reps)
    assert sum(reps) == len(went)


def test_unsubscribing_is_counted(sent, people):
    message = (
        Message.objects.filter(campaign=sent, state=Message.State.SENT)
        .select_related("campaign__strategy", "contact")
        .first()
    )
    tracking.record_unsubscribe(message)
    assert kpis.company_figures(people["executive"])["response"].unsubscribed == 1


def test_campaigns_are_counted_by_status(sent, proposed, people):
    proposed(1)
    assert sent.status == Campaign.Status.TRACKING
    assert kpis.campaign_counts(people["executive"]) == {"tracking": 1, "in_review": 1}
