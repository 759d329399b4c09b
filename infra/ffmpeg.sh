#!/usr/bin/env bash
# Builds FFmpeg for the shipped programs: `infra/ffmpeg.sh arm64|x86_64 probe|codecs` fills
# $SANSFOND_HOME/package/<arch>/ffmpeg-<kind> with include/ and lib/. With `native` instead of an architecture, it builds with
# this machine's compiler, for a test.
#
# probe   for video_intake, under the LGPL: no encoder, no third-party code. It only probes files, so it is built without
#         assembler: nothing in it has to be fast. The lists below are those of shared/video/src/input: FORMATS in mod.rs,
#         and codecs.rs except the codecs that need other libraries (png needs zlib). A video with a missing codec is refused
#         before it costs anything. See decision 21.
# codecs  for cutting out videos, under the GPL because of x264: all of FFmpeg's own codecs, and the four libraries that we
#         encode and decode with, as Debian 12 builds them. These are in lib/ too.
#
# Both: shared libraries, no program, no network, no device, no symbols newer than glibc 2.34.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
# Unset the ARCH of the calling make: FFmpeg would take ARCH=arm64 as its own, and has no folder of that name.
unset MAKEFLAGS MFLAGS MAKEOVERRIDES
# shellcheck source=debian.sh
source infra/debian.sh
arch=${1:?arm64, x86_64 or native}
kind=${2:?probe or codecs}
home=${SANSFOND_HOME:?SANSFOND_HOME names the folder with models and tools}

release=bookworm
version=5.1.9
# The hash of ffmpeg-5.1.9.tar.xz, as FFmpeg released it; Debian's source package contains the same file.
sha256=d9b593bb2ba93d4b50f74177e0cdcd41747e708596367deed0c30348a71dd176

demuxers=mov,matroska,avi,gif,mpegts
video=h264,hevc,vp8,vp9,av1,mpeg4,mpeg2video,mpeg1video,msmpeg4v3,h263,flv,theora,mjpeg,prores,dnxhd,cfhd,dvvideo,ffv1
video+=,qtrle,rawvideo,gif
audio=aac,aac_latm,mp3float,mp3,mp2float,mp2,ac3,eac3,dca,truehd,opus,vorbis,flac,alac,amrnb,amrwb,wmav2
audio+=,pcm_s16le,pcm_s16be,pcm_s24le,pcm_s24be,pcm_s32le,pcm_s32be,pcm_f32le,pcm_f32be,pcm_f64le,pcm_u8,pcm_s8
audio+=,pcm_alaw,pcm_mulaw,adpcm_ima_qt,adpcm_ms
parsers=aac,aac_latm,ac3,av1,dca,dnxhd,flac,gif,h263,h264,hevc,mjpeg,mlp,mpeg4video,mpegaudio,mpegvideo,opus,vorbis,vp8
parsers+=,vp9

# The libraries of `codecs`: Debian's package, its package of headers, and the library.
libraries=(libvpx7:libvpx-dev:libvpx.so.7 libx264-164:libx264-dev:libx264.so.164 libopus0:libopus-dev:libopus.so.0
    libdav1d6:libdav1d-dev:libdav1d.so.6 zlib1g:zlib1g-dev:libz.so.1)

die() { printf 'ffmpeg: %s\n' "$*" >&2; exit 1; }

case $arch in
arm64) machine=aarch64 debian=arm64 ;;
x86_64) machine=x86_64 debian=amd64 ;;
native) machine=$(uname -m) debian=$(dpkg --print-architecture 2>/dev/null || echo amd64) ;;
*) die "arm64, x86_64 or native, not $arch" ;;
esac
case $kind in probe | codecs) ;; *) die "probe or codecs, not $kind" ;; esac
prefix=$home/package/$arch/ffmpeg-$kind
# The same content gives the same libraries, so existing ones are not built again.
stamp=$prefix/built-$(sha256sum infra/ffmpeg.sh | cut -c1-16)
[ ! -e "$stamp" ] || exit 0

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The tarball: put there by hand, or taken from Debian's source package.
sources=$home/sources
tarball=$sources/ffmpeg-$version.tar.xz
fetch() {
    command -v apt-get >/dev/null || die "put FFmpeg's release $version into $tarball"
    private_apt "$work/sources" "$release" "$debian" deb-src
    (cd "$work/sources" && apt-get "${private_apt[@]}" source --download-only --only-source ffmpeg)
    mkdir -p "$sources"
    mv "$work"/sources/ffmpeg_*.orig.tar.xz "$tarball" 2>/dev/null || die "no source of FFmpeg; put $version into $tarball"
}
[ -e "$tarball" ] || fetch
echo "$sha256  $tarball" | sha256sum --check --quiet || die "$tarball is not FFmpeg $version as it was released"

