#!/usr/bin/env bash
# Builds the image of the batch worker: `infra/release/worker_image.sh [TAG]`, with Docker or buildah, whichever is installed,
# from batch-worker/Dockerfile. SANSFOND_BASE_IMAGE names another base than the one in the Dockerfile. If no registry is
# reachable, SANSFOND_BASE_IMAGE=debootstrap creates one from the machine's own Debian archives.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/../.."
home=${SANSFOND_HOME:?SANSFOND_HOME names the folder with models and tools}
tag=${1:-sansfond-batch-worker:latest}
model=isnet-general-use
context=target/worker-image
base=${SANSFOND_BASE_IMAGE:-}

die() { printf 'worker image: %s\n' "$*" >&2; exit 1; }
say() { printf 'worker image: %s\n' "$*" >&2; }

# shellcheck source=image_builder.sh
source infra/release/image_builder.sh

# NVIDIA GPUs in machines of AWS Batch: x86_64.
infra/release/stage.sh x86_64 "$context/sansfond" batch-worker
ARCH=x86_64 infra/setup/setup.sh cuda
cp -r "$home/package/x86_64/runtime/cuda" "$context/sansfond/runtime/cuda"
cp "$context/sansfond/runtime/cpu/"{libstdc++.so.6,libgcc_s.so.1} "$context/sansfond/runtime/cuda/"
mv "$context/sansfond/runtime/cuda/"*-LICENSE "$context/sansfond/licences/"
rm -f "$context/sansfond/runtime/cuda/"*-NOTICES
mkdir -p "$context/sansfond/models/$model"
cp "$home/models/$model/$model".onnx* "$context/sansfond/models/$model/"
chmod -R a+rX "$context/sansfond"

build_image batch-worker/Dockerfile "$context" "$tag" "$base"
say "contents of $tag:"
(cd "$context/sansfond" && du -sb -- bin lib runtime/cpu runtime/cuda models licences) |
    awk '{ printf "%8.1f MB  %s\n", $1 / 1e6, $2 }' >&2
