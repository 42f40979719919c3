"""Values of people made unreadable: the shape stays (length, separators, first letter), the content goes. Pure."""

HIDDEN = "•"


def masked(value: str) -> str:
    """``ana.souza@acme.com.br`` → ``a••.•••••@••••.•••.••``; only the first letter and what separates is kept."""
    first = True
    out = []
    for sign in value:
        if not sign.isalnum():
            out.append(sign if sign in " @.-_/+()" else HIDDEN)
            continue
        out.append(sign if first and sign.isalpha() else HIDDEN)
        first = False
    return "".join(out)
