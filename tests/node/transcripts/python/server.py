"""The transcripts' server on python-socketio; behaves like lib/cloud.mjs on the official servers."""

import asyncio
import json
import sys

import socketio
from aiohttp import web

TOKEN, WORKGROUP, PING_INTERVAL, PING_TIMEOUT = json.loads(sys.argv[1])

sio = socketio.AsyncServer(
    async_mode="aiohttp", ping_interval=PING_INTERVAL / 1000, ping_timeout=PING_TIMEOUT / 1000, max_http_buffer_size=1_000_000,
    transports=["websocket"], cors_allowed_origins=[],
)
feeds = {}
environs = {}


@sio.event
async def connect(sid, environ, auth):
    query = environ["aiohttp.request"].query
    if query.get("token") != TOKEN or query.get("orgName") != WORKGROUP:
        raise socketio.exceptions.ConnectionRefusedError("Unauthorized", {"code": 401, "reason": "token invalid"})
    environs[sid] = environ
    feeds[sid] = 0


@sio.on("device:cmd")
async def cmd(sid, request):
    request_id = request["requestId"]
    if request["cmd"] == "fail":
        await sio.emit("device:cmd:rpc", {"requestId": request_id, "error": {"message": "é: no such device"}}, to=sid)
        return
    await sio.emit("device:cmd:rpc", {"correlationId": "c-1", "requestId": request_id}, to=sid)
    reply = {"stdout": f"{request['cmd']}\n", "stderr": "", "returnCode": 0, "correlationId": "c-1", "requestId": request_id}
    await sio.emit("device:cmd:reply", reply, to=sid)


@sio.on("device:feed")
async def feed(sid, request):
    feeds[sid] += 1
    feed_id = f"feed-{feeds[sid]}"
    await sio.emit("device:feed:rpc", {"requestId": request["requestId"], "feedId": feed_id}, to=sid)
    for n in range(1, 4):
        sample = {
            "feedId": feed_id, "event_time": f"2024-01-02T03:04:0{n}.000Z", "table": request["table"], "source": request["source"],
            "device": request["deviceId"], "messageId": str(n), "value": [n, None, "°é🌞"], "requestId": request["requestId"],
        }
        await sio.emit("device:feed:reply", sample, to=sid)


@sio.on("device:feed:stop")
async def feed_stop(sid, request):
    await sio.emit("stopped", request["feedId"], to=sid)


@sio.on("echo")
async def echo(sid, *args):
    return args


@sio.on("blob")
async def blob(sid, value):
    await sio.emit("blob:back", {"deep": [value["deep"][0], bytes([9, 8])], "again": value["deep"][0]}, to=sid)


@sio.on("question")
async def question(sid, value):
    async def answered(*answer):
        await sio.emit("answered", list(answer), to=sid)

    await sio.emit("ask", value, to=sid, callback=answered)


@sio.on("broadcast")
async def broadcast(sid, _value):
    await sio.emit("device:stateChange", {"cn": f"CN=device-1,O={WORKGROUP}", "vhost": WORKGROUP, "online": True})
    await sio.emit("device:metaChange", {"id": "device-1"})


@sio.on("bye")
async def bye(sid, how):
    environ = environs[sid]
    if how == "disconnect":
        await sio.disconnect(sid)
    elif how == "close":
        await sio.eio.disconnect(sio.manager.eio_sid_from_sid(sid, "/"))
    elif how == "cut":
        environ["aiohttp.request"].transport.abort()


async def main():
    app = web.Application()
    sio.attach(app, socketio_path="socket.io-client")
    runner = web.AppRunner(app, shutdown_timeout=1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    print(json.dumps({"port": runner.addresses[0][1]}), flush=True)
    # Runs until the parent process closes stdin.
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    await runner.cleanup()


asyncio.run(main())
