#!/usr/bin/env bash
# Builds every function for Lambda: `infra/package.sh arm64|x86_64` fills target/lambda/<function>/, which
# the template's CodeUri names. The image functions carry ONNX Runtime and the weights, video_intake carries FFmpeg.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
arch=${1:?arm64 or x86_64}
home=${SANSFOND_HOME:?SANSFOND_HOME names the folder with models and tools}
model=isnet-general-use
# What Lambda takes of an unpacked ZIP.
limit=$((250 * 1024 * 1024))

ARCH=$arch infra/setup/setup.sh lambda
infra/ffmpeg.sh "$arch"
ffmpeg=$home/package/$arch/ffmpeg
case $arch in arm64) flag=--arm64 cpu=aarch64 ;; x86_64) flag=--x86-64 cpu=x86 ;; esac
# FFmpeg's headers are read with the C library's of the machine that they are for, which zig brings.
zig=$("$home/venv/lambda/bin/python" -c 'import pathlib, ziglang; print(pathlib.Path(ziglang.__file__).parent)')
libc=$zig/lib/libc/include
includes="-nostdlibinc -isystem $libc/$cpu-linux-gnu -isystem $libc/generic-glibc"
includes+=" -isystem $libc/$cpu-linux-any -isystem $libc/any-linux-any"
# cargo-lambda finds its linker only at the front of the path. FFmpeg is the only library that pkg-config is asked for.
PATH=$home/venv/lambda/bin:$PATH PKG_CONFIG_ALLOW_CROSS=1 PKG_CONFIG_LIBDIR=$ffmpeg/lib/pkgconfig \
    BINDGEN_EXTRA_CLANG_ARGS="$includes" \
    cargo lambda build --release --locked "$flag" -p sansfond-api -p sansfond-image -p sansfond-video-intake --bins

for function in cut_out_upload remove_background preview_cutout; do
    folder=target/lambda/$function
    rm -rf "$folder/runtime" "$folder/models"
    mkdir -p "$folder/runtime" "$folder/models/$model"
    cp -r "$home/package/$arch/runtime/cpu" "$folder/runtime/cpu"
    cp "$home/models/$model/$model".onnx* "$folder/models/$model/"
done

# Lambda looks for libraries in lib/. Each under the one name that programs ask for: a ZIP would hold every link's file.
folder=target/lambda/video_intake
rm -rf "$folder/lib"
mkdir -p "$folder/lib"
for library in "$ffmpeg"/lib/lib*.so.*; do
    case ${library#*.so.} in *.*) ;; *) cp -L "$library" "$folder/lib/" ;; esac
done
cp "$ffmpeg/lib/FFMPEG-LICENSE" "$folder/lib/"

for folder in target/lambda/*/; do
    size=$(du -sb "$folder" | cut -f1)
    [ "$size" -le "$limit" ] || { echo "$folder has $size bytes; Lambda takes $limit" >&2; exit 1; }
    printf '%7.1f MB  %s\n' "$(awk "BEGIN { print $size / 1e6 }")" "$(basename "$folder")"
done
