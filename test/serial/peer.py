"""A stock client (smpclient of PyPI) against a board on a pty. Prints one JSON document.

peer.py SOCKET BUNDLE: makes a pty, bridges it to SOCKET, and lets smpclient upload BUNDLE over its serial transport:
interrupted after some chunks and resumed by a new client, then set for test, reset, confirmed. With `pty` as the only
further word it bridges only, prints the name of the pty, and goes on until it is stopped.
"""

import asyncio
import json
import os
import pty
import select
import socket
import sys
import threading
import tty


def bridge(path):
    master, slave = pty.openpty()
    tty.setraw(master)
    tty.setraw(slave)
    line = socket.socket(socket.AF_UNIX)
    line.connect(path)
    counts = {"up": 0, "down": 0}

    def carry():
        while True:
            ready, _, _ = select.select([master, line], [], [])
            if master in ready:
                data = os.read(master, 4096)
                counts["up"] += len(data)
                line.sendall(data)
            if line in ready:
                data = line.recv(4096)
                if not data:
                    return
                counts["down"] += len(data)
                os.write(master, data)

    threading.Thread(target=carry, daemon=True).start()
    return os.ttyname(slave), counts, slave


async def upload(port, bundle, until):
    from smpclient import SMPClient
    from smpclient.transport.serial import SMPSerialTransport

    offsets = []
    async with SMPClient(SMPSerialTransport(), port) as client:
        async for off in client.upload(bundle, first_timeout_s=10.0):
            offsets.append(off)
            if until and len(offsets) >= until:
                break
    return offsets


async def main(path, file):
    from importlib.metadata import version

    from smpclient import SMPClient
    from smpclient.generics import success
    from smpclient.requests.image_management import ImageStatesRead, ImageStatesWrite, ImageUploadWrite
    from smpclient.requests.os_management import EchoWrite, MCUMgrParametersRead, ResetWrite
    from smpclient.transport.serial import SMPSerialTransport

    port, counts, _slave = bridge(path)
    bundle = open(file, "rb").read()
    said = {"smpclient": version("smpclient"), "smp": version("smp"), "bundle": len(bundle)}
    said["first"] = await upload(port, bundle, 40)
    said["firstUp"] = counts["up"]
    said["second"] = await upload(port, bundle, 0)
    said["up"], said["down"] = counts["up"], counts["down"]
    async with SMPClient(SMPSerialTransport(), port) as client:
        parameters = await client.request(MCUMgrParametersRead())
        said["buffer"] = parameters.buf_size
        said["echo"] = (await client.request(EchoWrite(d="hello"))).r
        states = await client.request(ImageStatesRead())
        said["states"] = [[one.slot, one.version, one.active, one.pending] for one in states.images]
        denied = await client.request(ImageStatesWrite(hash=states.images[1].hash, confirm=True))
        said["confirmUnbooted"] = str(denied.err.rc) if hasattr(denied, "err") else str(denied)
        tested = await client.request(ImageStatesWrite(hash=states.images[1].hash))
        said["pending"] = success(tested) and tested.images[1].pending
        said["reset"] = success(await client.request(ResetWrite()))
        for _ in range(50):
            await asyncio.sleep(0.2)
            states = await client.request(ImageStatesRead())
            if states.images[0].version == "2" and states.images[0].confirmed:
                break
        said["after"] = [[one.slot, one.version, one.confirmed] for one in states.images]
        refused = await client.request(
            ImageUploadWrite(off=0, data=bundle[:400], len=len(bundle), image=0)
        )
        said["again"] = str(getattr(refused, "rsn", refused))
    print(json.dumps(said))


if __name__ == "__main__":
    if sys.argv[2:] == ["pty"]:
        name, _, _kept = bridge(sys.argv[1])
        print(name, flush=True)
        threading.Event().wait()
    asyncio.run(main(sys.argv[1], sys.argv[2]))
