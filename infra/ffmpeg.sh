#!/usr/bin/env bash
# Builds the FFmpeg that video_intake carries: `infra/ffmpeg.sh arm64|x86_64` fills
# $SANSFOND_HOME/package/<arch>/ffmpeg with include/ and lib/. `native` builds with this machine's compiler, for a test.
#
# Shared libraries under the LGPL: no program, no network, no device, no encoder, no code of anybody else's. It only
# looks into files, so it is built without assembler: nothing in it has to be fast. What is not in the lists below is a
# video that we do not take; the containers are those of shared/video/src/input/mod.rs. See decision 21.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
arch=${1:?arm64, x86_64 or native}
home=${SANSFOND_HOME:?SANSFOND_HOME names the folder with models and tools}

version=5.1.9
# Of ffmpeg-5.1.9.tar.xz, as FFmpeg released it; Debian's source package holds the same file.
sha256=d9b593bb2ba93d4b50f74177e0cdcd41747e708596367deed0c30348a71dd176

demuxers=mov,matroska,avi,gif,mpegts
video=av1,cfhd,cinepak,dnxhd,dvvideo,ffv1,flv,gif,h263,h263i,h264,hap,hevc,huffyuv,ffvhuff,jpeg2000,magicyuv
video+=,mjpeg,mjpegb,mpeg1video,mpeg2video,mpeg4,msmpeg4v1,msmpeg4v2,msmpeg4v3,msrle,msvideo1,prores,qtrle,rawvideo,rpza
video+=,svq1,svq3,theora,utvideo,v210,v308,v408,v410,vc1,vp6,vp6a,vp6f,vp8,vp9,wmv1,wmv2,wmv3,yuv4
audio=aac,aac_latm,ac3,adpcm_ima_qt,adpcm_ima_wav,adpcm_ms,alac,amrnb,amrwb,dca,eac3,flac,mace3,mace6,mlp,mp1,mp2,mp3
audio+=,opus,truehd,vorbis,wavpack,wmav1,wmav2,wmapro,pcm_alaw,pcm_mulaw,pcm_bluray,pcm_dvd,pcm_f32be,pcm_f32le
audio+=,pcm_f64be,pcm_f64le,pcm_s8,pcm_u8,pcm_s16be,pcm_s16le,pcm_s24be,pcm_s24le,pcm_s32be,pcm_s32le
parsers=aac,aac_latm,ac3,av1,dca,dnxhd,flac,gif,h263,h264,hevc,jpeg2000,mjpeg,mlp,mpeg4video,mpegaudio,mpegvideo,opus
parsers+=,vc1,vorbis,vp8,vp9

die() { printf 'ffmpeg: %s\n' "$*" >&2; exit 1; }

prefix=$home/package/$arch/ffmpeg
# The same content gives the same libraries, so what is there is not built again.
stamp=$prefix/built-$(sha256sum "infra/ffmpeg.sh" | cut -c1-16)
[ ! -e "$stamp" ] || exit 0

# Where the tarball is: put there by hand, or out of the distribution's source package.
sources=$home/sources
tarball=$sources/ffmpeg-$version.tar.xz
fetch() {
    command -v apt-get >/dev/null || die "put FFmpeg's release $version into $tarball"
    local apt lists
    apt=$(mktemp -d)
    lists=$(find /etc/apt/sources.list.d -name '*.sources' 2>/dev/null)
    mkdir -p "$apt/parts" "$apt/lists/partial" "$apt/cache/archives/partial"
    # The machine's own archives, once more for sources; nothing outside this folder changes.
    for list in $lists; do sed 's/^Types:.*/Types: deb-src/' "$list" >"$apt/parts/$(basename "$list")"; done
    sed -n 's/^deb /deb-src /p' /etc/apt/sources.list >"$apt/sources.list" 2>/dev/null || : >"$apt/sources.list"
    local options=(-qq -o "Dir::Etc::sourcelist=$apt/sources.list" -o "Dir::Etc::sourceparts=$apt/parts"
        -o "Dir::State::lists=$apt/lists" -o "Dir::Cache=$apt/cache" -o APT::Sandbox::User=)
    # An archive without sources must not be in the way of the one that has them.
    apt-get "${options[@]}" update || true
    (cd "$apt" && apt-get "${options[@]}" source --download-only --only-source ffmpeg)
    mkdir -p "$sources"
    mv "$apt"/ffmpeg_*.orig.tar.xz "$tarball" 2>/dev/null || die "no source of FFmpeg; put $version into $tarball"
    rm -rf "$apt"
}
[ -e "$tarball" ] || fetch
echo "$sha256  $tarball" | sha256sum --check --quiet || die "$tarball is not FFmpeg $version as it was released"

# zig knows every architecture and every glibc; Lambda's is 2.34, and older programs run there too.
case $arch in
arm64) machine=aarch64 ;;
x86_64) machine=x86_64 ;;
native) machine=$(uname -m) ;;
*) die "arm64, x86_64 or native, not $arch" ;;
esac
compiler=()
if [ "$arch" != native ]; then
    zig=$home/venv/lambda/bin/python
    [ -x "$zig" ] || die "install the compiler first: ARCH=$arch infra/setup/setup.sh lambda"
    zig="$zig -m ziglang"
    target=$machine-linux-gnu.2.34
    compiler=(--enable-cross-compile --target-os=linux "--arch=$machine" "--cc=$zig cc -target $target"
        "--ld=$zig cc -target $target" "--ar=$zig ar" "--ranlib=$zig ranlib" --host-cc=cc
        --disable-stripping --extra-ldflags=-s)
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tar -xf "$tarball" -C "$work" --strip-components=1
rm -rf "$prefix"
cd "$work"
./configure --prefix="$prefix" "${compiler[@]}" \
    --enable-shared --disable-static --enable-pic --disable-debug --disable-asm \
    --disable-autodetect --disable-everything --disable-programs --disable-doc --disable-network \
    --disable-avdevice --disable-postproc \
    --enable-demuxer="$demuxers" --enable-decoder="$video,$audio" --enable-parser="$parsers" >"$work/configure.log" ||
    { cat "$work/configure.log" "$work/ffbuild/config.log" | tail -40 >&2; die "configure failed"; }
# zig's C library still exports it for old programs, and has no header for it any more.
sed -i 's/^#define HAVE_SYSCTL 1$/#define HAVE_SYSCTL 0/' config.h
grep -q '^License: LGPL' "$work/configure.log" || die "this FFmpeg would not be under the LGPL"
make -j"$(nproc)" >"$work/make.log" 2>&1 || { grep -A5 "error" "$work/make.log" | head -40 >&2; die "make failed"; }
make install >/dev/null 2>&1
# The licence travels with the libraries.
cp COPYING.LGPLv2.1 "$prefix/lib/FFMPEG-LICENSE"
touch "$stamp"
