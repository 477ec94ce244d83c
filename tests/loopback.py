"""A real HTTP server on loopback, which answers as a test tells it to."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import copy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

HOST = "127.0.0.1"


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as one:
        one.bind((HOST, 0))
        return int(one.getsockname()[1])


def listens(port: int) -> bool:
    with socket.socket() as one:
        return not one.connect_ex((HOST, port))


class Request(BaseHTTPRequestHandler):
    """One request; routes answer through `reply`, or write to `wfile` what no server should."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.server.seen.append(copy(self))  # one object serves all requests of a connection
        route = self.server.routes.get(self.path.partition("?")[0])
        if route is None:
            self.reply(404)
        elif callable(route):
            route(self)
        else:
            self.reply(200, route)

    def reply(self, status=200, body=b"", **headers):
        body = body.encode() if isinstance(body, str) else body
        body = b"" if status == 304 else body
        self.send_response(status)
        headers = {"Content-Length": str(len(body))} | {
            name.replace("_", "-"): value for name, value in headers.items()
        }
        for name, value in headers.items():
            if value is not None:
                self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def raw(self, *parts):
        """Send bytes as they are, and hang up."""
        for part in parts:
            self.wfile.write(part)
        self.close_connection = True

    def log_message(self, *_args):
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def __init__(self):
        super().__init__((HOST, 0), Request)
        self.routes: dict[str, bytes | str | Callable[[Request], None]] = {}
        self.seen: list[Request] = []

    def url(self, path):
        return f"http://{HOST}:{self.server_port}{path}"

    def paths(self):
        return [request.path for request in self.seen]

    def handle_error(self, *_args):
        pass  # clients hang up in these tests


@contextmanager
def serving() -> Iterator[Server]:
    server = Server()
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
