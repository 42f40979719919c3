"""A model for tests that plays the four agents: it reads with the tools first, then answers; each role's answer can be replaced."""

import json

from django.utils import timezone

from campaigns import catalogue
from tests.model_peer import ok, tools

ROLES = ("analyst", "strategist", "critic")
READ = [
    ("segment_profile", {}),
    ("segment_history", {}),
    ("past_results", {}),
    ("offers", {}),
    ("account_facts", {"account": "account-1"}),
]


def promise():
    """The first offer of gestao-expand in words, as the facts have it."""
    return f"São 8% de desconto em novos módulos, até {catalogue.ends_from(timezone.localdate()):%d/%m/%Y}."


def letter(**changes):
    """A letter that every check lets pass."""
    return {
        "subject": "Vamos integrar mais áreas?",
        "blocks": [
            {"sentences": [{"text": "A {{ customer.name }} pode levar o TOTVS Backoffice a outras áreas.", "facts": ["offer.product"]}]},
            {"sentences": [{"text": promise(), "facts": ["offer.discount", "offer.valid_until"]}]},
        ],
        **changes,
    }  # fmt: skip


def says(*sentences, facts=()):
    """A letter of these sentences."""
    return letter(blocks=[{"sentences": [{"text": text, "facts": list(facts)}]} for text in sentences])


def role_of(request):
    """Which of the agents is asked."""
    system = request["messages"][0]["content"]
    return next((role for role in ROLES if f"You are the {role}" in system), "writer")


def results(request):
    """What the tools returned so far, as text."""
    return [message["content"] for message in request["messages"] if message["role"] == "tool"]


class Brain:
    """``answers``: by role an answer, a list of answers (the last one stays) or a function from the request to an item of the peer."""

    def __init__(self, read=READ, **answers):
        self.read = read
        self.seen = []
        self.answers = {
            "analyst": {"observations": [{"text": "O segmento usa bem o produto.", "tool": "segment_profile"}], "opportunity": "Levar o produto a outras áreas."},
            "strategist": {"strategy": "gestao-expand", "offer": "gestao-expansao", "reason": "O uso é alto.", "angle": "Integrar áreas"},
            "writer": letter(),
            "critic": {"verdict": "pass", "findings": []},
            **answers,
        }  # fmt: skip

    def __call__(self, request):
        role = role_of(request)
        self.seen.append(role)
        if role == "analyst" and self.read and not results(request):
            return tools(*self.read)
        answer = self.answers[role]
        if isinstance(answer, list):
            answer = answer.pop(0) if len(answer) > 1 else answer[0]
        if callable(answer):
            return answer(request)
        return answer if isinstance(answer, tuple) else ok(answer)


def shown(peer):
    """Everything that the model was ever sent, as one text."""
    return json.dumps(peer.requests, ensure_ascii=False)
