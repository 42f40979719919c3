"""E-mail domains: slips in the well-known ones. Only the part after the @ is looked at or kept, so no person is named."""

from accounts.cleanse.rules.text import Fix, distance

KNOWN = (
    "gmail.com", "hotmail.com", "outlook.com", "yahoo.com.br", "yahoo.com", "uol.com.br", "terra.com.br", "bol.com.br", "icloud.com",
    "live.com", "hotmail.com.br", "outlook.com.br", "globo.com", "ig.com.br",
)  # fmt: skip
# real domains that look like a slip of a known one
REAL = frozenset(
    {"mail.com", "gmx.com", "email.com", "ymail.com", "aol.com", "oul.com.br", "globo.com.br", "me.com", "live.com.br"}
)
_ENDINGS = {
    ".con": ".com", ".cmo": ".com", ".ocm": ".com", ".comm": ".com", ".com.be": ".com.br", ".com.rb": ".com.br", ".co.br": ".com.br",
}  # fmt: skip


def domain(value: str) -> Fix | None:
    """The domain that was meant; a guess for a person to confirm, never certain."""
    text = value.strip().lower()
    if text in KNOWN or text in REAL or "." not in text:
        return None
    for wrong, right in _ENDINGS.items():
        if text.endswith(wrong) and text[: -len(wrong)] + right in KNOWN:
            return Fix("domain_slip", text[: -len(wrong)] + right, 0.85)
    close = [each for each in KNOWN if len(each) >= 8 and distance(text, each, 1) == 1]
    return Fix("domain_slip", close[0], 0.8) if len(close) == 1 else None
