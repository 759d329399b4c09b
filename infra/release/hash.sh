#!/usr/bin/env bash
# Writes FILE.sha256 beside a release file, and prints its size: `infra/release/hash.sh FILE`.
set -euo pipefail

cd "$(dirname "${1:?the file}")"
name=$(basename "$1")
sha256sum "$name" | tee "$name.sha256"
stat -c %s "$name" | awk '{ printf "%.1f MB\n", $1 / 1e6 }'
