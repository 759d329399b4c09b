#!/usr/bin/env bash
# Adds the sources that the GPL and the LGPL require: `infra/release/sources.sh` writes
# target/release-files/sansfond-<version>-ffmpeg-x264-sources.tar with FFmpeg as it was released, x264 as Debian 12 has it,
# and the script that builds the former with the latter.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/../.."
# shellcheck source=../debian.sh
source infra/debian.sh
home=${SANSFOND_HOME:?SANSFOND_HOME names the folder with models and tools}
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml)
name=sansfond-$version-ffmpeg-x264-sources
files=target/release-files

die() { printf 'sources: %s\n' "$*" >&2; exit 1; }

# The linked version, for any processor; a rebuild for another architecture has the same source.
mapfile -t linked < <(sed -nE 's/^libx264[^ ]* .*Version: ([^ ]+).*/\1/p' "$home"/package/*/ffmpeg-codecs/lib/VERSIONS |
    sed -E 's/\+b[0-9]+$//' | sort -u)
[ ${#linked[@]} -eq 1 ] || die "the programs are linked with ${#linked[@]} versions of x264; build them again"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
folder=$work/$name
mkdir -p "$folder/x264" "$files"
private_apt "$work/apt" bookworm amd64 deb-src
(cd "$folder/x264" && apt-get "${private_apt[@]}" source --download-only --only-source "x264=${linked[0]}") ||
    die "Debian's archives have no source of x264 ${linked[0]}"
ls "$folder/x264/"*.dsc >/dev/null || die "Debian's archives have no source of x264 ${linked[0]}"
cp "$home"/sources/ffmpeg-*.tar.xz infra/ffmpeg.sh infra/debian.sh "$folder/"
tar -cf "$files/$name.tar" -C "$work" --owner=0 --group=0 --sort=name "$name"
tar -tf "$files/$name.tar"
