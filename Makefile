# The targets. `make` alone lists them.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

# Everything that is installed or stored is here, and nothing is outside the checkout.
export SANSFOND_HOME ?= $(CURDIR)/.sansfond
# The folder of the Node.js that setup installs, if the machine's own is too old for the site.
export PATH := $(SANSFOND_HOME)/node/bin:$(PATH)

SETUP := infra/setup/setup.sh
SANSFOND := target/release/sansfond
PYTHON := $(SANSFOND_HOME)/venv/tools/bin/python
CLOUD_PYTHON := $(SANSFOND_HOME)/venv/cloud/bin/python
MODEL := $(SANSFOND_HOME)/models/isnet-general-use/isnet-general-use.onnx
# The whole workspace and not a list of packages: with other packages, the dependencies get other features, and the tests
# would build most of them again.
SERVICE := --workspace
SCHEMA := frontend/tools/schema/node_modules/.bin/openapi-typescript
# The AWS calls of the functions and the worker during the service tests.
CALLS := $(or $(CARGO_TARGET_DIR),target)/tmp/calls
FUZZ_SECONDS ?= 600
STAGE ?= dev
ARCH ?= arm64
NATIVE := $(if $(filter aarch64,$(shell uname -m)),arm64,x86_64)
OTHER := $(if $(filter arm64,$(NATIVE)),x86_64,arm64)

.PHONY: help setup installed up dev logs invoke image video test permissions check bench fuzz build functions model site pages generate package package-check packaged worker-image worker-image-check local-image local-image-check terminal terminal-check nightly preflight deploy rollout changes smoke doctor wheel wheel-check service service-check release gpu-check dev-check advisories reset clean

help: ## List the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 22

setup: ## Install the missing tools on this machine
	@$(SETUP) system runtime video

build: setup ## Build the optimized command line
	@cargo build --release --locked -p sansfond-cli

# The command line that downloads the model: the debug build for tests and the local cloud, which is needed anyway, and
# the release build for all other targets.
QUICK :=
test pages: QUICK := 1

$(MODEL): | setup
	@$(MAKE) $(if $(QUICK),functions,build)
	@target/$(if $(QUICK),debug,release)/sansfond models fetch isnet-general-use

model: $(MODEL)

# The tools that the first start installs before it builds.
installed: setup
	@$(SETUP) cloud site

functions: setup
	@$(SETUP) cloud
	@cargo build --locked $(SERVICE) --bins

# The last file that the build of the site writes.
BUILT_SITE := frontend/dist/routes.json
SITE_SOURCES := $(shell find frontend -name node_modules -prune -o -name 'dist*' -prune -o -type f -print)
$(BUILT_SITE): $(SITE_SOURCES) | setup
	@$(SETUP) site
	@npm run --silent --prefix frontend build

site: $(BUILT_SITE) ## Build the site into frontend/dist

up: ## Start the whole service on this machine: http://127.0.0.1:8080; with PACKAGED=1, with the packages for AWS
	@python3 infra/setup/first_start.py
	@$(if $(PACKAGED),SANSFOND_PACKAGED=true) exec target/debug/sansfond-local

dev: ## Start it for development: hot reload of the site, functions rebuilt and swapped as you save
	@python3 infra/setup/first_start.py --without site
	@exec $(CLOUD_PYTHON) infra/local/dev.py

logs: ## Follow the logs of functions and worker in the local cloud: make logs FIND=<id of a job or a request>
	@$(CLOUD_PYTHON) infra/local/logs.py "$(FIND)"

invoke: ## Send an event to a function of the local cloud: make invoke FUNCTION=fail_dead_letters EVENT=fixtures/events/dead-letters.json
	@$(CLOUD_PYTHON) infra/local/invoke.py "$(FUNCTION)" "$(EVENT)"

