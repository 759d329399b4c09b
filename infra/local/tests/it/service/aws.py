"""The emulator's APIs for the tests: a request a line, an answer a line, both JSON.

A request is `{"service": …, "call": …, "with": {…}}`, as boto3 names them; with `"at": …` it is made of another address,
which matters for links, whose signature holds the name. The key comes from the file that
AWS_SHARED_CREDENTIALS_FILE names. The tests of the site ask in the same way.
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
        # What invoke() answers is a stream.
        if "Payload" in answer:
            answer["Payload"] = answer["Payload"].read().decode()
        print(json.dumps({"answer": answer}, default=str), flush=True)
    except (BotoCoreError, ClientError) as error:
        print(json.dumps({"error": str(error)}), flush=True)
