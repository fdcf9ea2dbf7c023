"""The plain way to fetch one picture, for comparison: read all, parse all, decode all, write. Prints its peak in MB."""

import base64
import json
import resource
import sys
import time
from pathlib import Path

import httpx2

idle_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
began = time.perf_counter()
response = httpx2.post(f"{sys.argv[1]}/images/generations", json={"model": "m", "prompt": "p"}, timeout=600)
Path(sys.argv[2]).write_bytes(base64.b64decode(json.loads(response.content)["data"][0]["b64_json"]))
seconds = time.perf_counter() - began
peak_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps({"seconds": seconds, "peak_mb": (peak_kb - idle_kb) / 1024}))
