#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
# Says one line to a server and shows the answer: ./client.py 10.0.0.2 7777 hello
import socket
import sys

IPPROTO_CLASP = 253  # the only difference from TCP

host, port, line = sys.argv[1:]
family, *_, there = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
with socket.socket(family, socket.SOCK_STREAM, IPPROTO_CLASP) as connection:
    connection.connect(there)
    connection.sendall(line.encode())
    connection.shutdown(socket.SHUT_WR)
    while text := connection.recv(4096):
        print(text.decode(), end="")
print()
