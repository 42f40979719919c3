"""A file that cannot be read, and a file that cannot be read without a person's answer."""

from typing import Any

from accounts.sources.refusals import REASONS


class BadFile(Exception):
    """A file that is refused: a key of ``REASONS`` and the values of its sentence (what is wrong, what to do)."""

    def __init__(self, key: str, **values: str | int) -> None:
        super().__init__(key)
        self.key = key
        self.values = values
        self.code = REASONS[key].code


class Asks(BadFile):
    """A file whose dates can be read in more than one way: ``questions`` says in which columns, and how each would read."""

    def __init__(self, questions: list[dict[str, Any]]) -> None:
        super().__init__("asks_dates", columns=", ".join(str(each["header"]) for each in questions)[:300])
        self.questions = questions
