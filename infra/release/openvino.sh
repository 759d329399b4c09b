#!/usr/bin/env bash
# Adds ONNX Runtime with OpenVINO to a folder filled by stage.sh: `infra/release/openvino.sh arm64|x86_64 FOLDER`. It is four
# times as fast on processors with bfloat16, and `--provider auto` selects it there. Intel's provider exists only for x86-64.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/../.."
arch=${1:?arm64 or x86_64}
folder=${2:?the folder to add to}
home=${SANSFOND_HOME:?SANSFOND_HOME names the folder with models and tools}

[ "$arch" = x86_64 ] || exit 0
infra/setup/setup.sh runtime
cp -r "$home/runtime/openvino" "$folder/runtime/openvino"
for file in LICENSE NOTICES; do
    mv "$folder/runtime/openvino/ONNXRUNTIME-$file" "$folder/licences/ONNXRUNTIME-OPENVINO-$file"
done
cp "$folder/runtime/cpu/"{libstdc++.so.6,libgcc_s.so.1} "$folder/runtime/openvino/"
