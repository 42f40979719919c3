"""The local mailbox shows what would have been sent; the mail is shown in a frame that can run nothing."""

import re

import pytest

from accounts.models import Role
from campaigns.models import Campaign
from tests.campaigns import walk

pytestmark = pytest.mark.django_db


@pytest.fixture
def local(settings, tmp_path) -> None:
    settings.EMAIL_BACKEND = "b2shift.lib.mail.MailboxBackend"
    settings.EMAIL_FILE_PATH = tmp_path


@pytest.fixture
def campaign(local, company, people) -> Campaign:
    walk.company_policy({"frequency_cap": None})
    return walk.sent(company, people, hold_out_share=0)


def test_every_sent_mail_is_there_and_its_links_work(client_of, campaign):
    client = client_of(Role.MANAGER)
    found = client.get("/outbox/").content.decode()
    stems = re.findall(r'href="/outbox/([^/"]+)/"', found)
    assert len(stems) == campaign.messages.filter(state="sent").count()
    html = client.get(f"/outbox/{stems[0]}/html/").content.decode()
    links = re.findall(r"https?://localhost(?::\d+)?(/[cu]/[^\"]+)", html)
    assert len(set(links)) >= 4
    for link in set(links):
        assert client.get(link, follow=True).status_code == 200


def test_the_frame_can_run_nothing_and_only_we_may_frame_it(client_of, campaign):
    client = client_of(Role.ADMIN)
    stem = re.search(r'href="/outbox/([^/"]+)/"', client.get("/outbox/").content.decode()).group(1)
    page = client.get(f"/outbox/{stem}/").content.decode()
    sandbox = re.search(r'sandbox="([^"]*)"', page).group(1)
    assert "allow-scripts" not in sandbox
    assert "allow-same-origin" not in sandbox
    answer = client.get(f"/outbox/{stem}/html/")
    policy = answer["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'self'" in policy
    assert answer["X-Frame-Options"] == "SAMEORIGIN"
    assert "List-Unsubscribe-Post" in page


def test_searching_and_paging_answer_with_the_rows_alone(client_of, campaign):
    client = client_of(Role.MANAGER)
    address = campaign.messages.filter(state="sent").first().contact.email
    rows = client.get("/outbox/", {"q": address}, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in rows
    assert rows.count("<tr>") == 2
    assert (
        "No mail" in client.get("/outbox/", {"q": "nobody"}).content.decode()
        or "Nenhum" in client.get("/outbox/", {"q": "nobody"}).content.decode()
    )


def test_others_may_not_read_mails(client_of, campaign):
    for role in (Role.REP, Role.SUCCESS, Role.ANALYST, Role.EXECUTIVE):
        assert client_of(role).get("/outbox/").status_code == 403


@pytest.mark.parametrize("stem", ["nothing", "..%2F..%2Fkeys%2Fsecret_key"])
def test_a_name_never_leaves_the_folder(client_of, local, stem):
    client = client_of(Role.ADMIN)
    assert client.get(f"/outbox/{stem}/").status_code == 404


def test_with_a_mail_server_the_page_says_where_mails_are(client_of, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    page = client_of(Role.ADMIN).get("/outbox/").content.decode()
    assert "EMAIL_URL" in page
    assert 'id="mails"' not in page
