"""Opens a feed with python-socketio and counts its samples: `client.py URL SAMPLES`. Prints the processor time
used, in milliseconds."""

import asyncio
import sys
import time

import socketio


async def main(url: str, wanted: int) -> None:
    client = socketio.AsyncClient()
    done = asyncio.Event()
    count, total = 0, 0.0

    def sample(payload):
        nonlocal count, total
        count += 1
        total += payload["value"]
        if count == wanted:
            done.set()

    client.on("device:feed:reply", sample)
    await client.connect(url, transports=["websocket"])
    before = time.process_time()
    await client.emit("device:feed", {"requestId": "r"})
    await done.wait()
    assert total == wanted * 66920.0, "samples were lost"
    print(round((time.process_time() - before) * 1000), flush=True)
    await client.disconnect()


asyncio.run(main(sys.argv[1], int(sys.argv[2])))
