"""Cameras found on the network and asked for their streams, as ONVIF has it (WS-Discovery, profile S)."""
