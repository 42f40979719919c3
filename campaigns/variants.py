"""Which of two wordings a recipient reads: drawn once and for all by a hash, in halves. Pure."""

import hashlib

A, B = "A", "B"
_SALT = "wording"

# The draw of a message ``m`` to the customer ``r``, for statements that check it.
IN_SQL = f"""CASE WHEN get_byte(sha256(convert_to('{_SALT} ' || m.campaign_id || ' ' || r.code, 'UTF8')), 0) < 128
                  THEN '{A}' ELSE '{B}' END"""


def drawn(campaign: int, code: str) -> str:
    """ "A" or "B" for the customer with this code in this campaign: always the same, and each for half of the customers.

    The text that is hashed is not the one by which hold-outs are drawn, so that who is held out says nothing about the wording.
    """
    return A if hashlib.sha256(f"{_SALT} {campaign} {code}".encode()).digest()[0] < 128 else B
