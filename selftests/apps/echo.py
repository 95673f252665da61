# SPDX-License-Identifier: GPL-2.0
# echo.py ADDRESS PORT: a server that echoes. echo.py ADDRESS PORT N: N clients at once, each of which sends 64 KiB and
# the end of its stream, and reads until the end of the server's.
import asyncio
import os
import signal
import sys

address, port = sys.argv[1], int(sys.argv[2])


async def answer(reader, writer):
    while data := await reader.read(4096):
        writer.write(data)
        await writer.drain()
    writer.write_eof()
    writer.close()
    await writer.wait_closed()


async def serve():
    server = await asyncio.start_server(answer, address, port, backlog=200)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, server.close)
    try:
        await server.serve_forever()
    except asyncio.CancelledError:
        pass


async def send(writer, data):
    writer.write(data)
    await writer.drain()
    writer.write_eof()


async def ask():
    data = os.urandom(1 << 16)
    reader, writer = await asyncio.open_connection(address, port)
    _, echo = await asyncio.gather(send(writer, data), reader.read(-1))
    writer.close()
    await writer.wait_closed()
    print("echoed", len(echo) if echo == data else "something else")


async def ask_all(number):
    await asyncio.gather(*(ask() for _ in range(number)))

asyncio.run(ask_all(int(sys.argv[3])) if sys.argv[3:] else serve())
