"""City-size load and chaos: what the aggregator holds, measured and broken on purpose."""
