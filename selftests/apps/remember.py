# SPDX-License-Identifier: GPL-2.0
# remember.py ADDRESS PORT: eight clients of memcached at once, whose requests do not wait for answers.
import os
import random
import socket
import sys
import threading


def remember(number):
    chance = random.Random(number)
    values = {f"{number}-{i}": os.urandom(chance.choice((1, 100, 5000, 20000))) for i in range(500)}
    with socket.create_connection((sys.argv[1], int(sys.argv[2]))) as connection:
        stream = connection.makefile("rwb")
        for key, value in values.items():
            stream.write(b"set %s 0 0 %d noreply\r\n%s\r\n" % (key.encode(), len(value), value))
        keys = list(values)
        for i in range(0, len(keys), 50):
            stream.write(b"get " + " ".join(keys[i:i + 50]).encode() + b"\r\n")
            stream.flush()
            while (line := stream.readline()) != b"END\r\n":
                _, key, _, size = line.split()
                assert stream.read(int(size) + 2)[:-2] == values.pop(key.decode())
    assert not values
    print(len(keys), "values\n", end="")


threads = [threading.Thread(target=remember, args=(i,)) for i in range(8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