image: build model ## Cut out one image: make image IN=photo.jpg OUT=cutout.png
	@test -n "$(IN)" && test -n "$(OUT)" || { echo 'usage: make image IN=photo.jpg OUT=cutout.png' >&2; exit 2; }
	@$(SANSFOND) image "$(IN)" -o "$(OUT)" --force

video: build model ## Cut out a video: make video IN=clip.mp4 OUT=clip.webm
	@test -n "$(IN)" && test -n "$(OUT)" || { echo 'usage: make video IN=clip.mp4 OUT=clip.webm' >&2; exit 2; }
	@target/release/sansfond video "$(IN)" -o "$(OUT)" --force

test: check functions model site ## Everything that CI runs
	@rm -rf "$(CALLS)"
	@cargo test --workspace --locked
	@$(MAKE) permissions
	@npm run --silent --prefix frontend test
	@$(MAKE) pages

permissions: setup ## Compare the template's roles with the AWS calls of the last service tests
	@$(SETUP) cloud iam
	@$(CLOUD_PYTHON) infra/check/permissions.py "$(CALLS)"

pages: functions model site ## Test the site in a browser, against the whole service
	@$(SETUP) pages
	@npm run --silent --prefix frontend test:pages -- $(PAGES)

check: setup ## Formatting, lints, generated files, the template
	@$(SETUP) tools cloud site schema workflows iam
	@# By file: cargo fmt does not see modules that a macro declares.
	rustfmt --edition 2024 --check $$(find functions shared batch-worker infra -name '*.rs' -not -path '*/node_modules/*' -not -path '*/target/*')
	cargo clippy --workspace --all-targets --locked --quiet -- -D warnings
	@# 0.1 s. No other check covers scripts that only `make nightly` runs.
	$(SANSFOND_HOME)/venv/tools/bin/ruff check --no-cache --quiet
	python3 infra/generate/list_routes.py --check
	cargo run --quiet --locked --bin sansfond-generate -- --check
	python3 infra/setup/test_first_start.py
	$(PYTHON) models/tiny.py --check
	python3 infra/check/test_decisions.py
	$(CLOUD_PYTHON) infra/check/test_check_template.py
	$(CLOUD_PYTHON) infra/check/check_template.py
	$(CLOUD_PYTHON) infra/check/test_permissions.py
	$(CLOUD_PYTHON) infra/local/test_recorder.py
	$(CLOUD_PYTHON) infra/check/test_check_machines.py
	$(CLOUD_PYTHON) infra/check/check_machines.py
	$(CLOUD_PYTHON) infra/check/test_check_edge.py
	$(CLOUD_PYTHON) infra/check/check_edge.py
	$(CLOUD_PYTHON) infra/check/test_check_role.py
	$(CLOUD_PYTHON) infra/check/check_role.py
	$(PYTHON) infra/check/test_check_docs.py
	@# 0.1 s.
	$(PYTHON) infra/check/check_docs.py
	node --test --test-reporter=dot infra/check/workflows/lint.test.js
	node infra/check/workflows/lint.js
	$(CLOUD_PYTHON) infra/edge/test_edge.py
	$(CLOUD_PYTHON) infra/setup/test_needs.py
	$(CLOUD_PYTHON) infra/setup/test_doctor.py
	$(CLOUD_PYTHON) infra/deploy/test_deploy.py
	$(CLOUD_PYTHON) infra/deploy/test_preflight.py
	$(CLOUD_PYTHON) infra/deploy/test_smoke.py
	$(CLOUD_PYTHON) infra/deploy/test_worker_image.py
	$(CLOUD_PYTHON) infra/local/test_gate.py
	$(CLOUD_PYTHON) infra/local/test_streams.py
	$(CLOUD_PYTHON) infra/local/test_cloud.py
	$(CLOUD_PYTHON) infra/bench/test_events.py
	$(CLOUD_PYTHON) shared/cli/bench/test_tables.py
	$(CLOUD_PYTHON) infra/check/test_check_package.py
	@# Its other tests start programs in a separate root; `make package-check` runs them.
	cd infra/check && $(abspath $(CLOUD_PYTHON)) -m unittest --quiet test_run_package.Templates test_run_package.Answers
	$(CLOUD_PYTHON) infra/test_prepare_graph.py
	$(PYTHON) infra/release/test_check_wheel.py
	$(CLOUD_PYTHON) infra/release/test_contents.py
	$(CLOUD_PYTHON) infra/release/test_unpack_service.py
	$(CLOUD_PYTHON) infra/check/test_gpu_check.py
	$(CLOUD_PYTHON) infra/local/test_deploy.py
	$(CLOUD_PYTHON) infra/local/test_dev.py
	$(CLOUD_PYTHON) infra/local/test_logs.py
	npm run --silent --prefix frontend check
	$(SCHEMA) docs/openapi.json --output $(SANSFOND_HOME)/schema.ts >/dev/null && cmp $(SANSFOND_HOME)/schema.ts frontend/src/api/schema.ts

