"""Things a maintainer runs: builds, comparisons, measurements."""
