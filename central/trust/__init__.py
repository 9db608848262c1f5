"""Whom the centre believes: its own small certificate authority, enrolment of boxes, the broker's files."""
