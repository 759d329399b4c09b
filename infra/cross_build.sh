#!/usr/bin/env bash
# Builds programs for glibc 2.34 or newer: `infra/cross_build.sh arm64|x86_64 probe|codecs FOLDER PROGRAM…` puts each into
# FOLDER/<program>/bootstrap, as Lambda requires. `probe` and `codecs` select the FFmpeg of ffmpeg.sh that video programs are
# linked with.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
arch=${1:?arm64 or x86_64}
kind=${2:?probe or codecs}
folder=${3:?where the programs go}
shift 3
home=${SANSFOND_HOME:?SANSFOND_HOME names the folder with models and tools}

ARCH=$arch infra/setup/setup.sh lambda
infra/ffmpeg.sh "$arch" "$kind"
case $arch in arm64) machine=aarch64 cpu=aarch64 ;; x86_64) machine=x86_64 cpu=x86 ;; esac
# FFmpeg's headers are read with the compiler's and the C library's headers for the target machine, which zig provides, and
# with none of this machine: its libclang has its own headers in one place or another, or not at all.
zig=$("$home/venv/lambda/bin/python" -c 'import pathlib, ziglang; print(pathlib.Path(ziglang.__file__).parent)')
includes=-nostdinc
for headers in include "libc/include/$cpu-linux-gnu" libc/include/generic-glibc "libc/include/$cpu-linux-any" \
    libc/include/any-linux-any; do
    includes+=" -isystem $zig/lib/$headers"
done
# What /api/health and /api/config answer: the version and, unless the commit is tagged with it, the commit. A checkout
# without git has the version only.
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml)
if [ "$(git describe --tags --exact-match 2>/dev/null)" != "v$version" ] && commit=$(git describe --always --dirty --exclude '*' 2>/dev/null); then
    version+=+$commit
fi
export SANSFOND_VERSION=$version
programs=()
for program in "$@"; do programs+=(--bin "$program"); done
# cargo-lambda finds its linker only at the front of the path. pkg-config is used only for FFmpeg. With --arm64 or --x86-64,
# cargo-lambda would name no version of glibc, and the linker would take an older one than that of FFmpeg's libraries.
# --workspace: shared dependencies are built once, with the same features, for any set of programs.
PATH=$home/venv/lambda/bin:$PATH PKG_CONFIG_ALLOW_CROSS=1 \
    PKG_CONFIG_LIBDIR=$home/package/$arch/ffmpeg-$kind/lib/pkgconfig BINDGEN_EXTRA_CLANG_ARGS="$includes" \
    cargo lambda build --release --locked --target "$machine-unknown-linux-gnu.2.34" --lambda-dir "$folder" \
    --workspace "${programs[@]}"
