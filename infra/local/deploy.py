"""Deploys the template of `infra/` to the emulator.

`sansfond-local` starts this file with a request, one line of JSON on standard input. This file imports its slow modules,
checks that the programs exist, and prints `"ready"`. A second line on standard input means that the emulator responds.
Each line on standard output is JSON too: `{"progress": …}`, and at the end `{"error": …}` or `{"deployed": …}` with the
resources of the stack. Standard error is a log file.

The template is only changed in memory, and only in the location of each function's code. Code is not copied into the
emulator: a function's package is a `bootstrap` of a few lines that starts the natively built program, because dozens of
copies would fill the emulator's memory and its state with gigabytes. The `bootstrap` also sets `_HANDLER`, which AWS sets
and the emulator does not. It starts a hard link to the program, so that a later build does not change running programs.
The packages of `make package` can run instead; their folder then replaces /var/task.

Nothing is deployed if template, parameters and programs have not changed. Their fingerprint is a tag of the stack, so it
is saved and lost together with the stack.
"""

import hashlib
import io
import json
import os
import platform
import re
import shutil
import sys
import time
import traceback
import zipfile
from pathlib import Path

REGION = "us-east-1"
STACK = "sansfond"
CODE_BUCKET = "sansfond-local-code"
FINGERPRINT = "fingerprint"
WORKER_SESSION_S = 30 * 24 * 3600
# A function's code: the folder of its program, and the function's name in the program.
CODE = re.compile(r"^(?P<indent> *)CodeUri: \.\./target/lambda/(?P<program>[a-z_]+)\n *Handler: (?P<function>[a-z_]+)$", re.M)

# Machine numbers in ELF headers.
MACHINES = {"x86_64": 62, "aarch64": 183}
# Nothing can be mounted at /var/task here, so variables with that path get the real one.
PACKAGED = """#!/bin/sh
export LAMBDA_TASK_ROOT='{task}' LD_LIBRARY_PATH='{task}:{task}/lib'
[ "${{SANSFOND_HOME:-}}" != /var/task ] || export SANSFOND_HOME='{task}'
"""


class Failed(Exception):
    """An error whose text is one line for the user at the terminal."""


def send(line):
    print(json.dumps(line), flush=True)


def declared_parameters(template):
    """The names under `Parameters:`; YAML tags are ignored."""
    import yaml

    class Loader(yaml.SafeLoader):
        pass

    Loader.add_multi_constructor("!", lambda loader, suffix, node: None)
    return set(yaml.load(template, Loader).get("Parameters", {}))


def check_parameters(wanted, template):
    unknown = sorted(set(wanted) - declared_parameters(template))
    if unknown:
        raise Failed(f"the template has no parameter {', '.join(unknown)}")
    return wanted


def functions(template):
    """The program of each function."""
    found = {match["function"]: match["program"] for match in CODE.finditer(template)}
    if not found:
        raise Failed("the template has no function whose code is under ../target/lambda/")
    return found


def programs(template, folder):
    """The path of each program in the template."""
    names = sorted(set(functions(template).values()))
    missing = [name for name in names if not os.access(folder / name, os.X_OK)]
    if missing:
        shown = ", ".join(missing[:5]) + (f" and {len(missing) - 5} more" if len(missing) > 5 else "")
        raise Failed(f"not built yet in {folder}: {shown}; `make up` builds them")
    return {name: folder / name for name in names}


def built_packages(template, folder):
    """The package of each program in the template, built for this machine."""
    names = sorted(set(functions(template).values()))
    arch = "arm64" if platform.machine() == "aarch64" else platform.machine()
    for name in names:
        program = folder / name / "bootstrap"
        if not program.is_file():
            raise Failed(f"{name} is not packaged in {folder}; run `make package ARCH={arch}`")
        if machine_of(program) != MACHINES.get(platform.machine()):
            raise Failed(f"{program} is for another processor; run `make package ARCH={arch}`")
    return {name: folder / name for name in names}


def machine_of(program):
    """The machine number of an ELF file; None for other files."""
    with program.open("rb") as file:
        head = file.read(20)
    return int.from_bytes(head[18:20], "little") if head.startswith(b"\x7fELF") else None


