#!/usr/bin/env bash
# Creates the archive of the command line: `infra/release/terminal.sh arm64|x86_64` writes
# target/release-files/sansfond-<version>-linux-<arch>.tar.gz, for glibc 2.34 or newer.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/../.."
arch=${1:?arm64 or x86_64}
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml)
name=sansfond-$version-linux-$arch
files=target/release-files
folder=$files/$name

infra/release/stage.sh "$arch" "$folder" sansfond sansfond-video
infra/release/openvino.sh "$arch" "$folder"
cp infra/release/TERMINAL.md "$folder/README.md"
tar -czf "$folder.tar.gz" -C "$files" --owner=0 --group=0 "$name"
rm -rf "$folder"
infra/release/hash.sh "$folder.tar.gz"
