#!/usr/bin/env bash
# Tests the archive of the command line: `infra/check/run_terminal.sh [DEBIAN]`. Cuts out an image and a clip on a machine
# without a compiler, Rust, Node.js, Python and FFmpeg, and checks the results here.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/../.."
home=${SANSFOND_HOME:?SANSFOND_HOME names the folder with models and tools}
debian=${1:-bookworm}
case $(uname -m) in aarch64) arch=arm64 ;; *) arch=x86_64 ;; esac
archive=$(ls target/release-files/sansfond-*-linux-$arch.tar.gz)
folder=$(mktemp -d "${TMPDIR:-/var/tmp}/terminal.XXXXXX")
# A mirror on this machine serves the weights, so that this check does not depend on the internet.
model=isnet-general-use
mkdir "$folder/mirror"
cp "$home/models/$model/$model.onnx" "$folder/mirror/"
python3 -u -m http.server --bind 127.0.0.1 --directory "$folder/mirror" 0 >"$folder/mirror.log" 2>&1 &
server=$!
trap 'kill "$server"; rm -rf --one-file-system "$folder"' EXIT
for _ in $(seq 50); do ! grep -q 'port [0-9]' "$folder/mirror.log" || break; sleep 0.1; done
mirror=http://127.0.0.1:$(sed -nE 's/.*port ([0-9]+) .*/\1/p' "$folder/mirror.log")

# The commands of the archive's README, in the same order.
# shellcheck disable=SC2016
infra/check/bare_machine.sh --debian "$debian" --keep "$folder/root" --gives "$archive" \
    --gives fixtures/pictures/chelsea.png --gives fixtures/clips/disc.mp4 bash -euc '
        for tool in cc cargo node python3 ffmpeg; do ! command -v $tool || { echo "$tool is installed"; exit 1; }; done
        tar -xzf sansfond-*.tar.gz
        cd sansfond-*/
        export SANSFOND_MIRROR='"$mirror"'
        time bin/sansfond image ../chelsea.png -o ../cutout.png
        time bin/sansfond image ../chelsea.png -o ../again.png
        time bin/sansfond video ../disc.mp4 -o ../disc.webm
        bin/sansfond --version'
"$home/venv/cloud/bin/python" - "$folder/root/src" <<'E2'
"""Compares the results with the expected ones."""
import subprocess
import sys
from pathlib import Path

from PIL import Image, ImageChops, ImageStat

folder = Path(sys.argv[1])
cut = Image.open(folder / "cutout.png")
expected = Image.open("fixtures/expected/chelsea.png").convert("L")
error = ImageStat.Stat(ImageChops.difference(cut.getchannel("A"), expected)).mean[0]
assert cut.mode == "RGBA" and error < 4, f"the matte is {error:.1f} off on average"
assert (folder / "again.png").read_bytes() == (folder / "cutout.png").read_bytes()
command = ["ffmpeg", "-v", "error", "-c:v", "libvpx-vp9", "-i", str(folder / "disc.webm"), "-vf", "alphaextract,format=gray",
           "-f", "rawvideo", "-"]
alpha = subprocess.run(command, check=True, capture_output=True).stdout
frames, rest = divmod(len(alpha), 96 * 64)
covered = sum(value > 200 for value in alpha) / len(alpha)
assert (frames, rest) == (12, 0) and 0.02 < covered < 0.6, f"{frames} frames, {covered:.2f} of each covered"
print(f"terminal: the archive cut out an image (mean error {error:.2f} of 255) and a clip ({frames} frames)")
E2
