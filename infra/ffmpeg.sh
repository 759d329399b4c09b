#!/usr/bin/env bash
# Builds the FFmpeg that video_intake carries: `infra/ffmpeg.sh arm64|x86_64` fills
# $SANSFOND_HOME/package/<arch>/ffmpeg with include/ and lib/. `native` builds with this machine's compiler, for a test.
#
# Shared libraries under the LGPL: no program, no network, no device, no encoder, no code of anybody else's. It only
# looks into files, so it is built without assembler: nothing in it has to be fast. The lists below are those of
# shared/video/src/input: FORMATS in mod.rs, and codecs.rs without what needs other libraries (png needs zlib). What is
# missing here is a video that is refused before anything is paid for. See decision 21.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
arch=${1:?arm64, x86_64 or native}
home=${SANSFOND_HOME:?SANSFOND_HOME names the folder with models and tools}

version=5.1.9
# Of ffmpeg-5.1.9.tar.xz, as FFmpeg released it; Debian's source package holds the same file.
sha256=d9b593bb2ba93d4b50f74177e0cdcd41747e708596367deed0c30348a71dd176

demuxers=mov,matroska,avi,gif,mpegts
video=h264,hevc,vp8,vp9,av1,mpeg4,mpeg2video,mpeg1video,msmpeg4v3,h263,flv,theora,mjpeg,prores,dnxhd,cfhd,dvvideo,ffv1
video+=,qtrle,rawvideo,gif
audio=aac,aac_latm,mp3float,mp3,mp2float,mp2,ac3,eac3,dca,truehd,opus,vorbis,flac,alac,amrnb,amrwb,wmav2
audio+=,pcm_s16le,pcm_s16be,pcm_s24le,pcm_s24be,pcm_s32le,pcm_s32be,pcm_f32le,pcm_f32be,pcm_f64le,pcm_u8,pcm_s8
audio+=,pcm_alaw,pcm_mulaw,adpcm_ima_qt,adpcm_ms
parsers=aac,aac_latm,ac3,av1,dca,dnxhd,flac,gif,h263,h264,hevc,mjpeg,mlp,mpeg4video,mpegaudio,mpegvideo,opus,vorbis,vp8
parsers+=,vp9

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
    --enable-demuxer="$demuxers" --enable-decoder="$video,$audio" --enable-parser="$parsers" \
    >"$work/configure.log" 2>&1 ||
    { cat "$work/configure.log" "$work/ffbuild/config.log" | tail -40 >&2; die "configure failed"; }
# zig's C library still exports it for old programs, and has no header for it any more.
sed -i 's/^#define HAVE_SYSCTL 1$/#define HAVE_SYSCTL 0/' config.h
! grep 'did not match anything' "$work/configure.log" >&2 || die "a name in the lists is not FFmpeg's"
grep -q '^License: LGPL' "$work/configure.log" || die "this FFmpeg would not be under the LGPL"
make -j"$(nproc)" >"$work/make.log" 2>&1 || { grep -A5 "error" "$work/make.log" | head -40 >&2; die "make failed"; }
make install >/dev/null 2>&1
# The licence travels with the libraries.
cp COPYING.LGPLv2.1 "$prefix/lib/FFMPEG-LICENSE"
touch "$stamp"
