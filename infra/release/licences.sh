#!/usr/bin/env bash
# Writes the license terms of every crate in the programs: `infra/release/licences.sh FILE`. A crate whose terms are not in
# about.toml stops the release.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/../.."
file=${1:?the file to write}
home=${SANSFOND_HOME:?SANSFOND_HOME names the folder with models and tools}

# Reading the files of 400 crates takes minutes.
kept=$home/licences/$(cat Cargo.lock infra/release/{about.toml,crates.hbs} | sha256sum | cut -c1-16)
if [ ! -e "$kept" ]; then
    infra/setup/setup.sh licences
    mkdir -p "$(dirname "$kept")"
    "$home/tools/bin/cargo-about" generate --config infra/release/about.toml --workspace --locked --fail \
        --output-file "$kept.fresh" infra/release/crates.hbs
    mv "$kept.fresh" "$kept"
fi
cp "$kept" "$file"