generate: setup ## Generate from the routes: their list, the template, docs/openapi.json, the site's types
	@$(SETUP) schema
	@python3 infra/generate/list_routes.py
	@cargo run --quiet --locked --bin sansfond-generate
	@$(SCHEMA) docs/openapi.json --output frontend/src/api/schema.ts >/dev/null

package: setup model ## Build the packages for AWS into target/lambda: make package ARCH=arm64
	@infra/package.sh $(ARCH)

package-check: setup ## Start every packaged function as Lambda does and send it an event: make package-check ARCH=arm64
	@ARCH=$(ARCH) $(SETUP) cloud sandbox
	@ARCH=$(NATIVE) $(SETUP) sandbox
	@cargo build --locked --workspace --example router_load
	@$(CLOUD_PYTHON) infra/check/check_package.py $(ARCH)
	@$(CLOUD_PYTHON) infra/check/test_run_package.py
	@$(CLOUD_PYTHON) infra/check/run_package.py $(ARCH)

packaged: functions model site ## Test journeys through the whole service, with the packages for this machine
	@mkdir -p $(SANSFOND_HOME)/logs
	@SANSFOND_PACKAGED=true cargo test --workspace --locked --test it -- service::packaged service::whole_path | tee $(SANSFOND_HOME)/logs/packaged.log
	@# A name that no longer matches any test would pass.
	@for name in packaged whole_path; do grep -q "service::$$name::.* ok$$" $(SANSFOND_HOME)/logs/packaged.log || { echo "no test of service::$$name ran" >&2; exit 1; }; done

worker-image: model ## Build the image that AWS Batch runs, with Docker or buildah
	@$(SETUP) release
	@infra/release/worker_image.sh

# The folder of the unpacked worker image.
IMAGE := $(CURDIR)/target/worker-image/unpacked

worker-image-check: functions model site ## Run a whole job with the worker in its image, killed and stopped on the way
	@SANSFOND_BASE_IMAGE=debootstrap $(MAKE) worker-image
	@infra/release/unpack_image.sh sansfond-batch-worker:latest $(IMAGE)
	@python3 infra/check/in_image.py $(IMAGE) --resolve
	@python3 infra/check/test_in_image.py $(IMAGE)
	@printf '#!/bin/sh\nexec %s %s %s\n' "$$(command -v python3)" $(CURDIR)/infra/check/in_image.py $(IMAGE) >$(IMAGE)/worker && chmod +x $(IMAGE)/worker
	@mkdir -p $(SANSFOND_HOME)/logs
	@SANSFOND_WORKER=$(IMAGE)/worker cargo test --workspace --locked --test it -- service::worker_image --nocapture | tee $(SANSFOND_HOME)/logs/worker-image.log
	@! grep -q skipped $(SANSFOND_HOME)/logs/worker-image.log && grep -q '1 passed' $(SANSFOND_HOME)/logs/worker-image.log

