#!/usr/bin/env bash
# `make doctor`: one page about this machine. It lists what is installed for running, testing and deploying, what is missing,
# and the command that installs it. Exits with 1 if `make up` cannot work here.
#
#   ok       it is installed, and has been tested
#   later    it is missing, and `make` installs it automatically
#   missing  it is missing, and you have to install it
#
# Works before anything is installed, and installs nothing. It uses the probes of needs.sh, as setup.sh does.
set -uo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
checkout=$(cd "$here/../.." && pwd)
home=${SANSFOND_HOME:-$checkout/.sansfond}
# shellcheck source=infra/setup/needs.sh
. "$here/needs.sh"

# Gigabytes for a fresh checkout: `make up`, and `make test`, which builds the tests as well.
room_for_running=8
room_for_testing=16

green='' yellow='' red='' bold='' plain=''
if [ -t 1 ] && [ -z "${NO_COLOR:-}" ] && [ "${TERM:-dumb}" != dumb ]; then
    green=$'\e[32m' yellow=$'\e[33m' red=$'\e[31m' bold=$'\e[1m' plain=$'\e[0m'
fi

missing=0
heading() { printf '\n%s%s%s\n' "$bold" "$1" "$plain"; missing=0; }
row() { printf '  %s%-8s%s %s\n' "$2" "$1" "$plain" "$3"; }
ok() { row ok "$green" "$1"; }
later() { row later "$yellow" "$1"; printf '           %s\n' "$2"; }
missing() { row missing "$red" "$1"; printf '           %s\n' "$2"; missing=$((missing + 1)); }

# True if setup.sh can install packages of the distribution by itself.
installs() { command -v apt-get >/dev/null && { [ "$(id -u)" -eq 0 ] || command -v sudo >/dev/null; }; }

# need TARGET NAME: a prerequisite that Debian packages provide.
need() {
    local said packages
    if said=$("need_$2"); then ok "$said"; return; fi
    packages=$(packages_for "$2")
    if installs; then
        later "$said" "$1 installs it: apt-get install $packages"
    else
        missing "$said" "as root: apt-get install $packages (or your system's packages of the same content)"
    fi
}

# own NAME HOW PROBE...: a prerequisite that you install yourself.
own() {
    local said
    if said=$("${@:2}"); then ok "$said"; else missing "$said" "$1"; fi
}

# within TARGET DESCRIPTION TEST...: a tool that a target installs into $SANSFOND_HOME.
within() {
    if "${@:3}" >/dev/null 2>&1; then ok "$2"; else later "$2 is not installed yet" "$1 installs it"; fi
}

some() { compgen -G "$1" >/dev/null; }

heading "Running: make up"
if command -v rustup >/dev/null; then remedy="rustup update stable && rustup default stable"; else remedy="install rustup, then: rustup toolchain install stable"; fi
own "$remedy" need_rust
own "install Node.js 20 or newer, with its npm" need_node
# A package for virtual environments does not fix an old Python.
if need_python >/dev/null || python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    need "make up" python
else
    own "install Python 3.11, 3.12 or 3.13, and have python3 call it" need_python
fi
need "make up" compiler
need "make up" pkg_config
need "make up" ffmpeg_libraries
need "make up" libclang
# The space is needed once: the existing build is part of it.
if [ -x "$checkout/target/debug/sansfond-local" ]; then room=1; else room=$room_for_running; fi
own "make room there, or set SANSFOND_HOME and CARGO_TARGET_DIR to folders on another disk" need_disk "$home" "$room"
if [ -e "$home/local/lock" ] && command -v flock >/dev/null && ! flock --nonblock "$home/local/lock" true; then
    ok "this checkout's local cloud is running, on its ports"
else
    # Chosen as in infra/local/src/ports.rs: the given port, else that of the last start, else the next free one.
    for port in PORT:door:8080 SANSFOND_CLOUD_PORT:cloud:4566 SANSFOND_BATCH_PORT:batch:4567; do
        IFS=: read -r name key usual <<<"$port"
        remembered=$(sed -n "s/.*\"$key\": *\([0-9]*\).*/\1/p" "$home/local/ports.json" 2>/dev/null)
        if [ -n "${!name:-}" ] || [ -n "$remembered" ]; then
            chosen=${!name:-$remembered}
            own "$name=$((chosen + 10000 > 65535 ? chosen - 10000 : chosen + 10000)) make up" need_port "$chosen" "$name"
        elif said=$(need_port "$usual" "$name"); then
            ok "$said"
        else
            ok "port $usual is taken; make up takes the next one that is free"
        fi
    done
fi
within "make up" "ONNX Runtime" some "$home/runtime/cpu/libonnxruntime*"
within "make up" "the local cloud's emulator" "$home/venv/cloud/bin/python" -c 'import ministack'
within "make up" "the model" some "$home/models/isnet-general-use/*.onnx*"
unable=$missing

heading "Testing: make test"
need "make test" ffmpeg_programs
if [ -n "${CHROMIUM:-}" ]; then own "set CHROMIUM to a Chromium or Chrome that runs" need_chromium; else need "make test" chromium; fi
[ "$unable" -eq 0 ] || missing "all that running needs" "see above"
own "make room there, or set SANSFOND_HOME and CARGO_TARGET_DIR to folders on another disk" need_disk "$checkout" "$((room + room_for_testing - room_for_running))"
untested=$missing

heading "Deploying: make deploy"
if said=$(python3 "$checkout/infra/deploy/stage.py" "${STAGE:-dev}" 2>&1); then
    ok "the parameters of ${STAGE:-dev} are your own"
else
    while IFS= read -r line; do missing "$line" "edit samconfig.toml"; done <<<"$said"
fi
if [ -x "$home/venv/cloud/bin/python" ]; then
    if said=$("$home/venv/cloud/bin/python" "$checkout/infra/deploy/preflight.py" --credentials 2>&1); then
        ok "$said"
    else
        missing "$(first_line "$said")" "aws configure, or aws sso login; then: make preflight STAGE=${STAGE:-dev}"
    fi
else
    later "AWS credentials have not been checked yet" "make preflight STAGE=${STAGE:-dev} installs the tools and checks them"
fi
within "make deploy" "sam" "$home/venv/sam/bin/sam" --version
within "make package" "the compiler for Lambda (cargo-lambda, zig)" "$home/venv/lambda/bin/python" -m ziglang version
case ${ARCH:-arm64} in arm64) target=aarch64-unknown-linux-gnu ;; *) target=x86_64-unknown-linux-gnu ;; esac
if ! command -v rustup >/dev/null; then
    if [ -d "$(rustc --print sysroot 2>/dev/null)/lib/rustlib/$target/lib" ]; then
        ok "Rust's library for $target"
    else
        missing "Rust's library for $target" "install it, or rustup, which make package asks for it"
    fi
elif rustup target list --installed 2>/dev/null | grep -q "^$target\$"; then
    ok "Rust's library for $target"
else
    later "Rust's library for $target is not installed yet" "make package installs it"
fi
[ "$unable" -eq 0 ] || missing "all that running needs" "see above"
if docker version --format '{{.Server.Version}}' >/dev/null 2>&1; then
    ok "Docker, for the image of the videos' worker"
else
    later "Docker does not respond; only the image of the videos' worker needs it" "make deploy works without it, and videos stay turned off"
fi

echo
[ "$untested" -eq 0 ] || [ "$unable" -gt 0 ] || echo "make test cannot work here yet."
if [ "$unable" -gt 0 ]; then
    echo "${red}make up cannot work here: $unable missing.${plain}"
    exit 1
fi
echo "${green}make up can work here.${plain}"
