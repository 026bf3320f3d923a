# Follows the feed of revocations, and says about each token on its input whether it is revoked.
# It does not check signatures: see "The token itself" in docs/feed.md.
# Run with python3 verifier.py ws://HOST:PORT/api/v1/revocations CLIENT_ID < tokens, and CLIENT_SECRET in the environment.
import asyncio
import base64
import json
import os
import random
import sys
import time
from urllib.parse import quote

import websockets

from follower import Follower


def clocks():
    return time.monotonic() * 1000, time.time() * 1000


def claims_of(token):
    part = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


async def follow(follower, url, client_id, secret):
    text = f"{quote(client_id, safe='')}:{quote(secret, safe='')}"
    headers = {"Authorization": "Basic " + base64.b64encode(text.encode()).decode()}
    pause = 1
    while True:
        try:
            async with websockets.connect(
                url,
                subprotocols=["latchkey.revocations.v1"],
                extra_headers=headers,
                max_size=2**20,
                compression=None,
            ) as socket:
                pause = 1
                await talk(follower, socket)
        except (OSError, websockets.WebSocketException) as error:
            print("lost", type(error).__name__, file=sys.stderr, flush=True)
        follower.disconnect()
        await asyncio.sleep(pause * random.uniform(0.5, 1))
        pause = min(pause * 2, 30)


async def talk(follower, socket):
    messages = follower.connect(clocks())
    told = False
    while True:
        for message in messages:
            await socket.send(json.dumps(message))
        if follower.reconnect:
            return
        if follower.lease is not None and not told:
            told = True
            print("leased", flush=True)
        wait = max(0, follower.due - clocks()[0]) / 1000
        try:
            text = await asyncio.wait_for(socket.recv(), None if wait == float("inf") else wait)
            messages = follower.take(text, clocks())
        except asyncio.TimeoutError:
            messages = follower.tick(clocks())


async def answer(follower):
    loop = asyncio.get_running_loop()
    while True:
        line = await loop.run_in_executor(None, sys.stdin.readline)
        if line == "":
            return
        print(follower.check(claims_of(line.strip()), clocks()), flush=True)


async def main():
    url, client_id = sys.argv[1:3]
    follower = Follower()
    following = asyncio.create_task(follow(follower, url, client_id, os.environ["CLIENT_SECRET"]))
    await answer(follower)
    following.cancel()


asyncio.run(main())
