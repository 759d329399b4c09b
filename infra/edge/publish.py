"""Uploads the built site to its bucket, and invalidates the changed paths in CloudFront.

`deploy.py` calls it after it has deployed the edge, whose function lists the pages.

Hashed assets are uploaded first and pages last, so that no page references a missing file. Files with the same bytes and
headers are skipped, so a second run does nothing. An asset that no page references any more stays for two weeks, for pages
that are still open in browsers: it is marked by a copy to its own name, which dates it. Other files that are no longer built are
deleted at once.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from site_files import ASSETS, File, Site

KEPT = timedelta(days=14)
# The mark of an asset that no page references any more.
RETIRED = {"retired": "1"}


@dataclass
class Changes:
    """The result of a run."""

    uploaded: list[str] = field(default_factory=list)
    retired: list[str] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    invalidated_paths: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        counts = [
            (self.uploaded, "uploaded"), (self.retired, "kept for open pages"), (self.deleted, "deleted"),
            (self.invalidated_paths, "invalidated_paths by CloudFront"),
        ]
        return ", ".join(f"{len(names)} {what}" for names, what in counts if names) or "nothing to do"


def order(name: str) -> tuple[int, str]:
    """Assets, other files, pages."""
    return (0 if name.startswith(ASSETS) else 2 if name.endswith(".html") else 1, name)


def is_unchanged(head: dict[str, Any], file: File) -> bool:
    return (head["ETag"], head.get("CacheControl"), head.get("ContentType"), head.get("Metadata", {})) == (
        file.etag, file.cache, file.kind, file.metadata,
    )


def publish(site: Site, bucket: str, distribution: str, s3: Any, cloudfront: Any, now: datetime) -> Changes:
    """Makes the bucket equal to the site."""
    changes = Changes()
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket)
    old = [entry["Key"] for page in pages for entry in page.get("Contents", [])]
    heads = {name: s3.head_object(Bucket=bucket, Key=name) for name in old}
    try:
        upload(site, bucket, s3, heads, changes)
        remove_old(site, bucket, s3, heads, changes, now)
    finally:
        # Also after an interrupted run: the next one would find these files unchanged.
        if changes.invalidated_paths:
            paths = {"Quantity": len(changes.invalidated_paths), "Items": changes.invalidated_paths}
            batch = {"CallerReference": str(uuid.uuid4()), "Paths": paths}
            cloudfront.create_invalidation(DistributionId=distribution, InvalidationBatch=batch)
    return changes


def upload(site: Site, bucket: str, s3: Any, heads: dict[str, Any], changes: Changes) -> None:
    """Uploads new and changed files. The bytes of an asset never change under its name, so no cache has a wrong one."""
    for name in sorted(site.files, key=order):
        file = site.files[name]
        if name in heads and is_unchanged(heads[name], file):
            continue
        s3.put_object(
            Bucket=bucket, Key=name, Body=file.body, ContentType=file.kind, CacheControl=file.cache,
            Metadata=file.metadata,
        )
        changes.uploaded.append(name)
        if name in heads and not name.startswith(ASSETS):
            changes.invalidated_paths += site.paths_of(name)


def remove_old(site: Site, bucket: str, s3: Any, heads: dict[str, Any], changes: Changes, now: datetime) -> None:
    """Removes files that are no longer built."""
    for name in sorted(heads.keys() - site.files.keys()):
        head = heads[name]
        if name.startswith(ASSETS) and head.get("Metadata", {}) != RETIRED:
            s3.copy_object(
                Bucket=bucket, Key=name, CopySource={"Bucket": bucket, "Key": name}, MetadataDirective="REPLACE",
                Metadata=RETIRED, ContentType=head["ContentType"], CacheControl=head["CacheControl"],
            )
            changes.retired.append(name)
            continue
        if name.startswith(ASSETS) and now - head["LastModified"] < KEPT:
            continue
        s3.delete_object(Bucket=bucket, Key=name)
        changes.deleted.append(name)
        if not name.startswith(ASSETS):
            changes.invalidated_paths.append(f"/{name}")
