"""Place rules: one pure file per kind."""
