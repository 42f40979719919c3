"""Scores on pages and over the API: the list, the card, the panel on the account page, and who may train."""

from html import unescape

import pytest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from accounts.models import AuditEntry, Role
from segments import score_words, training
from segments.models import Score, ScoreKind, ScoreModel, ScoreTraining
from tests.segments.test_training import planted  # noqa: F401

HX = {"HTTP_HX_REQUEST": "true"}
STARTERS = {Role.ANALYST, Role.ADMIN, Role.MANAGER}


@pytest.fixture
def page(client_of):
    """``page(role, url name, *args)`` → the page's text in English."""

    def read(key, name, *args, **headers):
        client = client_of(key)
        client.cookies["django_language"] = "en"
        response = client.get(reverse(name, args=args), **headers)
        assert response.status_code == 200, response.status_code
        return unescape(response.content.decode())

    return read


@pytest.fixture
def trained(people, planted):  # noqa: F811
    training.execute(training.enqueue(people["analyst"]).pk)
    return planted


def test_before_the_first_training_the_page_teaches(people, page):
    text = page("sales_rep", "scores")
    assert "No scores yet" in text
    assert "Train anew" not in text
    assert "Train anew" in page("analyst", "scores")


def test_the_list_tells_verdicts_and_refusals(trained, page):
    text = page("executive", "scores")
    assert "among the tenth with the highest chance the event was" in text
    assert "The files do not tell when a contract line was cancelled (0 of 100 events needed)" in text
    assert "Until then the churn risk by points serves" in text
    assert "First purchase from TOTVS Gestão" in text
    assert "Too few events: 0 of 100 needed in the periods to learn from." in text


def test_the_card_of_a_model_shows_figures_charts_drift_and_limits(trained, page):
    text = page("customer_success", "score-model", "expansion")
    for expected in (
        "Average precision (AUC-PR)", "Brier score", "Predicted and observed", "Events found by asking the likeliest first",
        "Contract lines signed in 12 months", "To learn from", "To calibrate", "To check", "a driver is not a cause",
        "Left out, because the source begins too late", "Logistic regression", "Gradient-boosted trees",
    ):  # fmt: skip
        assert expected in text, expected
    assert '"strokeDash"' in text


def test_the_card_of_a_refusal_says_what_is_missing(trained, page):
    text = page("analyst", "score-model", "product-gestao")
    assert "No model is in use for this question" in text
    assert "Nothing was judged" in text
    assert page("analyst", "score-model", "churn").count("It begins on no day yet")


def test_an_unknown_question_does_not_exist(trained, client_of):
    for address in (reverse("score-model", args=["weather"]), reverse("api-score-model", args=["weather"])):
        assert client_of("analyst").get(address).status_code == 404


def test_the_account_page_shows_the_chance_its_date_and_drivers(trained, page):
    eager = trained[0]
    text = page("analyst", "customer-segment-panel", eager.code, **HX)
    value = Score.objects.get(customer=eager, kind=ScoreKind.EXPANSION).value
    assert f"Of 100 customers like this, about {round(value * 100)} buy more within 6 months." in text
    assert "data as of Sep 30, 2026" in text
    assert "raises the chance" in text
    assert reverse("score-model", args=["expansion"]) in text
    assert "Indicator by rules" not in text  # this customer has too few sources for the points


def test_without_models_the_panel_leads_to_the_reason(company, page):
    text = page("analyst", "customer-segment-panel", "S00001", **HX)
    assert "Why there are no trained chances" in text


def test_the_customer_list_leads_to_the_scores(company, page):
    assert f'href="{reverse("scores")}"' in page("sales_rep", "customers")


@pytest.mark.parametrize("role", list(Role))
def test_who_may_train(people, client_of, role):
    client = client_of(role.value)
    page_status = client.post(reverse("scores-train")).status_code
    api_status = client.post(reverse("api-score-models"), {}, "application/json").status_code
    allowed = role in STARTERS
    assert (page_status, api_status) == ((302, 202) if allowed else (403, 403))
    assert ScoreTraining.objects.exists() is allowed
    assert AuditEntry.objects.filter(action="scores.train").exists() is allowed


def test_a_get_trains_nothing(people, client_of):
    assert client_of("admin").get(reverse("scores-train")).status_code == 405
    assert not ScoreTraining.objects.exists()


def test_the_page_tells_of_a_waiting_and_of_a_failed_training(people, page):
    asked = training.enqueue(people["admin"])
    assert "A training is waiting or in progress" in page("analyst", "scores")
    ScoreTraining.objects.filter(pk=asked.pk).update(state=ScoreTraining.State.FAILED, finished_at=timezone.now())
    assert "The last training failed" in page("analyst", "scores")


def test_models_and_scores_over_the_api(trained, client_of):
    body = client_of("executive").get(reverse("api-score-models")).json()["results"]
    assert [(row["slug"], row["state"]) for row in body][:2] == [("churn", "refused"), ("expansion", "published")]
    card = client_of("executive").get(reverse("api-score-model", args=["expansion"])).json()
    assert card["metrics"]["roc_auc"]["low"] > 0.5
    assert sum(each["count"] for each in card["calibration"]) == card["metrics"]["count"] == len(trained)
    scores = client_of("analyst").get(reverse("api-customer-scores", args=[trained[0].code])).json()["results"]
    assert [(row["kind"], row["question"], row["rules"]) for row in scores] == [("expansion", "expansion", False)]
    assert client_of("sales_rep").get(reverse("api-customer-scores", args=[trained[0].code])).status_code == 404


@pytest.mark.parametrize("name", ["api-score-models", "api-score-model", "api-customer-scores"])
def test_strangers_get_401(db, client, name):
    args = [] if name == "api-score-models" else ["churn"]
    assert client.get(reverse(name, args=args)).status_code == 401


@pytest.mark.parametrize("name", ["scores", "score-model"])
def test_strangers_are_sent_to_the_login(db, client, name):
    response = client.get(reverse(name, args=["churn"] if name == "score-model" else []))
    assert (response.status_code, "login" in response["Location"]) == (302, True)


def test_every_refusal_and_question_has_words_in_both_languages():
    codes = (
        "no_data", "no_cancellation_dates", "history_too_short", "too_few_events", "too_few_others", "no_better_than_chance",
        "no_better_than_mean", "no_better_than_rules",
    )  # fmt: skip
    for language in ("pt-br", "en"):
        with override(language):
            assert all(score_words.refusal({"code": code}) for code in codes)
            for kind in (ScoreKind.CHURN, ScoreKind.EXPANSION, ScoreKind.PRODUCT):
                assert score_words.title(kind, "RD")
                assert score_words.meaning(kind, "RD")
                sentences = {score_words.frequency(value, kind, "RD") for value in (0.001, 0.01, 0.5)}
                assert len(sentences) == 3
                assert score_words.limits(kind)


def test_a_published_model_has_one_place_per_question(trained):
    assert ScoreModel.objects.filter(kind="expansion", state="published").count() == 1
