#!/usr/bin/env bash
# Downloads the C++ library that ONNX Runtime needs: `infra/libstdcxx.sh arm64|x86_64` fills
# $SANSFOND_HOME/package/<arch>/libstdcxx with libstdc++.so.6, libgcc_s.so.1 and their license.
#
# No AWS documentation says that provided.al2023 has a libstdc++, so the package includes one. It must run on Lambda's glibc
# 2.34, which Debian 12's does not; Debian 11's needs 2.18. It is GCC's own library, under the GPL with the runtime exception,
# which allows programs under any license to be shipped with it. See docs/PACKAGES.md.
set -euo pipefail

# shellcheck source=debian.sh
source "$(dirname "${BASH_SOURCE[0]}")/debian.sh"
arch=${1:?arm64 or x86_64}
home=${SANSFOND_HOME:?SANSFOND_HOME names the folder with models and tools}

release=bullseye
version=10.2.1-6
case $arch in
arm64)
    debian=arm64 machine=aarch64
    cxx=7869aa540cc46e9f3d4267d5bde2af0e5b429a820c1d6f1a4cfccfe788c31890
    gcc=e2fcdb378d3c1ad1bcb64d4fb6b37aab44011152beca12a4944f435a2582df1f
    base=7d782bece7b4a36bed045a7e17d17244cb8f7e4732466091b01412ebf215defb
    ;;
x86_64)
    debian=amd64 machine=x86_64
    cxx=5c155c58935870bf3b4bfe769116841c0d286a74f59eccfd5645693ac23f06b1
    gcc=e478f2709d8474165bb664de42e16950c391f30eaa55bc9b3573281d83a29daf
    base=be65535e94f95fbf04b104e8ab36790476f063374430f7dfc6c516cbe2d2cd1e
    ;;
*) echo "libstdcxx: arm64 or x86_64, not $arch" >&2; exit 1 ;;
esac

die() { printf 'libstdcxx: %s\n' "$*" >&2; exit 1; }

folder=$home/package/$arch/libstdcxx
stamp=$folder/taken-$(sha256sum "${BASH_SOURCE[0]}" | cut -c1-16)
[ ! -e "$stamp" ] || exit 0

# The packages: put there by hand, or taken from the machine's Debian archive.
sources=$home/sources
files=("libstdc++6_${version}_$debian.deb" "libgcc-s1_${version}_$debian.deb" "gcc-10-base_${version}_$debian.deb")
fetch() {
    local by_hand="put ${files[*]} of Debian 11 into $sources"
    command -v apt-get >/dev/null || die "$by_hand"
    local apt
    apt=$(mktemp -d)
    private_apt "$apt" "$release" "$debian" deb
    mkdir -p "$sources"
    (cd "$sources" && apt-get "${private_apt[@]}" download "libstdc++6=$version" "libgcc-s1=$version" "gcc-10-base=$version") ||
        die "the machine's archives do not have them; $by_hand"
    rm -rf "$apt"
}
for file in "${files[@]}"; do [ -e "$sources/$file" ] || { fetch; break; }; done
printf '%s  %s\n' "$cxx" "$sources/${files[0]}" "$gcc" "$sources/${files[1]}" "$base" "$sources/${files[2]}" |
    sha256sum --check --quiet ||
    die "these are not the packages that Debian released; remove them from $sources"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for file in "${files[@]}"; do dpkg-deb -x "$sources/$file" "$work"; done
rm -rf "$folder"
mkdir -p "$folder"
# Each under the one name that programs request: a ZIP would contain the file of every link.
cp -L "$work/usr/lib/$machine-linux-gnu/libstdc++.so.6" "$work/lib/$machine-linux-gnu/libgcc_s.so.1" "$folder/"
# The license is copied next to the libraries.
cp "$work/usr/share/doc/gcc-10-base/copyright" "$folder/LIBSTDCXX-LICENSE"
touch "$stamp"
