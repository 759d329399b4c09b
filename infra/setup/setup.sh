#!/usr/bin/env bash
# Installs what is missing on a machine with Rust, Node and Python. Called by the Makefile with the parts that a target needs;
# a part that is already installed costs a few milliseconds.
#
#   system   a C compiler and Python's venv, from the distribution
#   runtime  ONNX Runtime's libraries, from pinned PyPI wheels, into $SANSFOND_HOME/runtime
#   video    FFmpeg: its headers, libclang to read them at build time, and its programs for the tests
#   tools    the Python environment of models/*.py and fixtures/make.py
#   cloud    the Python environment of the local cloud, of infra/check and of the API tests
#   bench    the Python environment of the peers in the benchmarks, and ffmpeg
#   backgroundremover  the Python environment of a peer for videos, 5 GB: only the benchmark of that name needs it
#   site     Node.js, npm, and the packages that build the site
#   schema   the generator of the site's types from docs/openapi.json
#   iam      the simulator of IAM, for infra/check/permissions.py
#   pages    Chromium, for the tests of the site
#   lighthouse  the benchmark of the site
#   sam      AWS's SAM CLI, which deploys
#   workflows  the linter of .github/workflows
#   lambda   cargo-lambda, and the contents of the image functions, for ARCH (arm64 or x86_64)
#   wheel    the tools that build the Python package, for ARCH
#   rembg    the real rembg, and the wheels that it and our package are installed from, for `make wheel-check`
#   sandbox  the root in which packages are started, for ARCH
#   cuda     ONNX Runtime for NVIDIA's GPUs
#   release  the tools that build programs and images for other machines
#   licences  cargo-about, which lists the terms of crates
#   deny     cargo-deny, which finds vulnerable crates and unwanted licenses
#   fuzz     cargo-fuzz
#
# Everything from PyPI and npm is verified against the hashes in this folder and in the lock files.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
checkout=$(cd "$here/../.." && pwd)
home=${SANSFOND_HOME:?SANSFOND_HOME names the folder to install into}
stamps=$home/stamps
mkdir -p "$stamps"
# shellcheck source=needs.sh
source "$here/needs.sh"

die() { printf 'setup: %s\n' "$*" >&2; exit 1; }
say() { printf 'setup: %s\n' "$*" >&2; }

