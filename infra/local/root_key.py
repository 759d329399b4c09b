"""The access key of the local cloud's root, which has all permissions.

`sansfond-local` generates it once for each installation, and stores it in a file that only this user can read, in the
format of the AWS SDKs (`src/root_key.rs`). ministack 1.5.33 itself accepts `test`, any number of twelve digits and the
key in its settings as keys of its root, without a signature; here none of these is accepted.

The key is not an environment variable, because the functions inherit the environment.
"""

import configparser


def read(path):
    """The key's id and its secret, from a file in the format of AWS's SDKs."""
    file = configparser.ConfigParser()
    with open(path) as lines:
        file.read_file(lines)
    return file["default"]["aws_access_key_id"], file["default"]["aws_secret_access_key"]


def install(key, secret):
    """Replaces the functions for keys. Call it before any service of ministack is imported, because some import them by name."""
    from ministack.core import iam_evaluator as iam
    from ministack.core.responses import get_account_id

    resolve = iam.resolve_credential

    def resolve_credential(access_key_id, account_id=None, session_token=iam._SESSION_TOKEN_NOT_CHECKED):
        if access_key_id != key:
            return resolve(access_key_id, account_id, session_token)
        account_id = account_id or get_account_id()
        return iam._validate_session_token(None, session_token) or iam.ResolvedCredential(
            access_key_id=key,
            secret_access_key=secret,
            account_id=account_id,
            principal_arn=f"arn:aws:iam::{account_id}:root",
            principal_id=account_id,
            principal_type="Root",
            source_access_key_id=key,
        )

    def is_root_access_key(access_key_id):
        # Only unsigned requests still count as root's here; each service decides which of them it allows.
        return not access_key_id

    enforce = iam.enforce

    def enforce_signed(access_key_id, iam_action, service, region, resource_arn="*", service_context=None):
        # ministack passes unsigned S3 requests to its S3, which does not check those for whole buckets. An upload by a
        # form (s3:PutObject) has its signature in its body.
        whole_buckets = service == "s3" and "/" not in resource_arn and iam_action != "s3:PutObject"
        if whole_buckets and not access_key_id:
            return iam.AuthError("AccessDenied", "Access Denied")
        return enforce(access_key_id, iam_action, service, region, resource_arn, service_context)

    iam.enforce = enforce_signed
    iam.resolve_credential = resolve_credential
    iam.is_root_access_key = is_root_access_key
