"""Episodes to grid events: grading and life cycle, as tables of data."""
