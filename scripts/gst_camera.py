"""A camera that is not ours: GStreamer's RTSP server plays a clip, for rehearsals of the edge worker.

Needs Debian's gir1.2-gst-rtsp-server-1.0, python3-gi and GStreamer's good and bad plugins, and runs with the
system's Python because that is where they are:

    /usr/bin/python3 scripts/gst_camera.py clip.mp4 --port 8555 --user viewer --password secret
"""

import argparse
import sys
from pathlib import Path

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtsp", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtsp, GstRtspServer

PARSERS = {"h264": "h264parse ! rtph264pay", "h265": "h265parse ! rtph265pay"}


def factory(clip: Path, codec: str) -> "GstRtspServer.RTSPMediaFactory":
    """Plays the clip once for every client, as stored."""
    made = GstRtspServer.RTSPMediaFactory()
    source = f'filesrc location="{clip}" ! qtdemux ! {PARSERS[codec]} name=pay0 pt=96 config-interval=1'
    made.set_launch(f"( {source} )")
    return made


def protect(
    server: "GstRtspServer.RTSPServer", made: "GstRtspServer.RTSPMediaFactory", user: str, password: str
) -> None:
    """Let only one user watch, by digest authentication."""
    auth = GstRtspServer.RTSPAuth()
    auth.set_supported_methods(GstRtsp.RTSPAuthMethod.DIGEST)
    token = GstRtspServer.RTSPToken()
    token.set_string(GstRtspServer.RTSP_TOKEN_MEDIA_FACTORY_ROLE, user)
    auth.add_digest(user, password, token)
    server.set_auth(auth)
    permissions = GstRtspServer.RTSPPermissions()
    permissions.add_permission_for_role(user, GstRtspServer.RTSP_PERM_MEDIA_FACTORY_ACCESS, True)
    permissions.add_permission_for_role(user, GstRtspServer.RTSP_PERM_MEDIA_FACTORY_CONSTRUCT, True)
    made.set_permissions(permissions)


def main() -> None:
    """Serve until killed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("clip", type=Path, help="MP4 with H.264 or H.265")
    parser.add_argument("--codec", choices=sorted(PARSERS), default="h264")
    parser.add_argument("--port", type=int, default=8555)
    parser.add_argument("--user")
    parser.add_argument("--password", default="")
    arguments = parser.parse_args()
    Gst.init(None)
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service(str(arguments.port))
    made = factory(arguments.clip.resolve(), arguments.codec)
    if arguments.user:
        protect(server, made, arguments.user, arguments.password)
    server.get_mount_points().add_factory("/camera", made)
    if server.attach(None) == 0:
        sys.exit(f"error: port {arguments.port} is taken; choose another with --port")
    sys.stdout.write(f"rtsp://127.0.0.1:{arguments.port}/camera\n")
    sys.stdout.flush()
    GLib.MainLoop().run()


if __name__ == "__main__":
    main()
