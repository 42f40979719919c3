"""Links lead to our own pages by a closed catalogue."""

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns import links

BASE = "https://b2shift.example"


@given(st.uuids())
def test_every_link_of_the_catalogue_leads_to_a_page_of_its_message(message):
    for link in links.PAGES:
        page = links.page(link, message)
        assert page.startswith("/")
        assert not page.startswith("//")
        assert str(message) in page


@given(st.text(max_size=40).filter(lambda text: text not in links.PAGES))
def test_anything_else_leads_nowhere(link):
    assert links.page(link, uuid.uuid4()) is None
    with pytest.raises(KeyError):
        links.address(BASE, link, uuid.uuid4())


def test_unsubscribe_is_not_counted_but_the_others_are():
    message = uuid.uuid4()
    addresses = links.addresses(BASE, message)
    assert addresses["unsubscribe"] == f"{BASE}/u/{message}/"
    assert addresses["accept"] == f"{BASE}/c/{message}/accept/"
    assert addresses["open"] == f"{BASE}/o/{message}.gif"


@pytest.mark.parametrize("identity", ["../../etc", "x", "", "1234/../5678"])
def test_only_ids_go_into_addresses(identity):
    with pytest.raises(ValueError):
        links.address(BASE, "accept", identity)
