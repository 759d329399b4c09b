"""The peer of the router over HTTP: FastAPI on uvicorn, one process, a constant answer through a model.

It knows nobody, counts nothing and has no table. Prints its port.
"""

import asyncio
import socket

import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel


class Plan(BaseModel):
    name: str


class Config(BaseModel):
    version: str
    languages: list[str]
    plans: list[Plan]


app = FastAPI()


@app.get("/floor")
async def floor() -> Config:
    return Config(version="0.1.0", languages=["en", "fr"], plans=[Plan(name="free")])


# The protocol by name: without it asyncio leaves Nagle's algorithm on, and each answer waits 40 ms for the client.
listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
listener.bind(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
server = uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False))
asyncio.run(server.serve(sockets=[listener]))
