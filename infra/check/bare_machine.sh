#!/usr/bin/env bash
# Runs a command on a fresh machine: a Debian with only make, Rust, Node.js, npm and Python, an empty home, no caches, and a
# clean copy of the last commit.
#
#     infra/check/bare_machine.sh [--debian bookworm] [--with PACKAGE]... [--gives FILE]... [--keep FOLDER] [--room GB] COMMAND...
#
#   --debian   the release of Debian (bookworm)
#   --with     an additional package, such as one that once broke the setup
#   --gives    a machine for running only: no make, no Rust, no Node.js, no Python, no repository; only this
#              file, in the folder in which the command runs
#   --keep     creates the machine in this folder and leaves it there; an existing one is used again, unchanged
#   --room     the gigabytes that must be free at the start
#
# The machine is a folder that the command is chrooted into. It uses the Rust toolchain of this machine, mounted read-only;
# Node.js and npm are copied, as is the configuration of the package registries. Needs root, and mmdebstrap, which it
# installs.
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
    *) echo "bare_machine: unknown option $1" >&2; exit 2 ;;
    esac
    shift 2
done
[ $# -gt 0 ] || { echo "usage: bare_machine.sh [--debian NAME] [--with PACKAGE] [--gives FILE] [--keep FOLDER] COMMAND..." >&2; exit 2; }
[ "$(id -u)" -eq 0 ] || { echo "bare_machine: only root can create a machine" >&2; exit 1; }
# shellcheck source=../setup/needs.sh
source "$checkout/infra/setup/needs.sh"
said=$(need_disk "${root:-${TMPDIR:-/var/tmp}}" "$room") || { echo "bare_machine: $said" >&2; exit 1; }
command -v mmdebstrap >/dev/null ||
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends mmdebstrap >/dev/null; }

say() { printf 'bare machine: %s\n' "$*"; }
mounts=(proc sys dev opt/rust)
leave() {
    local part
    say "its size is $(du -xsh "$root" | cut -f1)"
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
    # mmdebstrap creates a folder with permissions for its owner only; it takes a folder of mktemp as it is.
    mmdebstrap --quiet --variant=minbase --include="$packages$tools" "$debian" "$root"
    mkdir -p "$root/opt/rust" "$root/src"
    if [ -n "$tools" ]; then
        mkdir -p "$root/usr/lib/node_modules"
        cp -L "$(command -v node)" "$root/usr/bin/node"
        cp -aL "$(dirname "$(readlink -f "$(command -v npm)")")/.." "$root/usr/lib/node_modules/npm"
        ln -s ../lib/node_modules/npm/bin/npm-cli.js "$root/usr/bin/npm"
    fi
    # The registry configuration of this machine, if there is any.
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

# From the environment, pass only the registry settings and the variables of this repository.
mapfile -t kept < <(env | grep -E '^(PIP_CERT|PIP_DEFAULT_TIMEOUT|[A-Z_]*(CERT|CA_BUNDLE|CAINFO|_ROOTS)|https?_proxy|no_proxy|HTTPS?_PROXY|NO_PROXY|CI|CARGO_INCREMENTAL|PORT)[A-Z_]*=' || true)
env -i PATH=/opt/rust/bin:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin HOME=/root LANG=C.UTF-8 TERM=dumb "${kept[@]}" \
    /usr/sbin/chroot "$root" /bin/bash -c 'cd /src && "$@"' - "$@"
