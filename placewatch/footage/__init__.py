"""Recorded footage as cameras: fetch, cut, and an RTSP replay server."""
