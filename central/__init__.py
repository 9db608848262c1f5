"""The aggregator: alerts in, graded and routed grid events out."""
