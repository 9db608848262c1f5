"""A camera that is not ours: GStreamer's RTSP server plays a clip, for rehearsals of the edge worker.

Needs Debian's gir1.2-gst-rtsp-server-1.0, python3-gi and GStreamer's good and bad plugins, and runs with the
system's Python because that is where they are:

    /usr/bin/python3 scripts/gst_camera.py clip.mp4 --port 8555 --user viewer --password-file secret.txt

The stream is rtsp://127.0.0.1:8555/camera, over TCP or UDP. Every client sees the clip from its beginning, in
real time, with timestamps that go on when it begins again.
"""

import argparse
import os
import signal
import sys
import tempfile
from pathlib import Path

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtsp", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtsp, GstRtspServer

PARSERS = {
    "h264": "h264parse ! rtph264pay name=pay0 pt=96 config-interval=1",
    "h265": "h265parse ! rtph265pay name=pay0 pt=96 config-interval=1",
    "jpeg": "jpegparse ! rtpjpegpay name=pay0 pt=26",
}

METHODS = {"basic": GstRtsp.RTSPAuthMethod.BASIC, "digest": GstRtsp.RTSPAuthMethod.DIGEST}


def factory(parts: Path, codec: str) -> "GstRtspServer.RTSPMediaFactory":
    """Plays the MP4 files of a folder for every client as stored, one after the other without a seam."""
    made = GstRtspServer.RTSPMediaFactory()
    source = f'splitmuxsrc location="{parts}/*.mp4"'
    made.set_launch(f"( {source} ! {PARSERS[codec]} )")
    return made


def protect(
    server: "GstRtspServer.RTSPServer",
    made: "GstRtspServer.RTSPMediaFactory",
    method: str,
    user: str,
    password: str,
) -> None:
    """Let only one user watch."""
    auth = GstRtspServer.RTSPAuth()
    auth.set_supported_methods(METHODS[method])
    token = GstRtspServer.RTSPToken()
    token.set_string(GstRtspServer.RTSP_TOKEN_MEDIA_FACTORY_ROLE, user)
    if method == "basic":
        auth.add_basic(GstRtspServer.RTSPAuth.make_basic(user, password), token)
    else:
        auth.add_digest(user, password, token)
    server.set_auth(auth)
    permissions = GstRtspServer.RTSPPermissions()
    permissions.add_permission_for_role(user, GstRtspServer.RTSP_PERM_MEDIA_FACTORY_ACCESS, True)
    permissions.add_permission_for_role(user, GstRtspServer.RTSP_PERM_MEDIA_FACTORY_CONSTRUCT, True)
    made.set_permissions(permissions)


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("clip", type=Path, help="MP4 with H.264, H.265 or JPEG")
    parser.add_argument("--codec", choices=sorted(PARSERS), default="h264")
    parser.add_argument("--port", type=int, default=8555)
    parser.add_argument("--rounds", type=int, default=20, help="how often the clip is played to a client")
    parser.add_argument("--auth", choices=sorted(METHODS), default="digest")
    parser.add_argument("--user", help="clients must log in; password in $PLACEWATCH_RTSP_PASSWORD or a file")
    parser.add_argument("--password-file", type=Path)
    return parser.parse_args()


def main() -> None:
    """Serve until SIGINT or SIGTERM."""
    options = arguments()
    if not options.clip.is_file():
        sys.exit(f"error: {options.clip}: no such file")
    with tempfile.TemporaryDirectory() as folder:
        # GStreamer's server does not loop; its source of split recordings takes the clip as its own sequel.
        for number in range(options.rounds):
            (Path(folder) / f"{number:06}.mp4").symlink_to(options.clip.resolve())
        serve(options, Path(folder))


def serve(options: argparse.Namespace, parts: Path) -> None:
    """Serve the clips of a folder as one stream until SIGINT or SIGTERM."""
    Gst.init(None)
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service(str(options.port))
    made = factory(parts, options.codec)
    if options.user:
        secret = os.environ.get("PLACEWATCH_RTSP_PASSWORD", "")
        if options.password_file:
            secret = options.password_file.read_text(encoding="utf-8").partition("\n")[0].strip()
        protect(server, made, options.auth, options.user, secret)
    server.get_mount_points().add_factory("/camera", made)
    if server.attach(None) == 0:
        sys.exit(f"error: port {options.port} is taken; choose another with --port")
    sys.stdout.write(f"rtsp://127.0.0.1:{options.port}/camera\n")
    sys.stdout.flush()
    loop = GLib.MainLoop()
    for number in (signal.SIGINT, signal.SIGTERM):
        GLib.unix_signal_add(GLib.PRIORITY_DEFAULT, number, loop.quit)
    loop.run()


if __name__ == "__main__":
    main()
