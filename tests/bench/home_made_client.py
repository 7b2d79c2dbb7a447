"""The usual home-made ping client: a thread for each target, ping3, and a requests.post for each ping.

Arguments: recorder URL, interval in seconds, file with one host a line.
"""

import sys
import threading
import time

import ping3
import requests

url, interval, hosts = sys.argv[1], float(sys.argv[2]), open(sys.argv[3]).read().split()


def watch(host, delay):
    session = requests.Session()
    session.post(url + "/ips", json={"ip": host, "client": "python"})
    time.sleep(delay)
    due = time.monotonic()
    while True:
        seconds = ping3.ping(host, timeout=2)
        latency = round(seconds * 1000, 3) if seconds else None
        session.post(url + "/record-ping/python", json={"ip": host, "latency_ms": latency})
        due += interval
        time.sleep(max(0, due - time.monotonic()))


for n, host in enumerate(hosts):
    threading.Thread(target=watch, args=(host, interval * n / len(hosts)), daemon=True).start()
threading.Event().wait()
