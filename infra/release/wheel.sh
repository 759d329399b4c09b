#!/usr/bin/env bash
# Builds the Python package: `infra/release/wheel.sh arm64|x86_64` writes target/release-files/sansfond-VERSION-….whl, for
# Python 3.11 or newer and glibc 2.34 or newer. zig links it, so that the machine's own glibc does not matter.
#
# Contains the licenses of the project and those of the compiled crates.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/../.."
arch=${1:?arm64 or x86_64}
home=${SANSFOND_HOME:?SANSFOND_HOME names the folder with models and tools}
case $arch in
    arm64) machine=aarch64 ;;
    x86_64) machine=x86_64 ;;
    *) echo "wheel: ARCH is arm64 or x86_64, not $arch" >&2; exit 2 ;;
esac
ARCH=$arch infra/setup/setup.sh wheel

files=target/release-files
mkdir -p "$files"
rm -f "$files"/sansfond-*_"$machine".whl
# From a copy, because license files can only be taken from the folder of the package or below it; the crate stays in its
# place in the workspace.
package=$(mktemp -d)
trap 'rm -rf "$package"' EXIT
cp -r shared/python/{pyproject.toml,README.md,sansfond} LICENSE-APACHE LICENSE-MIT "$package/"
find "$package" -name __pycache__ -prune -exec rm -rf {} +
mkdir "$package/third-party"
infra/release/licences.sh "$package/third-party/RUST-CRATES"
echo "manifest-path = \"$PWD/shared/python/Cargo.toml\"" >"$package/manifest"
sed -i "/^\[tool.maturin\]$/r $package/manifest" "$package/pyproject.toml"
out=$(realpath "$files")
# maturin finds zig as a module of the first Python in the path.
(cd "$package" && PATH=$home/venv/wheel/bin:$PATH CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$OLDPWD/target} \
    maturin build --quiet --release --locked --zig --target "$machine-unknown-linux-gnu" --compatibility manylinux_2_34 --out "$out")
for wheel in "$files"/sansfond-*_"$machine".whl; do
    printf '%7.1f MB  %s\n' "$(awk "BEGIN { print $(stat -c %s "$wheel") / 1e6 }")" "$wheel"
done
