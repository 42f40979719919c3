"""The frame: every component, the navigation of each role, sign-in pages and error pages, in both languages."""

import re

import pytest
from django.template.loader import render_to_string
from django.test import RequestFactory, override_settings
from django.urls import get_resolver
from django.utils import translation

from accounts.models import Role
from b2shift.lib import navigation


def speak(client, language):
    client.cookies["django_language"] = language
    return client


@pytest.mark.parametrize("language", ["pt-br", "en"])
def test_the_style_guide_shows_every_component(client_of, language):
    response = speak(client_of("admin"), language).get("/styleguide/")
    html = response.content.decode()
    assert response.status_code == 200
    assert f'lang="{"en" if language == "en" else "pt-BR"}"' in html
    for part in (
        "b2-kpi-value",
        "data-chart-canvas",
        "b2-timeline-item",
        "b2-filters",
        "aria-sort",
        "b2-confirm",
        "b2-toasts",
        "b2-skip",
        'id="content"',
    ):
        assert part in html
    ids = re.findall(r'\sid="([^"]+)"', html)
    assert len(ids) == len(set(ids))
    labelled = set(re.findall(r'<label[^>]*\sfor="([^"]+)"', html))
    controls = re.findall(r'<(?:input|select|textarea)\b(?![^>]*type="hidden")[^>]*\sid="([^"]+)"', html)
    assert controls
    assert [control for control in controls if control not in labelled and "channel" not in control] == []


def test_the_style_guide_answers_htmx_with_the_table_alone(client_of):
    html = client_of("admin").get("/styleguide/?sort=-city", headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in html
    assert 'aria-sort="descending"' in html
    assert html.index("Rio Verde") < html.index("Recife")


@pytest.mark.parametrize("role", [role.value for role in Role if role != Role.ADMIN])
def test_the_style_guide_is_for_administrators(client_of, role):
    assert client_of(role).get("/styleguide/").status_code == 403


def test_roles_of_the_navigation_are_the_roles_of_people():
    named = {role for _, entries in navigation.SECTIONS for entry in entries for role in entry.roles}
    assert named == set(Role.values)
    assert frozenset(Role.values) == navigation.EVERYBODY


def test_an_administrator_sees_every_page_that_exists():
    served = {key for key in get_resolver().reverse_dict if isinstance(key, str)}
    wanted = [str(entry.label) for _, entries in navigation.SECTIONS for entry in entries if entry.url in served]
    shown = [str(link["label"]) for section in navigation.sections_for("admin") for link in section["links"]]
    assert shown == wanted
    assert "styleguide" in served


def test_links_that_a_role_may_not_use_are_not_shown():
    labels = {link["href"] for section in navigation.sections_for("sales_rep") for link in section["links"]}
    assert "/styleguide/" not in labels
    assert navigation.sections_for("nobody") == []


def test_nobody_sees_the_navigation_before_signing_in(client, db):
    html = client.get("/auth/login/").content.decode()
    assert "b2-nav-link" not in html


@pytest.mark.parametrize(
    "path",
    [
        "/auth/login/",
        "/auth/password/reset/",
        "/auth/password/change/",
        "/auth/logout/",
        "/auth/2fa/",
        "/auth/2fa/totp/activate/",
    ],
)
@pytest.mark.parametrize("language", ["pt-br", "en"])
def test_sign_in_pages_wear_our_frame(client, client_of, people, path, language):
    visitor = client if path in {"/auth/login/", "/auth/password/reset/"} else client_of("analyst")
    if visitor is not client:
        visitor.post("/auth/reauthenticate/", {"password": "correct-horse-battery-staple"})
    response = speak(visitor, language).get(path)
    html = response.content.decode()
    assert response.status_code == 200
    assert "b2-brand" in html
    assert "Messages:" not in html
    assert "<h1" in html


def test_a_wrong_password_says_what_to_do(client, people):
    response = client.post("/auth/login/", {"login": "admin@people.example", "password": "wrong"})
    html = response.content.decode()
    assert response.status_code == 200
    assert 'role="alert"' in html
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize("language", ["pt-br", "en"])
@pytest.mark.parametrize("code", ["400", "403", "404", "500", "403_csrf"])
def test_error_pages_need_no_context(code, language):
    with translation.override(language):
        html = render_to_string(f"{code}.html")
    assert f">{code[:3]}<" in html
    assert 'href="/"' in html


def test_a_missing_page_is_ours(client_of):
    response = client_of("analyst").get("/no-such-page/")
    assert response.status_code == 404
    assert "b2-public" in response.content.decode()


@pytest.mark.parametrize(
    "element",
    [
        "alert",
        "badge",
        "button",
        "button_group",
        "details",
        "field",
        "form",
        "h1",
        "h2",
        "hr",
        "img",
        "p",
        "panel",
        "table",
    ],
)
def test_elements_of_allauth_render(element):
    html = render_to_string(
        f"allauth/elements/{element}.html",
        {"attrs": {"tags": "danger", "type": "text", "id": "x", "method": "post"}, "slots": {}},
    )
    assert re.search(r"<\w+", html)


@override_settings(B2SHIFT_DEMO=False)
def test_demo_logins_stay_out_of_a_real_installation(client, db):
    assert "data-fill-login" not in client.get("/auth/login/").content.decode()


def test_messages_travel_with_a_fragment():
    request = RequestFactory().get("/")
    html = render_to_string(
        "_messages.html", {"oob": True, "messages": [{"level_tag": "error", "__str__": "x"}]}, request
    )
    assert 'hx-swap-oob="beforeend"' in html
    assert "b2-toast-error" in html


def test_progress_asks_until_it_is_done():
    running = render_to_string(
        "_progress.html", {"label": "Importing", "value": 1200, "max": 5000, "id": "job", "poll_url": "/jobs/1/"}
    )
    done = render_to_string("_progress.html", {"label": "Importing", "value": 5000, "max": 5000, "id": "job"})
    assert 'hx-trigger="every 2s"' in running
    assert 'value="1200"' in running
    assert "hx-get" not in done
