#!/usr/bin/env bash
# The first steps after cloning the repository: `make up` until the site answers, an image in, its cutout out, Ctrl-C; then
# the same image and a clip on the command line. bare_machine.sh runs it where nothing is installed.
#
#     infra/check/newcomer.sh [COMMAND...]      COMMAND is run at the end, such as `make test`
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

say() { printf 'newcomer: %s, %d s after the start\n' "$*" "$SECONDS"; }
log=$(mktemp)
# A separate process group, so that Ctrl-C reaches the same processes as in a terminal.
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
say "the service returned a cutout"
kill -INT -- -$up
wait $up || true
grep -q '^local cloud: stopped' "$log" || { echo "newcomer: make up did not stop cleanly" >&2; exit 1; }
say "stopped"

results=$(mktemp -d)
export SANSFOND_HOME=$PWD/.sansfond
target/debug/sansfond image fixtures/pictures/chelsea.png -o "$results/cutout.png"
target/debug/sansfond video fixtures/clips/disc.mp4 -o "$results/cutout.webm"
for result in "$results"/cutout.{png,webm}; do
    [ -s "$result" ] || { echo "newcomer: $result is empty" >&2; exit 1; }
done
rm -rf "$results" "$log"
say "an image and a clip were cut out on the command line"
[ $# -eq 0 ] || "$@"
