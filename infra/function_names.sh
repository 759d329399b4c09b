#!/usr/bin/env bash
# The functions of the template, one a line: each is a program and a package of that name.
sed -nE 's|^ *CodeUri: \.\./target/lambda/([a-z_]+)$|\1|p' "$(dirname "${BASH_SOURCE[0]}")/template.yaml"
