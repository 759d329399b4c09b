#!/usr/bin/env bash
# What somebody does who has just cloned the repository: `make up` until the site answers, a picture in, its cutout out,
# Ctrl-C; then the same picture and a clip at the terminal. bare_machine.sh runs it where nothing is installed.
#
#     infra/check/newcomer.sh [COMMAND...]      COMMAND is run at the end, such as `make test`
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

say() { printf 'newcomer: %s, %d s after the beginning\n' "$*" "$SECONDS"; }
log=$(mktemp)
# A group of its own, so that Ctrl-C reaches what it reaches at a terminal.
setsid make up >"$log" 2>&1 &
up=$!
tail -n +1 -f --pid=$up "$log" &
until grep -q '^local cloud: stop ' "$log"; do
    kill -0 $up 2>/dev/null || { echo "newcomer: make up ended before the site answered" >&2; exit 1; }
    sleep 1
done
say "the site answers"
site=$(sed -n 's/^local cloud: address *//p' "$log")
python3 infra/deploy/smoke.py "$site" --demo
say "a cutout came out of the service"
kill -INT -- -$up
wait $up || true
grep -q '^local cloud: stopped' "$log" || { echo "newcomer: make up did not stop in order" >&2; exit 1; }
say "stopped"

results=$(mktemp -d)
export SANSFOND_HOME=$PWD/.sansfond
target/debug/sansfond image fixtures/pictures/chelsea.png -o "$results/cutout.png"
target/debug/sansfond video fixtures/clips/disc.mp4 -o "$results/cutout.webm"
for result in "$results"/cutout.{png,webm}; do
    [ -s "$result" ] || { echo "newcomer: $result is empty" >&2; exit 1; }
done
rm -rf "$results" "$log"
say "a picture and a clip were cut out at the terminal"
[ $# -eq 0 ] || "$@"
