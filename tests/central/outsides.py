"""Those who are told, for tests: a web server that keeps what it gets, and a mail server."""

import json
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(slots=True)
class Hooks:
    """A web server on 127.0.0.1.

    Attributes:
        port: TCP port.
        answers: Status and body of the next answers; 200 and ``{"errcode": 0}`` when there are none left.
        got: Path, headers and body of every request.
    """

    port: int = 0
    answers: list[tuple[int, object]] = field(default_factory=list)
    got: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def bodies(self) -> list[Any]:
        return [json.loads(body) for _, _, body in self.got]


@contextmanager
def hooks() -> Iterator[Hooks]:
    made = Hooks()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            made.got.append((self.path, {k.lower(): v for k, v in self.headers.items()}, body))
            status, said = made.answers.pop(0) if made.answers else (200, {"errcode": 0, "errmsg": "ok"})
            answer = json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(answer)))
            self.send_header("Location", f"{made.url}/elsewhere")
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)


@dataclass(slots=True)
class Mails:
    """A mail server (RFC 5321, as much of it as a client needs).

    Attributes:
        port: TCP port.
        refuse: What it answers to recipients; empty takes them.
        got: Every mail, as text.
        said: Every command.
    """

    port: int = 0
    refuse: str = ""
    got: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)


@contextmanager
def mails() -> Iterator[Mails]:
    made = Mails()

    class Session(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self._answer("220 tests ready")
            while line := self.rfile.readline().decode().rstrip("\r\n"):
                made.said.append(line)
                verb = line[:4].upper()
                if verb == "QUIT":
                    self._answer("221 bye")
                    return
                if verb == "DATA":
                    self._answer("354 go on")
                    made.got.append(self._mail())
                    self._answer("250 taken")
                elif verb == "RCPT" and made.refuse:
                    self._answer(made.refuse)
                else:
                    self._answer("250 fine")

        def _answer(self, text: str) -> None:
            self.wfile.write(text.encode() + b"\r\n")

        def _mail(self) -> str:
            lines: list[str] = []
            while (line := self.rfile.readline().decode()) not in {".\r\n", ""}:
                lines.append(line)
            return "".join(lines)

    socketserver.ThreadingTCPServer.allow_reuse_address = True
    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Session)
    made.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)
