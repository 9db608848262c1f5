"""MQTT to batches to one transaction to receipts."""
