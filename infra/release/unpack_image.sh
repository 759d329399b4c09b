#!/usr/bin/env bash
# Unpacks an image for inspection: `infra/release/unpack_image.sh TAG FOLDER` fills FOLDER/root and FOLDER/config.json.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/../.."
tag=${1:?the image}
folder=${2:?the folder to fill}
die() { printf 'unpack image: %s\n' "$*" >&2; exit 1; }
# shellcheck source=image_builder.sh
source infra/release/image_builder.sh

rm -rf "$folder"
mkdir -p "$folder/root"
case $(image_builder) in
    docker)
        docker image inspect "$tag" --format '{{json .Config}}' >"$folder/config.json"
        container=$(docker create "$tag")
        docker export "$container" | tar -x -C "$folder/root"
        docker rm "$container" >/dev/null
        ;;
    buildah)
        buildah "${buildah_options[@]}" inspect --type image "$tag" |
            python3 -c 'import json, sys; json.dump(json.load(sys.stdin)["OCIv1"]["config"], sys.stdout)' >"$folder/config.json"
        container=$(buildah "${buildah_options[@]}" from --pull-never "$tag")
        cp -a "$(buildah "${buildah_options[@]}" mount "$container")/." "$folder/root/"
        buildah "${buildah_options[@]}" rm "$container" >/dev/null
        ;;
esac
