"""Calls the emulator's APIs for the tests: one line of JSON per request and per response.

A request is `{"service": …, "call": …, "with": {…}}`, with the names of boto3. With `"at": …` it goes to another address,
which matters for links, because the host is signed. The access key is read from the file in
AWS_SHARED_CREDENTIALS_FILE. The tests of the site use this file too.
"""

import json
import sys

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

session = boto3.session.Session(region_name="us-east-1")
config = Config(s3={"addressing_style": "path"}, proxies={}, connect_timeout=5, read_timeout=60)
clients = {}

for line in sys.stdin:
    request = json.loads(line)
    service = request["service"], request.get("at", sys.argv[1])
    if service not in clients:
        clients[service] = session.client(service[0], endpoint_url=service[1], config=config)
    try:
        answer = getattr(clients[service], request["call"])(**request["with"])
        # The payload of invoke() is a stream.
        if "Payload" in answer:
            answer["Payload"] = answer["Payload"].read().decode()
        print(json.dumps({"answer": answer}, default=str), flush=True)
    except (BotoCoreError, ClientError) as error:
        print(json.dumps({"error": str(error)}), flush=True)
