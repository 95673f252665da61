# SPDX-License-Identifier: GPL-2.0
# walks.py FILE: what a ladder tells of its connections: which states each end went through, and what it sent.
import json
import sys

with open(sys.argv[1]) as file:
    connections = json.load(file)["connections"]
print("connections", len(connections))
for connection in connections:
    for side, party in enumerate(connection["parties"]):
        walked = [t for t in connection["transitions"] if t["side"] == side]
        states = [t["from"] for t in walked[:1]] + [t["to"] for t in walked]
        print(party["name"], "walks", *states)
        sent = [s["len"] for s in connection["segments"] if s["from"] == side and s["len"]]
        print(party["name"], "sends", sum(sent), "octets in", len(sent), "segments")
