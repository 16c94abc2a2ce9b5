"""One JSON object a line on standard output, each with the time at which it was written."""

import json
import time


def say(event, **fields):
    print(json.dumps({"event": event, "atMs": time.time() * 1000, **fields}), flush=True)
