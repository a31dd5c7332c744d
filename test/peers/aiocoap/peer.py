"""aiocoap with OSCORE, as the server and as the client that aiocoap.ts asks for. Prints lines of JSON."""

import asyncio
import hashlib
import json
import pathlib
import sys

import aiocoap
from aiocoap import resource
from aiocoap.credentials import CredentialsMap
from aiocoap.oscore import FilesystemSecurityContext
from aiocoap.oscore_sitewrapper import OscoreSiteWrapper

SIZE = 10000
HOST = "127.0.0.1"


def firmware():
    return bytes((i * 7 + (i >> 8)) & 0xFF for i in range(SIZE))


def tell(**what):
    print(json.dumps(what), flush=True)


class Firmware(resource.Resource):
    async def render_get(self, request):
        return aiocoap.Message(payload=firmware())


class Store(resource.Resource):
    def __init__(self):
        super().__init__()
        self.held = b""

    async def render_put(self, request):
        self.held = request.payload
        return aiocoap.Message(code=aiocoap.CHANGED)

    async def render_get(self, request):
        return aiocoap.Message(payload=hashlib.sha256(self.held).hexdigest().encode())


class Count(resource.ObservableResource):
    """Changes from when it is observed."""

    def __init__(self):
        super().__init__()
        self.value = 0

    async def add_observation(self, request, observation):
        await super().add_observation(request, observation)
        asyncio.get_running_loop().create_task(self.change())

    async def change(self):
        while True:
            await asyncio.sleep(0.1)
            self.value += 1
            self.updated_state()

    async def render_get(self, request):
        return aiocoap.Message(payload=str(self.value).encode())


class File(resource.Resource):
    def __init__(self, path):
        super().__init__()
        self.path = path

    async def render_get(self, request):
        return aiocoap.Message(payload=self.path.read_bytes())


async def serve(context, port):
    site = resource.Site()
    for path in map(pathlib.Path, sys.argv[4:]):
        site.add_resource([path.name], File(path))
    for name, one in (("fw", Firmware()), ("store", Store()), ("count", Count())):
        site.add_resource([name], one)
    known = CredentialsMap()
    known[":a"] = context
    await aiocoap.Context.create_server_context(OscoreSiteWrapper(site, known), bind=(HOST, port))
    tell(ready=port)
    await asyncio.get_running_loop().create_future()


async def asking(context, port):
    client = await aiocoap.Context.create_client_context()
    client.client_credentials[f"coap://{HOST}:{port}/*"] = context
    return client


def told(response):
    tell(code=str(response.code), length=len(response.payload), sha256=hashlib.sha256(response.payload).hexdigest())


async def get(context, port):
    client = await asking(context, port)
    told(await client.request(aiocoap.Message(code=aiocoap.GET, uri=f"coap://{HOST}:{port}/fw")).response)


async def put(context, port):
    client = await asking(context, port)
    message = aiocoap.Message(code=aiocoap.PUT, uri=f"coap://{HOST}:{port}/store", payload=firmware())
    told(await client.request(message).response)


async def ask(context, port):
    method, path, *files = sys.argv[4:]
    client = await asking(context, port)
    payload = pathlib.Path(files[0]).read_bytes() if files else b""
    code = {"get": aiocoap.GET, "post": aiocoap.POST}[method]
    message = aiocoap.Message(code=code, uri=f"coap://{HOST}:{port}/{path}", payload=payload)
    if files:
        message.opt.content_format = 60
    response = await client.request(message).response
    tell(code=str(response.code), payload=response.payload.hex())


async def observe(context, port):
    client = await asking(context, port)
    request = client.request(aiocoap.Message(code=aiocoap.GET, uri=f"coap://{HOST}:{port}/count", observe=0))
    values = [(await request.response).payload.decode()]
    async for response in request.observation:
        values.append(response.payload.decode())
        if len(values) == 4:
            break
    tell(values=values)


async def main():
    what, folder, port = sys.argv[1:4]
    context = FilesystemSecurityContext(folder)
    try:
        await asyncio.wait_for({"serve": serve, "ask": ask, "get": get, "put": put, "observe": observe}[what](context, int(port)), 60)
    except Exception as error:  # so that the row has a reason
        tell(error=f"{type(error).__name__}: {error}")


asyncio.run(main())
