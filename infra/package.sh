#!/usr/bin/env bash
# Builds every function for Lambda: `infra/package.sh arm64|x86_64` fills target/lambda/<function>/, which
# the template's CodeUri names. The image functions carry ONNX Runtime, the C++ library that it needs and the weights,
# video_intake carries FFmpeg. At the end check/check_package.py looks at all of it as Lambda's loader would.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
arch=${1:?arm64 or x86_64}
home=${SANSFOND_HOME:?SANSFOND_HOME names the folder with models and tools}
model=isnet-general-use

ARCH=$arch infra/setup/setup.sh lambda cloud
infra/ffmpeg.sh "$arch"
infra/libstdcxx.sh "$arch"
ffmpeg=$home/package/$arch/ffmpeg
case $arch in arm64) machine=aarch64 cpu=aarch64 ;; x86_64) machine=x86_64 cpu=x86 ;; esac
# Lambda's glibc is 2.34. With --arm64 or --x86-64 cargo-lambda would name no version, and the linker would take an older
# glibc than FFmpeg's libraries were linked with.
build=(cargo lambda build --release --locked --target "$machine-unknown-linux-gnu.2.34" --lambda-dir target/lambda
    -p sansfond-api -p sansfond-image -p sansfond-video-intake --bins)
# FFmpeg's headers are read with the compiler's and the C library's of the machine that they are for, which zig brings, and
# with none of this machine: its libclang has its own headers in one place or another, or not at all.
zig=$("$home/venv/lambda/bin/python" -c 'import pathlib, ziglang; print(pathlib.Path(ziglang.__file__).parent)')
includes=-nostdinc
for headers in include "libc/include/$cpu-linux-gnu" libc/include/generic-glibc "libc/include/$cpu-linux-any" \
    libc/include/any-linux-any; do
    includes+=" -isystem $zig/lib/$headers"
done
# What is no function any more, or was built for the other architecture, must not stay.
rm -rf target/lambda
# cargo-lambda finds its linker only at the front of the path. FFmpeg is the only library that pkg-config is asked for.
PATH=$home/venv/lambda/bin:$PATH PKG_CONFIG_ALLOW_CROSS=1 PKG_CONFIG_LIBDIR=$ffmpeg/lib/pkgconfig \
    BINDGEN_EXTRA_CLANG_ARGS="$includes" \
    "${build[@]}"

# Lambda looks for libraries in lib/. Each is there under the one name that programs ask for: a ZIP would hold every
# link's file.
for function in cut_out_upload remove_background preview_cutout; do
    folder=target/lambda/$function
    mkdir -p "$folder/lib" "$folder/runtime" "$folder/models/$model"
    cp -r "$home/package/$arch/runtime/cpu" "$folder/runtime/cpu"
    cp "$home/package/$arch/libstdcxx/"{libstdc++.so.6,libgcc_s.so.1,LIBSTDCXX-LICENSE} "$folder/lib/"
    cp "$home/models/$model/$model".onnx* "$folder/models/$model/"
done
folder=target/lambda/video_intake
mkdir -p "$folder/lib"
for library in "$ffmpeg"/lib/lib*.so.*; do
    case ${library#*.so.} in *.*) ;; *) cp -L "$library" "$folder/lib/" ;; esac
done
cp "$ffmpeg/lib/FFMPEG-LICENSE" "$folder/lib/"

chmod -R a+rX target/lambda
for folder in target/lambda/*/; do
    printf '%7.1f MB  %s\n' "$(awk "BEGIN { print $(du -sb "$folder" | cut -f1) / 1e6 }")" "$(basename "$folder")"
done
"$home/venv/cloud/bin/python" infra/check/check_package.py "$arch"
