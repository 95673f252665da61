#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
# Answers each client in turn, over IPv4 or IPv6, with what it says: ./server.py 7777
import socket
import sys

IPPROTO_CLASP = 253  # the only difference from TCP

listener = socket.socket(socket.AF_INET6, socket.SOCK_STREAM, IPPROTO_CLASP)
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listener.bind(("", int(sys.argv[1])))
listener.listen()
while True:
    connection, peer = listener.accept()
    with connection:
        while text := connection.recv(4096):
            connection.sendall(text)
