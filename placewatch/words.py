"""Counting in English: one thing, two things."""


def counted(number: int, one: str, many: str = "") -> str:
    """A number with its noun.

    Args:
        number: How many.
        one: The noun for one.
        many: The noun for any other number; ``one`` with an s unless given.

    Example:
        >>> counted(1, "camera"), counted(0, "camera"), counted(2, "waits", "wait")
        ('1 camera', '0 cameras', '2 wait')
    """
    return f"{number} {one if number == 1 else many or f'{one}s'}"
