"""The plain way to fetch one picture, for comparison: read all, parse all, decode all, write. Prints its peak in MB."""

import base64
import json
import sys
import time
from pathlib import Path

import httpx2


def peak_kb() -> int:
    """Return the highest memory that this process ever held; `getrusage` would count the parent's."""
    return int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0])


idle_kb = peak_kb()
began = time.perf_counter()
response = httpx2.post(f"{sys.argv[1]}/images/generations", json={"model": "m", "prompt": "p"}, timeout=600)
Path(sys.argv[2]).write_bytes(base64.b64decode(json.loads(response.content)["data"][0]["b64_json"]))
seconds = time.perf_counter() - began
print(json.dumps({"seconds": seconds, "peak_mb": (peak_kb() - idle_kb) / 1024}))
