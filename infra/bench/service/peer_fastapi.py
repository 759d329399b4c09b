"""The peer of the router over HTTP: FastAPI on uvicorn, one process. Prints its port.

`/floor` answers a constant through a model. `/config` does what ours does before the same answer: it looks an API key
up and counts the request, with boto3, which lies in the folder that is the argument.
"""

import asyncio
import hashlib
import os
import socket
import sys
import time
from typing import Annotated

import uvicorn
from fastapi import FastAPI, Header, HTTPException
from pydantic import BaseModel

# At the end: everything else comes from this Python's own packages.
sys.path.append(sys.argv[1])
import boto3  # noqa: E402
from botocore.config import Config as ClientConfig  # noqa: E402

TABLE = os.environ["SANSFOND_TABLE"]
dynamodb = boto3.client("dynamodb", config=ClientConfig(max_pool_connections=64))


class Plan(BaseModel):
    name: str


class Config(BaseModel):
    version: str
    languages: list[str]
    plans: list[Plan]


CONFIG = Config(version="0.1.0", languages=["en", "fr"], plans=[Plan(name="free")])
app = FastAPI()


@app.get("/floor")
async def floor() -> Config:
    return CONFIG


# Not `async`: boto3 blocks, so FastAPI calls it on its threads.
@app.get("/config")
def config(x_api_key: Annotated[str, Header()]) -> Config:
    digest = hashlib.sha256(x_api_key.encode()).hexdigest()
    key = {"pk": {"S": f"key#{digest}"}, "sk": {"S": "key"}}
    if "Item" not in dynamodb.get_item(TableName=TABLE, Key=key, ConsistentRead=True):
        raise HTTPException(401)
    window = int(time.time()) // 60 * 60
    dynamodb.update_item(
        TableName=TABLE,
        Key={"pk": {"S": f"rate#peer#{digest}#{window}"}, "sk": {"S": "count"}},
        UpdateExpression="ADD requests :one SET #ttl = :ttl",
        ExpressionAttributeNames={"#ttl": "ttl"},
        ExpressionAttributeValues={":one": {"N": "1"}, ":ttl": {"N": str(window + 120)}},
        ReturnValues="UPDATED_NEW",
    )
    return CONFIG


# The protocol by name: without it asyncio leaves Nagle's algorithm on, and each answer waits 40 ms for the client.
listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
listener.bind(("127.0.0.1", 0))
listener.listen(128)
print(listener.getsockname()[1], flush=True)
server = uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False))
asyncio.run(server.serve(sockets=[listener]))
