# The verbs. `make` alone lists them.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

# Everything that is installed or kept lies here, and nothing outside the checkout.
export SANSFOND_HOME ?= $(CURDIR)/.sansfond

SETUP := infra/setup/setup.sh
SANSFOND := target/release/sansfond
PYTHON := $(SANSFOND_HOME)/venv/tools/bin/python
MODEL := $(SANSFOND_HOME)/models/isnet-general-use/isnet-general-use.onnx
FUZZ_SECONDS ?= 600

.PHONY: help setup up image test check bench fuzz build model reset

help: ## List the verbs
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 16

setup: ## Install what this machine is missing
	@$(SETUP) system runtime

build: setup ## Build the release binaries
	@cargo build --release --locked -p sansfond-cli

# The tests are built without optimisation of our own code, everything else with it: the model is
# fetched by the build that is needed anyway.
PROFILE := --release
test: PROFILE :=

$(MODEL): | setup
	@cargo run --quiet --locked $(PROFILE) -p sansfond-cli -- models fetch isnet-general-use

model: $(MODEL)

up: build model ## Cut out a sample photograph (the local cloud comes here)
	@mkdir -p target/up
	@$(SANSFOND) image fixtures/pictures/*.png -o target/up --force

image: build model ## Cut out one picture: make image IN=photo.jpg OUT=cutout.png
	@test -n "$(IN)" && test -n "$(OUT)" || { echo 'usage: make image IN=photo.jpg OUT=cutout.png' >&2; exit 2; }
	@$(SANSFOND) image "$(IN)" -o "$(OUT)" --force

test: check model ## Everything that CI runs
	@cargo test --workspace --locked

check: setup ## Formatting, lints, generated files
	@$(SETUP) tools
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked --quiet -- -D warnings
	$(PYTHON) models/tiny.py --check

bench: build model ## Measure against rembg and write docs/BENCHMARKS.md
	@$(SETUP) bench
	@cargo build --release --locked -p sansfond-matting --examples
	@$(SANSFOND_HOME)/venv/bench/bin/python shared/cli/bench/run.py $(BENCH)

fuzz: setup ## Fuzz the decoder and the catalogue, FUZZ_SECONDS each
	@$(SETUP) fuzz
	cd shared/imaging && cargo +nightly fuzz run decode fuzz/corpus/decode ../../fixtures/odd -- -max_total_time=$(FUZZ_SECONDS) -max_len=65536
	cd shared/matting && cargo +nightly fuzz run catalogue fuzz/corpus/catalogue fuzz/seeds/catalogue -- -max_total_time=$(FUZZ_SECONDS) -max_len=8192
	cd shared/matting && cargo +nightly fuzz run graph fuzz/corpus/graph ../../fixtures/models -- -max_total_time=$(FUZZ_SECONDS) -max_len=8192

reset: ## Forget everything that was installed, fetched and prepared
	@rm -rf "$(SANSFOND_HOME)"
