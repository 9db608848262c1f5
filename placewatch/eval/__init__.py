"""Proof: labelled clips through the box's own code, and figures of how right its alerts are."""
