"""Brings the built site into its bucket, and tells CloudFront what to forget.

`deploy.py` calls it. Not to be run alone: which paths are pages stands in the edge's function, and is deployed before.

Hashed assets go first and pages last, so that no page names what is not there yet. What is there already with the
same bytes and headers is left alone, and a second run does nothing. An asset that nothing names any more stays for two
weeks, for the pages that are still open somewhere: it is marked by a copy onto itself, which dates it. Everything else
that is no longer built goes at once.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from site_files import ASSETS, File, Site

KEPT = timedelta(days=14)
# On an asset that nothing names any more.
RETIRED = {"retired": "1"}


@dataclass
class Changes:
    """What a run did."""

    uploaded: list[str] = field(default_factory=list)
    retired: list[str] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    forgotten: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        counts = [
            (self.uploaded, "uploaded"), (self.retired, "kept for open pages"), (self.deleted, "deleted"),
            (self.forgotten, "forgotten by CloudFront"),
        ]
        return ", ".join(f"{len(names)} {what}" for names, what in counts if names) or "nothing to do"


def order(name: str) -> tuple[int, str]:
    """Assets, what stands alone, pages."""
    return (0 if name.startswith(ASSETS) else 2 if name.endswith(".html") else 1, name)


def is_there(head: dict[str, Any], file: File) -> bool:
    return (head["ETag"], head.get("CacheControl"), head.get("ContentType"), head.get("Metadata", {})) == (
        file.etag, file.cache, file.kind, file.metadata,
    )


def publish(site: Site, bucket: str, distribution: str, s3: Any, cloudfront: Any, now: datetime) -> Changes:
    """Makes the bucket what the site is."""
    changes = Changes()
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket)
    old = [entry["Key"] for page in pages for entry in page.get("Contents", [])]
    heads = {name: s3.head_object(Bucket=bucket, Key=name) for name in old}
    try:
        upload(site, bucket, s3, heads, changes)
        clear(site, bucket, s3, heads, changes, now)
    finally:
        # Of a run that was cut short, too: the next one would find these files as they should be.
        if changes.forgotten:
            paths = {"Quantity": len(changes.forgotten), "Items": changes.forgotten}
            batch = {"CallerReference": str(uuid.uuid4()), "Paths": paths}
            cloudfront.create_invalidation(DistributionId=distribution, InvalidationBatch=batch)
    return changes


def upload(site: Site, bucket: str, s3: Any, heads: dict[str, Any], changes: Changes) -> None:
    """What is new or differs. An asset's bytes never change under its name, so no cache has a wrong one."""
    for name in sorted(site.files, key=order):
        file = site.files[name]
        if name in heads and is_there(heads[name], file):
            continue
        s3.put_object(
            Bucket=bucket, Key=name, Body=file.body, ContentType=file.kind, CacheControl=file.cache,
            Metadata=file.metadata,
        )
        changes.uploaded.append(name)
        if name in heads and not name.startswith(ASSETS):
            changes.forgotten += site.paths_of(name)


def clear(site: Site, bucket: str, s3: Any, heads: dict[str, Any], changes: Changes, now: datetime) -> None:
    """What is no longer built."""
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
            changes.forgotten.append(f"/{name}")
