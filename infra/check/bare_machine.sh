#!/usr/bin/env bash
# Runs a command on a machine that has never seen this repository: a fresh Debian with make, Rust, Node.js, npm, Python and
# nothing else, an empty home, no caches, and a clean copy of the last commit.
#
#     infra/check/bare_machine.sh [--debian bookworm] [--with PACKAGE]... [--gives FILE]... [--keep FOLDER] [--room GB] COMMAND...
#
#   --debian   which Debian (bookworm)
#   --with     a further package, such as one that once misled the set-up
#   --gives    the machine of somebody who builds nothing: no make, no Rust, no Node.js, no Python, no repository; only this
#              file, in the folder in which the command runs
#   --keep     makes the machine in this folder and leaves it there; one that is there already is used again, as it is
#   --room     how many gigabytes must be free before anything is made
#
# The machine is a folder that the command is chrooted into. The Rust toolchain is this machine's, mounted read-only; Node.js
# and npm are copied, as is how this machine reaches its package registries. Needs root, and mmdebstrap, which it installs.
set -euo pipefail

checkout=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
debian=bookworm packages=ca-certificates tools=,make,python3 root= room=1 given=()
while [[ ${1:-} == --* ]]; do
    case $1 in
    --debian) debian=$2 ;;
    --with) packages+=,$2 ;;
    --gives) given+=("$2") tools= ;;
    --keep) root=$2 ;;
    --room) room=$2 ;;
    *) echo "bare_machine: there is no option $1" >&2; exit 2 ;;
    esac
    shift 2
done
[ $# -gt 0 ] || { echo "usage: bare_machine.sh [--debian NAME] [--with PACKAGE] [--gives FILE] [--keep FOLDER] COMMAND..." >&2; exit 2; }
[ "$(id -u)" -eq 0 ] || { echo "bare_machine: a machine is made by root only" >&2; exit 1; }
# shellcheck source=../setup/needs.sh
source "$checkout/infra/setup/needs.sh"
said=$(need_disk "${root:-${TMPDIR:-/var/tmp}}" "$room") || { echo "bare_machine: $said" >&2; exit 1; }
command -v mmdebstrap >/dev/null ||
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends mmdebstrap >/dev/null; }

say() { printf 'bare machine: %s\n' "$*"; }
mounts=(proc sys dev opt/rust)
leave() {
    local part
    say "it has grown to $(du -xsh "$root" | cut -f1)"
    for part in "${mounts[@]}"; do
        ! mountpoint -q "$root/$part" || umount -R -l "$root/$part"
    done
    [ -n "${keep:-}" ] || rm -rf --one-file-system "$root"
}

if [ -n "$root" ]; then keep=1; else root=$(mktemp -d "${TMPDIR:-/var/tmp}/bare-machine.XXXXXX"); fi
trap leave EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

if [ ! -e "$root/etc/debian_version" ]; then
    # A folder that mmdebstrap makes itself is nobody else's business; one of mktemp's it takes as it is.
    mmdebstrap --quiet --variant=minbase --include="$packages$tools" "$debian" "$root"
    mkdir -p "$root/opt/rust" "$root/src"
    if [ -n "$tools" ]; then
        mkdir -p "$root/usr/lib/node_modules"
        cp -L "$(command -v node)" "$root/usr/bin/node"
        cp -aL "$(dirname "$(readlink -f "$(command -v npm)")")/.." "$root/usr/lib/node_modules/npm"
        ln -s ../lib/node_modules/npm/bin/npm-cli.js "$root/usr/bin/npm"
    fi
    # How this machine reaches its registries, if in some way of its own.
    cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/"
    for file in /etc/resolv.conf /etc/hosts /etc/pip.conf; do [ ! -e "$file" ] || cp -L "$file" "$root$file"; done
    for file in .npmrc .cargo/config.toml .config/pip/pip.conf; do
        [ ! -e "$HOME/$file" ] || install -D "$HOME/$file" "$root/root/$file"
    done
    cp /etc/apt/apt.conf.d/* "$root/etc/apt/apt.conf.d/" 2>/dev/null || true
    if [ -n "$tools" ]; then
        git -C "$checkout" archive HEAD | tar -x -C "$root/src"
    else
        cp "${given[@]}" "$root/src/"
    fi
    say "Debian $(cat "$root/etc/debian_version"), commit $(git -C "$checkout" rev-parse --short HEAD), packages:"
    chroot "$root" dpkg-query -W -f '${Package} ' | fold -s -w 150
    echo
    say "caches: $(cd "$root" && for folder in root/.cargo root/.npm root/.cache src/target src/.sansfond; do
        [ -e "$folder" ] && printf '%s %s, ' "$folder" "$(du -sh "$folder" | cut -f1)" || printf '%s none, ' "$folder"
    done)home $(du -sh "$root/root" | cut -f1)"
fi
for part in proc sys dev; do
    mountpoint -q "$root/$part" || { mount --rbind "/$part" "$root/$part" && mount --make-rslave "$root/$part"; }
done
[ -z "$tools" ] || mountpoint -q "$root/opt/rust" || mount --bind -o ro "$(rustc --print sysroot)" "$root/opt/rust"

# Of the environment only what says how registries are reached, and what this repository itself is told.
mapfile -t kept < <(env | grep -E '^(PIP_CERT|PIP_DEFAULT_TIMEOUT|[A-Z_]*(CERT|CA_BUNDLE|CAINFO|_ROOTS)|https?_proxy|no_proxy|HTTPS?_PROXY|NO_PROXY|CI|CARGO_INCREMENTAL|PORT)[A-Z_]*=' || true)
env -i PATH=/opt/rust/bin:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin HOME=/root LANG=C.UTF-8 TERM=dumb "${kept[@]}" \
    /usr/sbin/chroot "$root" /bin/bash -c 'cd /src && "$@"' - "$@"
