"""What every test may ask for: named people, signed-in clients and a small company."""

import os
from collections.abc import Callable, Iterator

import pytest
from django.conf import settings
from django.test import Client, override_settings
from django.utils import translation
from hypothesis import HealthCheck
from hypothesis import settings as generated

from accounts.models import Role, User
from tests.company import Company, build_company

PASSWORD = "correct-horse-battery-staple"

if not os.environ.get("CI"):  # there the library itself takes no time for a defect
    generated.register_profile("noisy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
    generated.load_profile("noisy")


@pytest.fixture(scope="session", autouse=True)
def quick_settings() -> Iterator[None]:
    """Pages render without ``collectstatic`` (``test_vendor`` tries the manifest); passwords are hashed cheaply."""
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    cheap = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    with override_settings(STORAGES={**settings.STORAGES, "staticfiles": plain}, PASSWORD_HASHERS=cheap):
        yield


@pytest.fixture(autouse=True)
def the_language_of_a_new_process() -> None:
    """A page that a test asks for leaves its language behind in the thread; the next test must not meet it."""
    translation.deactivate()


@pytest.fixture
def english() -> Iterator[None]:
    """For tests that read what people are told, in English."""
    with translation.override("en"):
        yield


@pytest.fixture
def people(db) -> dict[str, User]:
    """One person per role; the key is the role's value. ``second_manager`` and ``second_admin`` for two-person rules."""
    roster = {role.value: role for role in Role} | {
        "second_manager": Role.MANAGER,
        "second_admin": Role.ADMIN,
        "second_rep": Role.REP,
    }
    return {
        key: User.objects.create_user(f"{key}@people.example", PASSWORD, name=key.replace("_", " ").title(), role=role)
        for key, role in roster.items()
    }


@pytest.fixture
def client_of(people) -> Callable[[str], Client]:
    """A signed-in client of a role (or of one of the other keys of ``people``)."""

    def make(key: str) -> Client:
        client = Client()
        client.force_login(people[key], backend="django.contrib.auth.backends.ModelBackend")
        return client

    return make


@pytest.fixture
def company(people) -> Company:
    """60 customers in three activatable segments (20 / 18 / 15) and 7 in noise; see ``tests.company``."""
    return build_company(people)
