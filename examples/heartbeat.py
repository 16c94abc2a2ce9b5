"""A model server says «model loaded, tokenizer works» to gpu-health, every five seconds.

    python3 heartbeat.py ADMIN CHECK

ADMIN is the admin address of gpu-health (127.0.0.1:9092, or unix:/run/gpu-health/admin.sock), CHECK the name of a check
of the type heartbeat:

    checks:
      model: { type: heartbeat, ttl: 15s, initialDelay: 2m }   # loading the model takes up to two minutes

Where the admin listener asks for a token, it is read from the variable ADMIN_TOKEN.

Copy `Heartbeat` into your server and pass it a function that looks at the model: what it returns is reported, and what
it raises is reported as unhealthy. A process that hangs reports nothing, and the check is unhealthy after its ttl.
Needs nothing beside Python's standard library.
"""

import http.client
import json
import os
import socket
import sys
import threading
from urllib.parse import quote

UNIX = "unix:"


class UnixConnection(http.client.HTTPConnection):
    """HTTP over a Unix socket, which the standard library leaves to its users."""

    def __init__(self, path, timeout):
        super().__init__("localhost", timeout=timeout)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


def one_line(error):
    """What a message may be: one line, 500 characters at most, without control characters such as those of colours."""
    said = "".join(each if each.isprintable() else " " for each in f"{type(error).__name__}: {error}")
    return " ".join(said.split())[:500]


class Heartbeat:
    """Calls `look` and reports what it returns, again and again, until `stop`."""

    def __init__(self, admin, check, look, interval_seconds=5.0, token=None):
        self.admin = admin
        self.check = check
        self.look = look
        self.interval_seconds = interval_seconds
        self.token = token
        self.stopped = threading.Event()
        self.thread = threading.Thread(target=self._run, name="heartbeat", daemon=True)

    def start(self):
        self.thread.start()

    def stop(self):
        self.stopped.set()
        self.thread.join()

    def beat(self):
        """Reports once. Raises OSError where gpu-health cannot be reached, ValueError where it refuses the report."""
        try:
            body = json.dumps(self.look(), allow_nan=False)
        except Exception as error:
            body = json.dumps({"status": "unhealthy", "reason": "self_test_failed", "message": one_line(error)})
        connection = self._connection()
        try:
            headers = {"content-type": "application/json"}
            if self.token is not None:
                headers["authorization"] = f"Bearer {self.token}"
            connection.request("PUT", f"/admin/heartbeats/{quote(self.check, safe='')}", body, headers)
            response = connection.getresponse()
            answer = response.read().decode()
            if response.status != 200:
                raise ValueError(f"gpu-health answered {response.status}: {answer}")
        finally:
            connection.close()

    def _connection(self):
        if self.admin.startswith(UNIX):
            return UnixConnection(self.admin[len(UNIX) :], timeout=2)
        return http.client.HTTPConnection(self.admin, timeout=2)

    def _run(self):
        while not self.stopped.is_set():
            try:
                self.beat()
            except (OSError, ValueError, http.client.HTTPException) as error:
                # gpu-health may be restarting; the model goes on serving.
                print(f"heartbeat: {error}", file=sys.stderr)
            self.stopped.wait(self.interval_seconds)


def look_at_model():
    """Stands for your own: encode a word, look at the queue, ask the engine. Keep it cheaper than a request."""
    tokens = "model loaded, tokenizer works".split()
    if len(tokens) != 4:
        raise RuntimeError("the tokenizer lost a word")
    return {
        "message": "model loaded, tokenizer works",
        # Names end in a base unit (bytes, seconds, ratio, celsius, watts, hertz), or count something.
        "readings": {"queue_length": 0, "queue_wait_seconds": 0.0, "kv_cache_used_ratio": 0.25},
    }


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: python3 heartbeat.py ADMIN CHECK")
    heartbeat = Heartbeat(sys.argv[1], sys.argv[2], look_at_model, token=os.environ.get("ADMIN_TOKEN"))
    heartbeat.start()
    try:
        heartbeat.thread.join()
    except KeyboardInterrupt:
        heartbeat.stop()
