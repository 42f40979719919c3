"""The language model over real HTTP: a peer that answers well, late, too much, wrongly or not at all; never half a draft."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.urls import reverse
from django.utils import timezone
from pydantic import BaseModel

from accounts.models import ModelCall
from b2shift.lib import llm
from campaigns import catalogue, prescribe, prompts
from campaigns.models import Campaign, Draft, Playbook, Strategy

# The day on which the offers of a new company end: a draft may name no other.
ENDS = f"{catalogue.ends_from(timezone.localdate()):%d/%m/%Y}"
PROMISE = f"São 8% de desconto em novos módulos, até {ENDS}."
ANSWER = {
    "strategy": "gestao-expand", "offer": "gestao-expansao", "subject": "Vamos integrar mais áreas?",
    "blocks": [
        {"sentences": [{"text": "A {{ customer.name }} pode levar o TOTVS Backoffice a outras áreas.", "facts": ["offer.product"]}]},
        {"sentences": [{"text": PROMISE, "facts": ["offer.discount", "offer.valid_until"]}]},
    ],
}  # fmt: skip


class Peer:
    """An OpenAI-compatible endpoint that answers from a script: each item is (status, headers, body or callable)."""

    def __init__(self):
        self.script, self.requests = [], []
        peer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                peer.requests.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                status, headers, body = peer.script.pop(0) if len(peer.script) > 1 else peer.script[0]
                body = body() if callable(body) else body
                try:
                    self.send_response(status)
                    for name, value in {"Content-Type": "application/json", **headers}.items():
                        self.send_header(name, value)
                    self.end_headers()
                    for part in body if isinstance(body, list) else [body]:
                        self.wfile.write(part() if callable(part) else part)
                        self.wfile.flush()
                except (BrokenPipeError, ConnectionResetError):
                    pass  # the caller has hung up, as it should

            def log_message(self, *args):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server.server_port}/v1"

    def close(self):
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def peer():
    made = Peer()
    yield made
    made.close()


def chat(content, **choice):
    message = {"role": "assistant", "content": content if isinstance(content, str) else json.dumps(content)}
    body = {
        "id": "x", "object": "chat.completion", "created": 1, "model": "peer", "usage": {"prompt_tokens": 11, "completion_tokens": 7},
        "choices": [{"index": 0, "finish_reason": "stop", "message": message, **choice}],
    }  # fmt: skip
    return json.dumps(body).encode()


def ok(content, **choice):
    return (200, {}, chat(content, **choice))


@pytest.fixture
def configured(settings, peer):
    settings.OPENAI_API_KEY, settings.OPENAI_BASE_URL, settings.OPENAI_TIMEOUT_SECONDS = "test-key", peer.url, 2
    return peer


def drafted():
    outcome = prescribe.run(None, "S-001")
    return outcome.campaigns[0]


@pytest.mark.django_db(transaction=True)
def test_a_usable_answer_becomes_a_labelled_draft(company, configured, client_of):
    configured.script = [ok(ANSWER)]
    catalogue.seed()
    Playbook.objects.update(
        sign_off="Com carinho,\nEquipe da casa"
    )  # the frame around the model's words is the playbook's
    found = drafted()
    draft = found.current_draft
    call = ModelCall.objects.get()
    assert "Com carinho,\nEquipe da casa" in draft.body
    assert (draft.drafter, draft.model_call, draft.prompt_version) == (Draft.Drafter.MODEL, call, prompts.VERSION)
    assert (call.outcome, call.tokens_in, call.tokens_out, call.attempts) == ("ok", 11, 7, 1)
    assert found.status == Campaign.Status.IN_REVIEW
    assert draft.subject == ANSWER["subject"]
    for ours in ("Olá, {{ contact.first_name }}!", "{{ link.accept }}", "{{ link.unsubscribe }}"):
        assert ours in draft.body
    kept = {part["text"]: part["facts"] for part in draft.sentences}
    assert kept[PROMISE] == ["offer.discount", "offer.valid_until"]
    page = client_of("marketing_manager").get(reverse("campaign", args=[found.pk])).content.decode()
    assert "b2-badge-ai" in page


@pytest.mark.django_db(transaction=True)
def test_the_model_sees_bands_and_terms_only(company, configured):
    configured.script = [ok(ANSWER)]
    drafted()
    sent = json.dumps(configured.requests, ensure_ascii=False)
    for secret in ("Empresa 0", "Pessoa", "clientes.example", "S00001", "4000", "Indústrias de alto valor", "test-key"):
        assert secret not in sent
    assert "<data>" in sent
    assert Strategy.objects.get(code="gestao-expand").tone in json.loads(sent)[0]["messages"][1]["content"]
    assert configured.requests[0]["response_format"]["json_schema"]["strict"] is True
    assert ModelCall.objects.get().request["messages"] == configured.requests[0]["messages"]


def _fresh(**changes):
    return {**ANSWER, **changes}


BAD = {
    "no_json": [ok("hello")],
    "wrong_schema": [ok({"subject": "x"})],
    "extra_field": [ok(_fresh(html="<b>"))],
    "refusal": [(200, {}, chat("", message={"role": "assistant", "content": None, "refusal": "no"}))],
    "cut": [ok(ANSWER, finish_reason="length")],
    "no_choices": [(200, {}, b'{"choices": []}')],
    "not_http_json": [(200, {}, b"<html>")],
    "huge": [(200, {}, b"x" * 200_000)],
    "server_error": [(500, {}, b"{}")],
    "unknown_offer": [ok(_fresh(offer="free-everything"))],
    "invented_discount": [
        ok(_fresh(blocks=[{"sentences": [{"text": "São 50% de desconto.", "facts": ["offer.discount"]}]}]))
    ],
    "invented_fact": [ok(_fresh(blocks=[{"sentences": [{"text": "Vamos conversar.", "facts": ["nowhere"]}]}]))],
    "own_link": [ok(_fresh(blocks=[{"sentences": [{"text": "Veja www.exemplo.com.", "facts": []}]}]))],
    "markup": [ok(_fresh(blocks=[{"sentences": [{"text": "<b>Oi</b>", "facts": []}]}]))],
    "unauthorised": [(401, {}, b"{}")],
}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("case", BAD)
def test_anything_else_ends_in_the_playbook_with_the_reason(company, configured, case):
    configured.script = list(BAD[case])
    found = drafted()
    draft = found.current_draft
    assert draft.drafter == Draft.Drafter.PLAYBOOK
    assert found.status == Campaign.Status.IN_REVIEW
    assert found.expected_effect["fallback_reason"]
    assert "{{ link.unsubscribe }}" in draft.body
    assert not any(finding["severity"] == "block" for finding in draft.findings)
    assert ModelCall.objects.count() == 1
    assert (Campaign.objects.count(), Draft.objects.count()) == (1, 1)


class Word(BaseModel):
    word: str


def ask(peer, **changes):
    kept = []
    endpoint = llm.Endpoint("key", peer.url, "m", **{"timeout": 2.0, "total": 5.0, **changes})
    question = llm.Question("test", "v1", [{"role": "user", "content": "hi"}], Word)

    def record(entry):
        kept.append(entry)
        return entry

    try:
        return llm.ask(endpoint, question, record)[0], kept[0]
    except llm.ModelFailed as failure:
        return failure, kept[0]


def test_too_many_requests_are_repeated_after_the_time_asked_for(peer):
    peer.script = [(429, {"Retry-After": "0"}, b"{}"), (500, {"Retry-After": "0"}, b"{}"), ok({"word": "oi"})]
    answer, entry = ask(peer)
    assert answer == Word(word="oi")
    assert (entry.outcome, entry.attempts) == ("ok", 3)


def test_a_wait_beyond_the_budget_is_not_waited(peer):
    peer.script = [(429, {"Retry-After": "3600"}, b"{}")]
    failure, entry = ask(peer)
    assert (failure.outcome, entry.attempts, entry.outcome) == ("failed", 1, "failed")


def test_retries_are_bounded(peer):
    peer.script = [(503, {"Retry-After": "0"}, b"{}")]
    failure, entry = ask(peer)
    assert (failure.reason, entry.attempts, len(peer.requests)) == ("HTTP 503", llm.MOST_ATTEMPTS, llm.MOST_ATTEMPTS)


def test_an_endpoint_without_schemas_is_asked_for_plain_json(peer):
    peer.script = [(400, {}, b'{"error": {"message": "response_format"}}'), ok({"word": "oi"})]
    answer, _entry = ask(peer)
    assert answer == Word(word="oi")
    assert [request["response_format"]["type"] for request in peer.requests] == ["json_schema", "json_object"]


def test_a_slow_answer_ends_at_the_total(peer):
    stop = threading.Event()

    def drip():
        stop.wait(0.3)
        return b" "

    peer.script = [(200, {}, [drip] * 200)]
    started = time.monotonic()
    failure, entry = ask(peer, total=1.5, timeout=1.0)
    stop.set()
    assert failure.outcome == "failed"
    assert time.monotonic() - started < 6
    assert entry.error


def test_nobody_there_is_a_failure_with_a_record(peer):
    peer.close()
    failure, entry = ask(peer, total=2.0)
    assert (failure.outcome, entry.outcome) == ("failed", "failed")
    assert entry.response is None
    peer.server = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)  # so that the fixture can close it
    threading.Thread(target=peer.server.serve_forever, daemon=True).start()


def test_the_schema_is_closed_at_every_level():
    class Outer(BaseModel):
        inner: list[Word]
        note: str = ""

    schema = llm.closed(Outer)
    assert schema["additionalProperties"] is False
    assert schema["required"] == ["inner", "note"]
    assert schema["$defs"]["Word"]["additionalProperties"] is False
