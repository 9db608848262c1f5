import pytest
from argon2 import PasswordHasher

from central.people.passwords import PasswordRules, Passwords, weaknesses


def test_hashes_are_argon2id_and_differ() -> None:
    passwords = Passwords()
    one, other = passwords.hash("quiet river stones"), passwords.hash("quiet river stones")
    assert one.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert one != other
    assert passwords.fits(one, "quiet river stones")
    assert not passwords.fits(one, "quiet river stone")
    assert not passwords.fits(None, "nobody")
    assert not passwords.fits("not a hash", "x")


def test_old_parameters_are_noticed() -> None:
    cheap = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    assert Passwords().outdated(cheap.hash("x"))
    assert not cheap.outdated(cheap.hash("x"))


@pytest.mark.parametrize(
    ("password", "faults"),
    [
        ("quiet river stones", 0),
        ("河边的石头很安静也很圆滑呢", 0),
        ("Tr0ub4dor&3xy", 0),
        ("short", 1),
        ("x" * 129, 2),
        ("aaaaaaaaaaaaaaaa", 1),
        ("123456789012", 1),
        ("qwertyuiopasdfghjkl", 1),
        ("passwordpassword", 1),
        ("1qaz2wsx3edc4rfv", 1),
        ("li.wei likes rain", 1),
        ("Placewatch-2025!", 1),
    ],
)
def test_what_a_new_password_must_be_like(password: str, faults: int) -> None:
    assert len(list(weaknesses(password, "li.wei", PasswordRules()))) == faults


def test_three_classes_where_a_city_asks_for_them() -> None:
    rules = PasswordRules(classes=3)
    assert len(list(weaknesses("quietriverstones", "li", rules))) == 1
    assert not list(weaknesses("Quietriverstones7", "li", rules))
