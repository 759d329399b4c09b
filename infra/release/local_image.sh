#!/usr/bin/env bash
# Builds the image of the whole local service for this machine's processor: `infra/release/local_image.sh [TAG]`, with Docker
# or buildah, from infra/local/Dockerfile, and writes it to target/release-files for `docker load`. SANSFOND_BASE_IMAGE has
# the same meaning as in worker_image.sh.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/../.."
home=${SANSFOND_HOME:?SANSFOND_HOME names the folder with models and tools}
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml)
tag=${1:-sansfond-local:latest}
model=isnet-general-use
context=target/local-image
content=$context/sansfond
case $(uname -m) in aarch64) arch=arm64 ;; *) arch=x86_64 ;; esac

die() { printf 'local image: %s\n' "$*" >&2; exit 1; }
say() { printf 'local image: %s\n' "$*" >&2; }

# shellcheck source=image_builder.sh
source infra/release/image_builder.sh

mapfile -t programs < <(infra/program_names.sh)
infra/release/stage.sh "$arch" "$content" sansfond-local batch-worker "${programs[@]}"
infra/release/openvino.sh "$arch" "$content"
mkdir -p "$content"/{models/$model,infra/local,frontend}
cp "$home/models/$model/$model".onnx* "$content/models/$model/"
cp infra/template.yaml "$content/infra/"
find infra/local -maxdepth 1 -name '*.py' ! -name 'test_*' -exec cp {} "$content/infra/local/" \;
cp -r frontend/dist "$content/frontend/"
infra/setup/setup.sh cloud
# For the Python of the image, not for that of this machine.
"$home/venv/cloud/bin/pip" install --quiet --disable-pip-version-check --require-hashes --no-deps --only-binary :all: \
    --python-version 3.11 --implementation cp --abi cp311 --abi abi3 --abi none \
    --platform "manylinux_2_28_$(uname -m)" --platform "manylinux_2_17_$(uname -m)" --platform "manylinux2014_$(uname -m)" --platform any \
    --target "$content/python" -r infra/setup/python-cloud.txt
chmod -R a+rX "$content"

build_image infra/local/Dockerfile "$context" "$tag" "${SANSFOND_BASE_IMAGE:-}"
say "contents of $tag:"
(cd "$content" && du -sb -- bin lib runtime models python frontend licences) | awk '{ printf "%8.1f MB  %s\n", $1 / 1e6, $2 }' >&2
save_image "$tag" "target/release-files/sansfond-local-$version-$arch.docker.tar"
cp infra/release/compose.yaml target/release-files/
