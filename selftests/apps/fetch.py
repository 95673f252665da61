# SPDX-License-Identifier: GPL-2.0
# fetch.py URL N: the hash of /file there, then /small N times, half of them over one connection.
import hashlib
import http.client
import sys
import urllib.parse
import urllib.request

url, times = sys.argv[1], int(sys.argv[2])

with urllib.request.urlopen(url + "/file") as answer:
    print(hashlib.file_digest(answer, "sha256").hexdigest())
for _ in range(times // 2):
    with urllib.request.urlopen(url + "/small") as answer:
        print(answer.status, answer.read().decode().strip())
host = http.client.HTTPConnection(urllib.parse.urlsplit(url).netloc)
for _ in range(times - times // 2):
    host.request("GET", "/small")
    with host.getresponse() as answer:
        print(answer.status, answer.read().decode().strip())
