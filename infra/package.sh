#!/usr/bin/env bash
# Builds every function for Lambda: `infra/package.sh arm64|x86_64` fills target/lambda/<function>/, which
# the template's CodeUri names. The image functions carry ONNX Runtime and the weights.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
arch=${1:?arm64 or x86_64}
home=${SANSFOND_HOME:?SANSFOND_HOME names the folder with models and tools}
model=isnet-general-use
# What Lambda takes of an unpacked ZIP.
limit=$((250 * 1024 * 1024))

ARCH=$arch infra/setup/setup.sh lambda
case $arch in arm64) flag=--arm64 ;; x86_64) flag=--x86-64 ;; esac
# cargo-lambda finds its linker only at the front of the path.
PATH=$home/venv/lambda/bin:$PATH cargo lambda build --release --locked "$flag" -p sansfond-api -p sansfond-image --bins

for function in cut_out_upload remove_background preview_cutout; do
    folder=target/lambda/$function
    rm -rf "$folder/runtime" "$folder/models"
    mkdir -p "$folder/runtime" "$folder/models/$model"
    cp -r "$home/package/$arch/runtime/cpu" "$folder/runtime/cpu"
    cp "$home/models/$model/$model".onnx* "$folder/models/$model/"
done

for folder in target/lambda/*/; do
    size=$(du -sb "$folder" | cut -f1)
    [ "$size" -le "$limit" ] || { echo "$folder has $size bytes; Lambda takes $limit" >&2; exit 1; }
    printf '%7.1f MB  %s\n' "$(awk "BEGIN { print $size / 1e6 }")" "$(basename "$folder")"
done