def link_aside(name, built, folder):
    """Hard-links a file or the files of a folder, so that a later build does not change them. Returns the new path.

    Files are copied if they cannot be linked. If the original cannot be written, as in an image, it is used itself.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if not os.access(built.parent, os.W_OK):
        return built
    files = sorted(path for path in built.rglob("*") if path.is_file()) if built.is_dir() else [built]
    seen = " ".join(f"{path.stat().st_size} {path.stat().st_mtime_ns}" for path in files)
    aside = folder / f"{name}-{digest(seen)[:16]}"
    if not aside.exists():
        fresh = aside.with_suffix(".fresh")
        remove(fresh)
        if built.is_dir():
            shutil.copytree(built, fresh, copy_function=link_or_copy)
        else:
            link_or_copy(built, fresh)
        fresh.rename(aside)
    return aside


def link_or_copy(source, target):
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def remove(path):
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def package(function, built):
    """The ZIP of a function: a `bootstrap` that starts a program or, if `built` is a folder, the program of that package."""
    if "'" in str(built):
        raise Failed(f"the path {built} contains a quotation mark; choose another SANSFOND_HOME")
    head, program = (PACKAGED.format(task=built), built / "bootstrap") if built.is_dir() else ("#!/bin/sh\n", built)
    script = f"{head}export _HANDLER='{function}'\nexec '{program}'\n"
    # A fixed date: the same content must give the same bytes.
    entry = zipfile.ZipInfo("bootstrap", date_time=(2020, 1, 1, 0, 0, 0))
    entry.external_attr = 0o755 << 16
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(entry, script)
    return buffer.getvalue()


def digest(text):
    return hashlib.sha256(text.encode()).hexdigest()


def use_root_key(state):
    """Makes AWS clients of this process use the key of `root_key.rs` and ignore the user's own AWS settings."""
    for name in ("AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        os.environ.pop(name, None)
    os.environ["AWS_SHARED_CREDENTIALS_FILE"] = str(state / "aws-credentials")
    os.environ["AWS_CONFIG_FILE"] = "/dev/null"
    os.environ["AWS_EC2_METADATA_DISABLED"] = "true"


def connect(state):
    """Clients of the local cloud that runs with this state."""
    try:
        port = json.loads((state / "ports.json").read_text())["cloud"]
    except OSError as error:
        raise Failed("the local cloud has never run here; start it with `make up` or `make dev`") from error
    use_root_key(state)
    return Cloud(f"http://127.0.0.1:{port}")


class Cloud:
    """Clients of the emulator. Each is created when it is first used, because that takes a tenth of a second."""

    def __init__(self, endpoint):
        import boto3
        from botocore.config import Config

        # The key comes from the file that AWS_SHARED_CREDENTIALS_FILE names.
        self.session = boto3.session.Session(region_name=REGION)
        self.config = Config(
            s3={"addressing_style": "path"}, proxies={}, connect_timeout=5, read_timeout=300,
            retries={"total_max_attempts": 2},
        )
        self.endpoint = endpoint
        self.clients = {}

    def __getattr__(self, service):
        return self.client({"cognito": "cognito-idp"}.get(service, service))

    def client(self, name):
        """The client of a service, by the SDK's name."""
        if name not in self.clients:
            self.clients[name] = self.session.client(name, endpoint_url=self.endpoint, config=self.config)
        return self.clients[name]

    def stack(self):
        """The stack, or None if it does not exist."""
        from botocore.exceptions import ClientError

        try:
            return self.cloudformation.describe_stacks(StackName=STACK)["Stacks"][0]
        except ClientError as error:
            if "does not exist" in str(error):
                return None
            raise

    def upload(self, packages, template):
        """Uploads the new packages and the template. Returns the template's address and the keys of outdated objects."""
        existing = {bucket["Name"] for bucket in self.s3.list_buckets()["Buckets"]}
        if CODE_BUCKET not in existing:
            self.s3.create_bucket(Bucket=CODE_BUCKET)
        old = {entry["Key"] for entry in self.s3.list_objects_v2(Bucket=CODE_BUCKET).get("Contents", [])}
        # CloudFormation limits a template inside the request to 51,200 bytes.
        template_key = f"template-{digest(template)[:16]}.yaml"
        for key, body in {**packages, template_key: template.encode()}.items():
            if key not in old:
                self.s3.put_object(Bucket=CODE_BUCKET, Key=key, Body=body)
        return f"{self.endpoint}/{CODE_BUCKET}/{template_key}", old - {template_key, *packages}

    def delete_packages(self, keys):
        """Deletes outdated packages and templates."""
        for key in keys:
            self.s3.delete_object(Bucket=CODE_BUCKET, Key=key)

    def deploy(self, address, parameters, fingerprint, stack):
        """Creates or updates the stack and waits for it."""
        request = {
            "StackName": STACK,
            "TemplateURL": address,
            "Parameters": [{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
            "Capabilities": ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"],
            "Tags": [{"Key": FINGERPRINT, "Value": fingerprint}],
        }
        if stack and stack["StackStatus"] in ("CREATE_FAILED", "ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "DELETE_FAILED"):
            self.cloudformation.delete_stack(StackName=STACK)
            self.wait_until_stable()
            stack = None
        if stack:
            self.cloudformation.update_stack(**request)
        else:
            self.cloudformation.create_stack(**request)
        stack = self.wait_until_stable()
        if stack is None or stack["StackStatus"] not in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
            raise Failed(f"the stack was not deployed: {self.failure_reason() or (stack or {}).get('StackStatusReason', 'gone')}")
        return stack

    def wait_until_stable(self):
        """Waits until the stack is not changing, and returns it."""
        while True:
            stack = self.stack()
            if stack is None or not stack["StackStatus"].endswith("_IN_PROGRESS"):
                return stack
            time.sleep(0.1)

    def failure_reason(self):
        """The reason of the first resource that failed in the last operation on the stack."""
        events = self.cloudformation.describe_stack_events(StackName=STACK)["StackEvents"]
        for event in reversed(events[: next((n for n, e in enumerate(events) if is_stack_start(e)), len(events))]):
            if event["ResourceStatus"].endswith("_FAILED"):
                reason = event.get("ResourceStatusReason", "no reason")
                return f"{event['LogicalResourceId']}: {' '.join(reason.split())}"
        return None

    def resources(self):
        """The summaries of the stack's resources."""
        pages = self.cloudformation.get_paginator("list_stack_resources").paginate(StackName=STACK)
        return [entry for page in pages for entry in page["StackResourceSummaries"]]

    def create_demo_account(self, pool, demo):
        """Creates the demo account, already confirmed. An existing account is not changed."""
        from botocore.exceptions import ClientError

        try:
            self.cognito.admin_create_user(
                UserPoolId=pool,
                Username=demo["email"],
                MessageAction="SUPPRESS",
                UserAttributes=[
                    {"Name": "email", "Value": demo["email"]},
                    {"Name": "email_verified", "Value": "true"},
                    {"Name": "locale", "Value": "en"},
                ],
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "UsernameExistsException":
                raise
            return
        self.cognito.admin_set_user_password(
            UserPoolId=pool, Username=demo["email"], Password=demo["password"], Permanent=True
        )

    def worker_credentials(self, role):
        """Credentials of the worker's role, valid for WORKER_SESSION_S. On AWS, Batch gives them to the container."""
        response = self.sts.assume_role(RoleArn=role, RoleSessionName="batch-worker", DurationSeconds=WORKER_SESSION_S)
        keys = response["Credentials"]
        return {"key": keys["AccessKeyId"], "secret": keys["SecretAccessKey"], "token": keys["SessionToken"]}


def is_stack_start(event):
    """Returns True for the event that starts an operation on the stack."""
    begins = event["ResourceStatus"] in ("CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS")
    return begins and event["LogicalResourceId"] == STACK


def single_resource(resources, kind):
    """The physical id of the only resource of a type."""
    found = [entry["PhysicalResourceId"] for entry in resources if entry["ResourceType"] == kind]
    if len(found) != 1:
        raise Failed(f"the template has {len(found)} resources {kind}, one is expected")
    return found[0]


def run(request):
    template_path = Path(request["template"])
    try:
        template = template_path.read_text()
    except OSError as error:
        raise Failed(f"the template {template_path} cannot be read: {error.strerror}") from error
    parameters = check_parameters(request["parameters"], template)
    aside = Path(request["aside"])
    if request["packages"]:
        built = built_packages(template, Path(request["packages"]))
    else:
        built = programs(template, Path(request["binaries"]))
    linked = {name: link_aside(name, path, aside) for name, path in built.items()}
    packages, keys = {}, {}
    for name, program in functions(template).items():
        body = package(name, linked[program])
        keys[name] = f"{name}-{hashlib.sha256(body).hexdigest()[:16]}.zip"
        packages[keys[name]] = body
    deployed = CODE.sub(
        lambda found: f"{found['indent']}CodeUri: {{ Bucket: {CODE_BUCKET}, Key: {keys[found['function']]} }}\n"
        f"{found['indent']}Handler: {found['function']}",
        template,
    )
    fingerprint = digest(json.dumps([deployed, parameters, Path(__file__).read_text()], sort_keys=True))
    cloud = Cloud(request["endpoint"])
    for service in ("cloudformation", "ses", "cognito"):
        getattr(cloud, service)  # Creates the client while the emulator starts.
    send("ready")
    if not sys.stdin.readline():
        sys.exit(1)  # The parent has ended.

    stack = cloud.stack()
    tags = {tag["Key"]: tag["Value"] for tag in stack["Tags"]} if stack else {}
    complete = stack is not None and stack["StackStatus"] in ("CREATE_COMPLETE", "UPDATE_COMPLETE")
    changed = not complete or tags.get(FINGERPRINT) != fingerprint
    if changed:
        send({"progress": f"deploying {len(keys)} functions"})
        address, old = cloud.upload(packages, deployed)
        stack = cloud.deploy(address, parameters, fingerprint, stack)
        cloud.delete_packages(old)
        for file in aside.iterdir():
            if file not in linked.values():
                remove(file)
    resources = cloud.resources()
    pool = single_resource(resources, "AWS::Cognito::UserPool")
    # At each start: an earlier run may have been killed after it deployed, or a user may have deleted the demo account.
    cloud.ses.verify_email_identity(EmailAddress=request["sender"])
    cloud.create_demo_account(pool, request["demo"])
    outputs = {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}
    return {
        "changed": changed,
        "api": single_resource(resources, "AWS::ApiGatewayV2::Api"),
        "pool": pool,
        "client": single_resource(resources, "AWS::Cognito::UserPoolClient"),
        "outputs": outputs,
        "worker": cloud.worker_credentials(outputs["WorkerRoleArn"]),
    }


def main():
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        send({"deployed": run(json.loads(sys.stdin.readline()))})
    except Failed as failed:
        send({"error": str(failed)})
    except (BotoCoreError, ClientError) as error:
        traceback.print_exc()
        send({"error": f"the emulator refused the deployment: {' '.join(str(error).split())}"})


if __name__ == "__main__":
    main()
