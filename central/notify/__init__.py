"""Tells people and programs outside what became of events: rules, channels, outbox, courier."""
