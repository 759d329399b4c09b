#!/usr/bin/env bash
# Creates the archive that an operator deploys from: `infra/release/service.sh arm64|x86_64` writes
# target/release-files/sansfond-service-<version>-<arch>.tar.gz. It contains the packages that `make package` has built for
# this architecture, the site, the templates and the scripts of deploy/, in the same places as in a checkout.
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/../.."
arch=${1:?arm64 or x86_64}
home=${SANSFOND_HOME:?SANSFOND_HOME names the folder with models and tools}
version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml)
name=sansfond-service-$version-$arch
files=target/release-files
folder=$files/$name

infra/setup/setup.sh cloud site
"$home/venv/cloud/bin/python" infra/check/check_package.py "$arch"
nowhere=$(PYTHONPATH=infra/edge "$home/venv/cloud/bin/python" -c 'import site_files; print(site_files.NO_ORIGIN)')
SITE_ORIGIN=$nowhere npm run --silent --prefix frontend build

rm -rf "$folder"
mkdir -p "$folder"/{infra/deploy,infra/setup,infra/edge,frontend,fixtures/pictures,target}
cp LICENSE-* "$folder/"
sed "s/Architecture=arm64/Architecture=$arch/" samconfig.toml >"$folder/samconfig.toml"
cp infra/release/SERVICE.md "$folder/README.md"
cp infra/release/deploy_service.py "$folder/deploy.py"
cp infra/{template,gpu,edge}.yaml "$folder/infra/"
cp infra/deploy/role.yaml $(ls infra/deploy/*.py | grep -v /test_) "$folder/infra/deploy/"
cp infra/edge/{*.js,headers.json} $(ls infra/edge/*.py | grep -v /test_) "$folder/infra/edge/"
cp infra/setup/python-sam.txt "$folder/infra/setup/"
cp -r frontend/dist "$folder/frontend/"
# The site with that address is only for this release: mark it as old, so that `make up` builds its own.
touch -d @0 frontend/dist/routes.json
cp fixtures/pictures/astronaut.png "$folder/fixtures/pictures/"
infra/release/licences.sh "$folder/RUST-CRATES"
cp -rl target/lambda "$folder/target/"
printf '{ "version": "%s", "architecture": "%s", "commit": "%s" }\n' "$version" "$arch" "$(git rev-parse HEAD)" >"$folder/RELEASE"
chmod -R a+rX "$folder"
tar -czf "$folder.tar.gz" -C "$files" --owner=0 --group=0 --sort=name "$name"
rm -rf "$folder"
infra/release/hash.sh "$folder.tar.gz"
