#!/usr/bin/env bash
# Creates a folder of programs for glibc 2.34 or newer: `infra/release/stage.sh arm64|x86_64 FOLDER PROGRAM…` fills FOLDER
# with
#
#   bin/          the stripped programs, which look for libraries in ../lib
#   lib/          FFmpeg and its four libraries, if one of the programs is for videos
#   runtime/cpu/  ONNX Runtime, and the C++ library that it needs
#   licences/     the licenses of all of these
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/../.."
arch=${1:?arm64 or x86_64}
folder=${2:?the folder to fill}
shift 2
home=${SANSFOND_HOME:?SANSFOND_HOME names the folder with models and tools}
built=target/programs/$arch
package=$home/package/$arch
ffmpeg=$package/ffmpeg-codecs

ARCH=$arch infra/setup/setup.sh lambda cloud release
infra/libstdcxx.sh "$arch"
infra/cross_build.sh "$arch" codecs "$built" "$@"

rm -rf "$folder"
mkdir -p "$folder"/{bin,runtime,licences}
cp LICENSE-* "$folder/licences/"
infra/release/licences.sh "$folder/licences/RUST-CRATES"
for program in "$@"; do
    install -m 755 "$built/$program/bootstrap" "$folder/bin/$program"
    # shellcheck disable=SC2016
    patchelf --set-rpath '$ORIGIN/../lib' "$folder/bin/$program"
done
cp -r "$package/runtime/cpu" "$folder/runtime/cpu"
cp "$package/libstdcxx/"{libstdc++.so.6,libgcc_s.so.1} "$folder/runtime/cpu/"
mv "$folder/runtime/cpu/"*-LICENSE "$folder/runtime/cpu/"*-NOTICES "$folder/licences/"
cp "$package/libstdcxx/LIBSTDCXX-LICENSE" "$folder/licences/"
# Without -q, grep reads all of the output: with pipefail, a reader that stops early is a failure.
if readelf -d "$folder"/bin/* | grep 'NEEDED.*libavcodec' >/dev/null; then
    mkdir "$folder/lib"
    for library in "$ffmpeg"/lib/lib*.so.*; do
        # Only under the name that programs request.
        case ${library#*.so.} in *.*) continue ;; esac
        cp -L "$library" "$folder/lib/"
        # shellcheck disable=SC2016
        patchelf --set-rpath '$ORIGIN' "$folder/lib/$(basename "$library")"
    done
    cp "$ffmpeg"/lib/*-LICENSE "$folder/licences/"
    cp "$ffmpeg/lib/VERSIONS" "$folder/licences/FFMPEG-LIBRARIES"
fi
chmod -R a+rX "$folder"
"$home/venv/cloud/bin/python" infra/check/check_portable.py "$arch" "$folder"
