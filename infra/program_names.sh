#!/usr/bin/env bash
# The programs of the template's functions, one per line; each is packed as a folder of that name.
sed -nE 's|^ *CodeUri: \.\./target/lambda/([a-z_]+)$|\1|p' "$(dirname "${BASH_SOURCE[0]}")/template.yaml" | sort -u
