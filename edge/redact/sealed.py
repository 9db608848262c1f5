"""What may leave a box is sealed: made in this folder alone, and never changed, copied or pickled after."""

from typing import Final, NoReturn, Self

DOOR: Final = object()
"""Whoever holds this may make what may leave; tests/redact/test_door.py keeps it in this folder."""


class Sealed:
    """Base of the values that may leave a box. Immutable; made by edge/redact alone.

    They cannot be constructed, pickled or written to from elsewhere, and their classes are final: a function
    that asks for one can rely on what it gets.

    Args:
        door: `DOOR`, which proves that edge/redact asks.
        values: The slots' values.
    """

    __slots__ = ()

    def __init__(self, door: object, **values: object) -> None:
        if door is not DOOR:
            msg = f"only edge.redact makes a {type(self).__name__}"
            raise TypeError(msg)
        for name, value in values.items():
            object.__setattr__(self, name, value)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        msg = f"a {type(self).__name__} is immutable"
        raise AttributeError(msg)

    def __delattr__(self, name: str) -> NoReturn:
        msg = f"a {type(self).__name__} is immutable"
        raise AttributeError(msg)

    def __reduce__(self) -> NoReturn:
        msg = f"a {type(self).__name__} travels as a file, not as a pickle"
        raise TypeError(msg)

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: object) -> Self:
        return self