local-image: model site ## Build the image of the whole local service into target/release-files, for docker load
	@$(SETUP) release
	@infra/release/local_image.sh

local-image-check: ## Start the local service from its image, and cut out an image and a clip
	@SANSFOND_BASE_IMAGE=debootstrap $(MAKE) local-image
	@infra/release/unpack_image.sh sansfond-local:latest $(CURDIR)/target/local-image/unpacked
	@$(CLOUD_PYTHON) infra/check/run_local_image.py $(CURDIR)/target/local-image/unpacked

terminal: setup ## Build the archive of the command line into target/release-files: make terminal ARCH=arm64
	@infra/release/terminal.sh $(ARCH)

terminal-check: setup ## Cut out an image and a clip with only the archive, on a machine with nothing else
	@$(MAKE) terminal ARCH=$(NATIVE)
	@$(SETUP) cloud
	@infra/check/run_terminal.sh

service: package ## Build the archive that an operator deploys from: make service ARCH=arm64
	@infra/release/service.sh $(ARCH)

service-check: ## Deploy the archive for this machine to the emulator, from a machine with only Python
	@$(MAKE) service ARCH=$(NATIVE)
	@$(CLOUD_PYTHON) infra/check/run_service.py

wheel: setup ## Build the Python package into target/release-files: make wheel ARCH=arm64
	@infra/release/wheel.sh $(ARCH)

wheel-check: setup model ## Install the Python package for this machine, and compare it with the real rembg
	@$(MAKE) wheel ARCH=$(NATIVE)
	@$(SETUP) rembg
	@$(SANSFOND_HOME)/venv/rembg/bin/python infra/release/check_wheel.py

release: ## Build all release files into target/release-files, with hashes, licenses and sources
	@rm -rf target/release-files
	@for arch in $(OTHER) $(NATIVE); do $(MAKE) terminal ARCH=$$arch && $(MAKE) wheel ARCH=$$arch && $(MAKE) service ARCH=$$arch || exit 1; done
	@$(MAKE) local-image
	@infra/release/sources.sh
	@python3 infra/release/contents.py

gpu-check: ## Measure CUDA and TensorRT on this machine's NVIDIA GPU
	@if python3 infra/check/gpu_check.py --present; then \
		$(MAKE) build model && $(SETUP) cuda && ln -sfn ../package/x86_64/runtime/cuda $(SANSFOND_HOME)/runtime/cuda && \
		cargo build --release --locked -p sansfond-matting --example frames && python3 infra/check/gpu_check.py; \
	fi

# The packages for this machine come last, because `packaged` runs them.
nightly: ## Checks that take too long for each change: other machines, both packages, each function started, the service on them
	@infra/check/bare_machine.sh --with libclang-cpp14 infra/check/newcomer.sh
	@# FFmpeg 7, Python 3.13 and a newer libclang.
	@infra/check/bare_machine.sh --debian trixie bash -c 'make image IN=fixtures/pictures/chelsea.png OUT=/tmp/cutout.png && make video IN=fixtures/clips/disc.mp4 OUT=/tmp/cutout.webm'
	@$(MAKE) package ARCH=$(OTHER)
	@$(MAKE) package-check ARCH=$(OTHER)
	@$(MAKE) package ARCH=$(NATIVE)
	@$(MAKE) package-check ARCH=$(NATIVE)
	@$(MAKE) packaged
	@$(MAKE) worker-image-check
	@$(MAKE) terminal ARCH=$(OTHER)
	@$(MAKE) terminal-check
	@$(MAKE) wheel ARCH=$(OTHER)
	@$(MAKE) wheel-check
	@$(MAKE) service-check
	@$(MAKE) local-image-check
	@# 11 min.
	@$(MAKE) dev-check
	@$(MAKE) gpu-check
	@$(MAKE) bench BENCH=--smoke

preflight: ## Check whether a stage can be deployed: make preflight STAGE=dev
	@$(SETUP) cloud sam
	@$(CLOUD_PYTHON) infra/deploy/preflight.py $(STAGE) --arch $(ARCH) $(if $(DOMAIN),Domain=$(DOMAIN))

