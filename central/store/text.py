"""Texts from outside, made fit to store and to show."""


def printable(text: str, limit: int = 500) -> str:
    """At most ``limit`` of ``text``, without controls: PostgreSQL takes no NUL, terminals obey the rest."""
    cut = text[:limit]
    if cut.isprintable():
        return cut
    return "".join(character if character.isprintable() else " " for character in cut)
