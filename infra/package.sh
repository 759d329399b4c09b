#!/usr/bin/env bash
# Builds every program for Lambda: `infra/package.sh arm64|x86_64` fills target/lambda/<program>/, the CodeUri of the
# template. `image` contains ONNX Runtime, the C++ library that it needs and the network, `video_intake` contains FFmpeg. At
# the end, check/check_package.py checks all of it as Lambda's loader would.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
arch=${1:?arm64 or x86_64}
home=${SANSFOND_HOME:?SANSFOND_HOME names the folder with models and tools}
model=isnet-general-use

ARCH=$arch infra/setup/setup.sh lambda cloud
infra/libstdcxx.sh "$arch"
ffmpeg=$home/package/$arch/ffmpeg-probe
# Remove folders that are no longer programs, or were built for the other architecture.
rm -rf target/lambda
mapfile -t programs < <(infra/program_names.sh)
infra/cross_build.sh "$arch" probe target/lambda "${programs[@]}"

# Lambda looks for libraries in lib/. Each is there under the one name that programs request: a ZIP would contain the file of
# every link.
folder=target/lambda/image
mkdir -p "$folder/lib" "$folder/runtime" "$folder/models/$model"
cp -r "$home/package/$arch/runtime/cpu" "$folder/runtime/cpu"
cp "$home/package/$arch/libstdcxx/"{libstdc++.so.6,libgcc_s.so.1,LIBSTDCXX-LICENSE} "$folder/lib/"
cp "$home/models/$model/$model".onnx* "$folder/models/$model/"
folder=target/lambda/video_intake
mkdir -p "$folder/lib"
for library in "$ffmpeg"/lib/lib*.so.*; do
    case ${library#*.so.} in *.*) ;; *) cp -L "$library" "$folder/lib/" ;; esac
done
cp "$ffmpeg/lib/FFMPEG-LICENSE" "$folder/lib/"

chmod -R a+rX target/lambda
if [ "$arch" = arm64 ]; then
    # If there can be none, prepare_graph.py reports the cost.
    ARCH=$arch infra/setup/setup.sh sandbox || true
    "$home/venv/cloud/bin/python" infra/prepare_graph.py arm64
    chmod -R a+rX target/lambda
fi
for folder in target/lambda/*/; do
    printf '%7.1f MB  %s\n' "$(awk "BEGIN { print $(du -sb "$folder" | cut -f1) / 1e6 }")" "$(basename "$folder")"
done
"$home/venv/cloud/bin/python" infra/check/check_package.py "$arch"