# apt PACKAGE...: installs Debian packages, as root or by sudo.
apt() {
    command -v apt-get >/dev/null || die "please install: $*"
    local as=()
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null || die "please install as root: apt-get install $*"
        as=(sudo)
    fi
    say "apt-get install $*"
    "${as[@]}" apt-get update -qq
    DEBIAN_FRONTEND=noninteractive "${as[@]}" apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

# Raise it when something here installs the same lock files differently.
installed_as=2

# once NAME FILE...: true if NAME has not been done yet with the current content of the files.
once() {
    local name=$1; shift
    stamp=$stamps/$name-$(cat "$@" - <<<"$installed_as" | sha256sum | cut -c1-16)
    [ ! -e "$stamp" ]
}

# venv NAME LOCK [OPTION]: a Python environment with exactly the packages of a lock file.
venv() {
    once "venv-$1" "$2" || return 0
    say "Python environment $1"
    rm -rf "$home/venv/$1"
    python3 -m venv "$home/venv/$1"
    local install=("$home/venv/$1/bin/pip" install --quiet --disable-pip-version-check --require-hashes "${@:3}" -r "$2")
    "${install[@]}" --only-binary :all: || "${install[@]}"
    touch "$stamp"
}

# library FOLDER LOCK MACHINE: the shared libraries of a wheel, without installing it.
library() {
    once "$(tr / - <<<"$1")" "$2" "$here/take_libraries.py" || return 0
    say "ONNX Runtime for $1"
    local wheels
    wheels=$(mktemp -d)
    python3 -m venv "$home/venv/download"
    "$home/venv/download/bin/pip" download --quiet --disable-pip-version-check --require-hashes --no-deps \
        --only-binary :all: --python-version 3.11 --implementation cp --abi cp311 \
        --platform "manylinux_2_28_$3" --platform "manylinux_2_27_$3" --platform "manylinux2014_$3" \
        -d "$wheels" -r "$2"
    python3 "$here/take_libraries.py" "$home/$1" "$wheels"/*.whl
    rm -rf "$wheels"
    touch "$stamp"
}

# needs NAME...: prerequisites that only the distribution or the user can install, tested once with the probes of needs.sh.
# Missing packages are installed together, and tested again. `make doctor` tests them each time.
needs() {
    local name said packages=() tried=()
    for name in "$@"; do
        once "need-$name" "$here/needs.sh" || continue
        tried+=("$name")
        if said=$("need_$name"); then touch "$stamp"; continue; fi
        packages+=($(packages_for "$name")) || die "$said. \`make doctor\` lists everything that is missing."
    done
    [ ${#packages[@]} -gt 0 ] || return 0
    apt "${packages[@]}"
    for name in "${tried[@]}"; do
        said=$("need_$name") || die "$said, though ${packages[*]} was installed. \`make doctor\` lists everything that is missing."
        once "need-$name" "$here/needs.sh" || continue
        touch "$stamp"
    done
}

system() { needs rust node compiler python; }

runtime() {
    library runtime/cpu "$here/onnxruntime.txt" "$(uname -m)"
    # Intel's provider exists for x86-64 only.
    [ "$(uname -m)" != x86_64 ] || library runtime/openvino "$here/onnxruntime-openvino.txt" x86_64
}

# cuda: the contents of the worker's image: ONNX Runtime for NVIDIA GPUs with the libraries of CUDA, 2 GB. The machine
# provides the driver.
cuda() {
    [ "$(uname -m)" = x86_64 ] || die "ONNX Runtime for CUDA is published for x86_64 only"
    library package/x86_64/runtime/cuda "$here/onnxruntime-gpu.txt" x86_64
}

video() { needs compiler pkg_config ffmpeg_libraries libclang ffmpeg_programs; }

tools() { venv tools "$here/python-tools.txt"; }

cloud() { venv cloud "$here/python-cloud.txt"; }

bench() {
    video
    venv bench "$here/python-bench.txt"
}

# With --no-deps: pip would request packages with extras again, and reject them because the lock file has no hash for that.
sam() { venv sam "$here/python-sam.txt" --no-deps; }

backgroundremover() { venv backgroundremover "$here/python-backgroundremover.txt" --no-deps; }

# nodejs: the Node.js and the npm that build and test the site, in the versions of infra/setup/node. The machine's own
# npm only downloads these two. If the platform has no Node.js package, the machine's own must be new enough.
nodejs() {
    once node "$here/node/package-lock.json" || return 0
    say "Node.js and npm"
    rm -rf "$home/node"
    mkdir -p "$home/node/bin"
    cp "$here"/node/package*.json "$home/node/"
    npm_ci "$home/node"
    local node
    for node in "$home"/node/node_modules/node-*/bin/node; do
        [ ! -x "$node" ] || ln -s "$node" "$home/node/bin/node"
    done
    ln -s ../node_modules/npm/bin/npm-cli.js "$home/node/bin/npm"
    PATH=$home/node/bin:$PATH node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 22 || (a === 22 && b >= 22) ? 0 : 1)' ||
        die "Node.js $(node --version) is too old for the site; install 22.22 or newer"
    touch "$stamp"
}

# npm_ci FOLDER: exactly the npm packages of a folder's lock file, without running any of their scripts.
npm_ci() { npm ci --prefix "$1" --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null; }

# modules NAME FOLDER: the packages of a folder, once.
modules() {
    nodejs
    if ! once "$1" "$2/package-lock.json" && [ -d "$2/node_modules" ]; then return 0; fi
    say "npm packages of ${2#"$checkout"/}"
    PATH=$home/node/bin:$PATH npm_ci "$2"
    touch "$stamp"
}

site() { modules site "$checkout/frontend"; }

schema() { modules schema "$checkout/frontend/tools/schema"; }

iam() { modules iam "$checkout/infra/check/iam"; }

workflows() { modules workflows "$checkout/infra/check/workflows"; }

# Ubuntu has Chromium only as a snap, which tests cannot start; CHROMIUM names another program.
pages() {
    [ -z "${CHROMIUM:-}" ] || { need_chromium >/dev/null || die "CHROMIUM does not name a program that shows a page: $CHROMIUM"; return 0; }
    needs chromium
}

lighthouse() { pages; modules lighthouse "$checkout/frontend/tools/lighthouse"; }

