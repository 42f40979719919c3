"""An OpenAI-compatible endpoint for tests: it answers over real HTTP what a script or a function says."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Peer:
    """Answers from ``script``: each item is (status, headers, body); the last one stays. A body may be a function or a list of parts.

    ``brain``: a function from the request to such an item, instead of the script.
    """

    def __init__(self):
        self.script, self.requests, self.brain = [], [], None
        peer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                peer.requests.append(request)
                status, headers, body = peer.next(request)
                body = body() if callable(body) else body
                try:
                    self.send_response(status)
                    for name, value in {"Content-Type": "application/json", **headers}.items():
                        self.send_header(name, value)
                    self.end_headers()
                    for part in body if isinstance(body, list) else [body]:
                        self.wfile.write(part() if callable(part) else part)
                        self.wfile.flush()
                except (BrokenPipeError, ConnectionResetError):
                    pass  # the caller has hung up, as it should

            def log_message(self, *args):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def next(self, request):
        """What is answered to the next request."""
        if self.brain:
            return self.brain(request)
        return self.script.pop(0) if len(self.script) > 1 else self.script[0]

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server.server_port}/v1"

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def chat(content, usage=True, **choice):
    """The bytes of an ordinary answer; ``choice`` replaces parts of its only choice."""
    message = {"role": "assistant", "content": content if isinstance(content, str) else json.dumps(content)}
    body = {
        "id": "x", "object": "chat.completion", "created": 1, "model": "peer", "usage": {"prompt_tokens": 11, "completion_tokens": 7},
        "choices": [{"index": 0, "finish_reason": "stop", "message": message, **choice}],
    }  # fmt: skip
    if usage is not True:
        body["usage"] = usage
    return json.dumps(body).encode()


def ok(content, usage=True, **choice):
    """An ordinary answer."""
    return (200, {}, chat(content, usage, **choice))


def tools(*calls, usage=True):
    """An answer that asks for tools: (name, arguments as text or as values)."""
    asked = [
        {
            "id": f"call_{number}",
            "type": "function",
            "function": {"name": name, "arguments": given if isinstance(given, str) else json.dumps(given)},
        }
        for number, (name, given) in enumerate(calls)
    ]
    return ok(
        "", usage, message={"role": "assistant", "content": None, "tool_calls": asked}, finish_reason="tool_calls"
    )


class Raw:
    """A server of bytes: sends ``parts`` (bytes, or a number of seconds to wait) to whoever connects, whatever is asked."""

    def __init__(self, *parts, forever=b"", pause=0.0):
        import socket

        self.parts, self.forever, self.pause = parts, forever, pause
        self.gone = threading.Event()  # a caller hung up
        self.stop = threading.Event()
        self.sent = 0
        self.server = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._serve, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server.getsockname()[1]}/v1"

    def _serve(self):
        while not self.stop.is_set():
            try:
                line, _address = self.server.accept()
            except OSError:
                return
            threading.Thread(target=self._talk, args=(line,), daemon=True).start()

    def _talk(self, line):
        try:
            line.recv(1_000_000)
            for part in self.parts:
                self._send(line, part)
            while self.forever and not self.stop.is_set():
                self._send(line, self.forever)
                self.stop.wait(self.pause)
            line.settimeout(20)
            while line.recv(65_536):
                pass
            self.gone.set()
        except OSError:
            self.gone.set()
        finally:
            line.close()

    def _send(self, line, part):
        line.sendall(part)
        self.sent += len(part)

    def close(self):
        self.stop.set()
        self.server.close()
