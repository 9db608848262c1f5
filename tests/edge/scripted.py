"""A TCP server that answers every request with the same words: cameras that refuse."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread


@contextmanager
def answering(reply: str | None, *, close: bool = False) -> Iterator[int]:
    """Serve on a free port of localhost.

    Args:
        reply: Sent to each request, ``{cseq}`` filled in; nothing at all when None.
        close: Hang up after the first reply.

    Yields:
        The port.
    """
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = Thread(target=_accept, args=(server, reply, close), daemon=True)
        thread.start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
        thread.join(5)


def closed_port() -> int:
    """A port of localhost that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def rtsp(status: str, *headers: str) -> str:
    """An RTSP reply."""
    lines = [f"RTSP/1.0 {status}", "CSeq: {cseq}", *headers, "Content-Length: 0", "", ""]
    return "\r\n".join(lines)


def _accept(server: socket.socket, reply: str | None, close: bool) -> None:
    held = []
    while True:
        try:
            client, _ = server.accept()
        except OSError:
            break
        held.append(client)
        Thread(target=_talk, args=(client, reply, close), daemon=True).start()
    for client in held:
        client.close()


def _talk(client: socket.socket, reply: str | None, close: bool) -> None:
    try:
        while request := client.recv(4096).decode(errors="replace"):
            if reply is None:
                continue
            cseq = next((x.split(":")[1].strip() for x in request.splitlines() if x.startswith("CSeq")), "1")
            client.sendall(reply.replace("{cseq}", cseq).encode())
            if close:
                break
    except OSError:
        return
    finally:
        client.close()