# cross_target: Rust's standard library for ARCH, and ARCH's name in targets and wheels as $machine.
cross_target() {
    case ${ARCH:?ARCH is arm64 or x86_64} in
        arm64) machine=aarch64 ;;
        x86_64) machine=x86_64 ;;
        *) die "ARCH is arm64 or x86_64, not $ARCH" ;;
    esac
    rustup target list --installed | grep "^$machine-unknown-linux-gnu$" >/dev/null || rustup target add "$machine-unknown-linux-gnu"
}

lambda() {
    local machine
    cross_target
    venv lambda "$here/python-lambda.txt"
    library "package/$ARCH/runtime/cpu" "$here/onnxruntime.txt" "$machine"
}

wheel() {
    local machine
    cross_target
    venv wheel "$here/python-wheel.txt"
}

# rembg: its wheels are kept, so that a new environment can be created from the same files without a network.
rembg() {
    venv rembg "$here/python-rembg.txt"
    once wheels-rembg "$here/python-rembg.txt" || return 0
    rm -rf "$home/wheels"
    "$home/venv/rembg/bin/pip" download --quiet --disable-pip-version-check --require-hashes --no-deps \
        --only-binary :all: -d "$home/wheels" -r "$here/python-rembg.txt"
    touch "$stamp"
}

# sandbox: the root in which `make package-check` starts packages, with glibc and nothing else, for ARCH, and the emulator for
# programs of another processor.
sandbox() {
    local debian missing=() emulator=""
    case ${ARCH:?ARCH is arm64 or x86_64} in
        arm64) debian=arm64; [ "$(uname -m)" = aarch64 ] || emulator=qemu-aarch64-static ;;
        x86_64) debian=amd64; [ "$(uname -m)" = x86_64 ] || emulator=qemu-x86_64-static ;;
        *) die "ARCH is arm64 or x86_64, not $ARCH" ;;
    esac
    command -v mmdebstrap >/dev/null || missing+=(mmdebstrap)
    [ -z "$emulator" ] || [ -x "/usr/bin/$emulator" ] || missing+=(qemu-user-static)
    [ ${#missing[@]} -eq 0 ] || apt "${missing[@]}"
    local root=$home/package/$ARCH/root
    # Raise the number when something here changes.
    once "sandbox-$ARCH-1" || return 0
    say "a root with glibc for $ARCH"
    rm -rf "$root"
    mkdir -p "$(dirname "$root")"
    mmdebstrap --quiet --variant=extract --architectures="$debian" --include=libc6 bookworm "$root"
    # Files that are not certain to be on Lambda are not here either; the rest are mount points.
    find "$root" -name 'libgcc_s.so*' -delete
    rm -rf "$root/tmp" "$root/dev" "$root/sys"
    mkdir -p "$root"/{tmp,proc,dev,var/task,var/runtime,etc/pki/tls/certs}
    touch "$root"/dev/{null,zero,random,urandom} "$root/qemu" "$root/etc/pki/tls/certs/ca-bundle.crt"
    touch "$stamp"
}

# release: the tools that build programs and images for other machines.
release() {
    local missing=()
    command -v patchelf >/dev/null || missing+=(patchelf)
    command -v mmdebstrap >/dev/null || missing+=(mmdebstrap)
    docker info >/dev/null 2>&1 || command -v buildah >/dev/null || missing+=(buildah)
    [ ${#missing[@]} -eq 0 ] || apt "${missing[@]}"
}

# licences: three minutes on two cores.
licences() {
    [ "$("$home/tools/bin/cargo-about" --version 2>/dev/null)" != "cargo-about 0.9.0" ] || return 0
    say "cargo-about"
    cargo install --quiet --locked --root "$home/tools" --features cli cargo-about@0.9.0
}

# deny: four minutes on two cores.
deny() {
    [ "$("$home/tools/bin/cargo-deny" --version 2>/dev/null)" != "cargo-deny 0.20.2" ] || return 0
    say "cargo-deny"
    cargo install --quiet --locked --root "$home/tools" cargo-deny@0.20.2
}

fuzz() {
    rustup toolchain list 2>/dev/null | grep nightly >/dev/null || die "fuzzing needs a nightly toolchain: rustup toolchain install nightly"
    command -v cargo-fuzz >/dev/null || cargo install --quiet --locked cargo-fuzz@0.13.2
}

for part in "$@"; do
    case $part in
        system | runtime | video | tools | cloud | bench | backgroundremover | site | schema | iam | pages | lighthouse | sam | workflows | lambda | wheel | rembg | sandbox | cuda | release | licences | deny | fuzz) "$part" ;;
        *) die "there is no part “$part”" ;;
    esac
done