# The arguments of `rollout` and of deploy.py in a release.
CHOSEN = $(if $(YES),--yes) $(if $(ROLE),--role=$(ROLE)) $(if $(DOMAIN),Domain=$(DOMAIN))

deploy: ## Deploy to AWS: make deploy STAGE=dev DOMAIN=cut.mine.org ARCH=arm64, or RELEASE=file, which builds nothing
ifdef RELEASE
	@python3 infra/release/unpack_service.py "$(RELEASE)" "$(SANSFOND_HOME)/release"
	@python3 "$(SANSFOND_HOME)/release/deploy.py" $(STAGE) $(CHOSEN)
else
	@$(MAKE) preflight
	@$(MAKE) package
	@$(MAKE) rollout
endif

rollout: ## Deploy the output of make package, then run make smoke
	@$(SETUP) cloud site sam
	@$(CLOUD_PYTHON) infra/deploy/deploy.py $(STAGE) $(CHOSEN)
	@$(MAKE) smoke SITE=

changes: ## Show what a deployment would change in the service
	@$(SETUP) cloud sam
	@$(CLOUD_PYTHON) infra/deploy/deploy.py $(STAGE) --changes $(if $(DOMAIN),Domain=$(DOMAIN))

smoke: ## Test from sign-up to cutout: make smoke STAGE=dev, or SITE=http://127.0.0.1:8080 for the local cloud
	@$(SETUP) cloud
	@$(CLOUD_PYTHON) infra/deploy/smoke.py $(if $(SITE),$(SITE) --code 123456,--stage $(STAGE))

doctor: ## List what is missing on this machine for running, testing, deploying
	@infra/setup/doctor.sh

bench: build model site ## Measure engine, service and site and write docs/BENCHMARKS.md: make bench BENCH="--only routes"
	@$(SETUP) bench cloud lighthouse $(findstring backgroundremover,$(BENCH))
	@cargo build --release --locked -p sansfond-matting --examples
	@cargo build --release --locked -p sansfond-api --example router_load
	@cargo build --release --locked $(SERVICE) --bins
	@$(SANSFOND_HOME)/venv/bench/bin/python shared/cli/bench/run.py $(BENCH)

fuzz: setup ## Fuzz the decoders, the probe and the catalog, FUZZ_SECONDS each
	@$(SETUP) fuzz
	cd shared/imaging && cargo +nightly fuzz run decode fuzz/corpus/decode ../../fixtures/odd -- -max_total_time=$(FUZZ_SECONDS) -max_len=65536
	cd shared/video && cargo +nightly fuzz run probe fuzz/corpus/probe ../../fixtures/clips -- -max_total_time=$(FUZZ_SECONDS) -max_len=65536
	cd shared/matting && cargo +nightly fuzz run catalogue fuzz/corpus/catalogue fuzz/seeds/catalogue -- -max_total_time=$(FUZZ_SECONDS) -max_len=8192
	cd shared/matting && cargo +nightly fuzz run graph fuzz/corpus/graph ../../fixtures/models -- -max_total_time=$(FUZZ_SECONDS) -max_len=8192

advisories: setup ## Check the crates for known vulnerabilities and their licenses; needs the advisory database on GitHub
	@$(SETUP) deny
	@$(SANSFOND_HOME)/tools/bin/cargo-deny --workspace --locked check

dev-check: model ## Change a component and a route under `make dev`, break a build, and stop it, in a copy of the checkout
	@$(SETUP) cloud site
	@$(CLOUD_PYTHON) infra/check/run_dev.py

reset: ## Delete the data of the local cloud: accounts, files, jobs
	@rm -rf "$(SANSFOND_HOME)/local"

clean: ## Delete everything that was installed, downloaded and prepared
	@rm -rf "$(SANSFOND_HOME)"
