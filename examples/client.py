#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
# Says one line to a server and shows the answer: ./client.py 10.0.0.2 7777 hello
import socket
import sys

IPPROTO_CLASP = 253  # the only difference from TCP

host, port, line = sys.argv[1:]
with socket.socket(socket.AF_INET, socket.SOCK_STREAM, IPPROTO_CLASP) as connection:
    connection.connect((host, int(port)))
    connection.sendall(line.encode())
    connection.shutdown(socket.SHUT_WR)
    while text := connection.recv(4096):
        print(text.decode(), end="")
print()
