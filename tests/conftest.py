"""What all tests share."""

import pytest
from hypothesis import settings

# A loaded machine is slow, not wrong: the time of one example says nothing.
settings.register_profile("placewatch", deadline=None)
settings.load_profile("placewatch")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with slow tests begin first: a file stays with one worker, and the last one is waited for."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)
