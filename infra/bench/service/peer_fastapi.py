"""The peer of the router over HTTP: FastAPI on uvicorn, one process. Prints its port.

`/floor` returns a constant model. `/config` does the same as our route before it returns the same response: it looks up an
API key and counts the request, with the boto3 in the folder of the argument.
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

# At the end of the path, so that all other packages are those of this Python.
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


# Not `async`, because boto3 blocks: FastAPI calls it on its threads.
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


# With IPPROTO_TCP; without it, asyncio leaves Nagle's algorithm on, and each response waits 40 ms for the client.
listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
listener.bind(("127.0.0.1", 0))
listener.listen(128)
print(listener.getsockname()[1], flush=True)
server = uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False))
asyncio.run(server.serve(sockets=[listener]))
