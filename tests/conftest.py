"""What all tests share."""

from hypothesis import settings

# A loaded machine is slow, not wrong: the time of one example says nothing.
settings.register_profile("placewatch", deadline=None)
settings.load_profile("placewatch")