# zig supports every architecture and every glibc; Lambda's is 2.34, and older programs run there too.
options=()
if [ "$arch" != native ]; then
    zig=$home/venv/lambda/bin/python
    [ -x "$zig" ] || die "install the compiler first: ARCH=$arch infra/setup/setup.sh lambda"
    zig="$zig -m ziglang"
    target=$machine-linux-gnu.2.34
    options+=(--enable-cross-compile --target-os=linux "--arch=$machine" "--cc=$zig cc -target $target"
        "--ld=$zig cc -target $target" "--ar=$zig ar" "--ranlib=$zig ranlib" --host-cc=cc --pkg-config=pkg-config
        --disable-stripping --extra-ldflags=-s)
fi
case $kind in
probe)
    licence=LGPL
    options+=(--disable-asm --disable-everything --enable-demuxer="$demuxers" --enable-decoder="$video,$audio"
        --enable-parser="$parsers")
    ;;
codecs)
    licence=GPL
    options+=(--enable-zlib --enable-gpl --enable-libx264 --enable-libvpx --enable-libopus --enable-libdav1d)
    private_apt "$work/apt" "$release" "$debian" deb
    packages=()
    for library in "${libraries[@]}"; do IFS=: read -r -a names <<<"$library" && packages+=("${names[@]:0:2}"); done
    mkdir -p "$work/packages" "$work/root"
    (cd "$work/packages" && apt-get "${private_apt[@]}" download "${packages[@]}") || die "Debian's archives do not have ${packages[*]}"
    for package in "$work/packages/"*.deb; do dpkg-deb -x "$package" "$work/root"; done
    libraries_at=$work/root/usr/lib/$machine-linux-gnu
    mv "$work/root/lib/$machine-linux-gnu/"* "$libraries_at/" 2>/dev/null || true
    # pkg-config omits the folders of the libraries, because the machine's own would be there.
    options+=("--extra-cflags=-I$work/root/usr/include" "--extra-ldflags=-L$libraries_at")
    export PKG_CONFIG_LIBDIR=$libraries_at/pkgconfig PKG_CONFIG_SYSROOT_DIR=$work/root
    ;;
esac

mkdir "$work/ffmpeg"
tar -xf "$tarball" -C "$work/ffmpeg" --strip-components=1
rm -rf "$prefix"
cd "$work/ffmpeg"
./configure --prefix="$prefix" --enable-shared --disable-static --enable-pic --disable-debug \
    --disable-autodetect --disable-programs --disable-doc --disable-network --disable-avdevice --disable-postproc \
    --extra-ldsoflags=-Wl,-z,defs \
    "${options[@]}" >"$work/configure.log" 2>&1 ||
    { cat "$work/configure.log" ffbuild/config.log | tail -40 >&2; die "configure failed"; }
# zig's C library still exports it for old programs, but no longer has a header for it.
sed -i 's/^#define HAVE_SYSCTL 1$/#define HAVE_SYSCTL 0/' config.h
! grep 'did not match anything' "$work/configure.log" >&2 || die "FFmpeg does not know a name in the lists"
grep -q "^License: $licence" "$work/configure.log" || die "this FFmpeg would not be under the $licence"
make -j"$(nproc)" >"$work/make.log" 2>&1 || { grep -A5 "error" "$work/make.log" | head -40 >&2; die "make failed"; }
make install >/dev/null 2>&1
# The licenses are copied next to the libraries.
case $kind in
probe) cp COPYING.LGPLv2.1 "$prefix/lib/FFMPEG-LICENSE" ;;
codecs)
    cp COPYING.GPLv2 "$prefix/lib/FFMPEG-LICENSE"
    for library in "${libraries[@]}"; do
        IFS=: read -r package _ name <<<"$library"
        cp -L "$libraries_at/$name" "$prefix/lib/"
        cp "$work/root/usr/share/doc/$package/copyright" "$prefix/lib/${package^^}-LICENSE"
        printf '%s %s\n' "$name" "$(dpkg-deb -f "$work/packages/${package}_"*.deb Package Version | tr '\n' ' ')" >>"$prefix/lib/VERSIONS"
    done
    ;;
esac
touch "$stamp"
