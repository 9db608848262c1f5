"""Durable spool and the MQTT publisher."""
