# The commands of this project. Each one first installs missing tools (.ci/setup, about a second if
# none is missing) and runs in their environment (.ci/with-env). ARGS="..." adds arguments to the
# commands whose help names it.

MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help
.NOTPARALLEL:

WITH  := .ci/with-env
STAGE := .ci/stage

SETUP_TEST    = $(STAGE) "set-up script" .ci/setup-test
FMT_CHECK     = $(STAGE) "formatting" cargo fmt --all --check
CLIPPY_NATIVE = $(STAGE) "clippy, native" cargo clippy --workspace --exclude frontend --all-targets --features leaderport/service -- -D warnings
CLIPPY_WASM   = $(STAGE) "clippy, wasm32" cargo clippy -p frontend --all-features --target wasm32-unknown-unknown -- -D warnings
UNIT          = $(STAGE) "tests of the crates" .ci/with-services cargo test --workspace --exclude frontend --features leaderport/service
VALKEY        = $(STAGE) "contract over Valkey" .ci/valkey cargo test --workspace --exclude frontend --features leaderport/service --test contract
BUILD         = $(STAGE) "release build" .ci/site
TSC           = $(STAGE) "types of the browser tests" npm --prefix end2end run check --silent
E2E           = $(STAGE) "end to end" .ci/with-services npm --prefix end2end test --silent --

.PHONY: help
help: ## Lists all commands.
	@awk '/^[a-z0-9-]+:.* ## / { name = $$1; sub(/:/, "", name); sub(/.* ## /, ""); printf "  make %-8s %s\n", name, $$0 }' Makefile

.PHONY: run
run: ## Builds and starts LeaderPort on http://127.0.0.1:3000 (ARGS: additional flags of `serve`).
	@test -e target/release/leaderport || echo "Only the first run is slow, about 25 minutes on two cores. It downloads cargo-leptos and wasm-bindgen, or compiles them in about 6 minutes if GitHub is unreachable. Then it compiles the pages and the server, about 18 minutes. docs/benchmarks.md has the times."
	@$(MAKE) build
	@$(WITH) target/release/leaderport serve --make-token --sample $(ARGS)

.PHONY: test
test: ## Checks everything: formatting, lints, unit tests, release build, tests in a real browser.
	@.ci/setup test
	@$(SETUP_TEST)
	@$(FMT_CHECK)
	@$(TSC)
	@$(CLIPPY_NATIVE)
	@$(CLIPPY_WASM)
	@$(UNIT)
	@$(VALKEY)
	@$(BUILD)
	@$(E2E)

.PHONY: bench
bench: ## Measures throughput and latency (ARGS: arguments of `cargo bench -p server`).
	@.ci/setup bench
	@LEADERPORT_SERVICES_FLUSH=on .ci/with-services $(WITH) cargo bench -p server $(ARGS)

.PHONY: bench-ui
bench-ui: build ## Compares the board's page with one in React and TanStack (ARGS: --rows, --rounds, --seconds).
	@.ci/setup peer
	@$(WITH) npm --prefix end2end/peer run build --silent
	@$(WITH) node end2end/peer/bench.mjs $(ARGS)

.PHONY: cluster
cluster: build ## Starts PostgreSQL, Redis and three nodes, on ports 3001 to 3003.
	@.ci/setup unit
	@.ci/with-services $(WITH) .ci/cluster

.PHONY: dev
dev: ## Serves on http://127.0.0.1:3000; rebuilds and reloads at every change.
	@.ci/setup build
	@$(WITH) cargo leptos watch --split $(ARGS) -- serve --make-token --sample

.PHONY: build
build: ## Builds for release: target/release/leaderport and target/site.
	@.ci/setup build
	@$(BUILD)

.PHONY: setup
setup: ## Installs the tools for development and tests, including the browser.
	@.ci/setup test

.PHONY: lint
lint: ## Runs clippy, native and for wasm32.
	@.ci/setup build
	@$(CLIPPY_NATIVE)
	@$(CLIPPY_WASM)

.PHONY: fmt
fmt: ## Formats the Rust sources.
	@.ci/setup build
	@$(WITH) cargo fmt --all

.PHONY: unit
unit: ## Runs the tests of the crates with PostgreSQL and Redis (ARGS: arguments of `cargo test`).
	@.ci/setup unit
	@$(UNIT) $(ARGS)

.PHONY: e2e
e2e: ## Builds, then runs the tests in a real browser (ARGS: arguments of Playwright).
	@.ci/setup test
	@$(BUILD)
	@$(E2E) $(ARGS)

.PHONY: long
long: ## Builds, then scrolls a board of ten million rows in a real browser (about 15 minutes).
	@.ci/setup test
	@$(BUILD)
	@LEADERPORT_LONG_ROWS=10000000 $(E2E) long-board $(ARGS)

.PHONY: valkey
valkey: ## Runs the contract tests and the benchmark of two nodes over Valkey, if there is a valkey-server.
	@.ci/setup bench
	@$(VALKEY)
	@LEADERPORT_SERVICES_FLUSH=on .ci/valkey $(WITH) cargo bench -p server --bench nodes

.PHONY: model
model: ## Runs ten million random operations of the rank index and 100,000 seeds of the realtime protocol.
	@.ci/setup build
	@LEADERPORT_SEEDS=100000 $(WITH) cargo test --release -p leaderport --lib live::simulation -- --nocapture
	@LEADERPORT_MODEL_OPS=10000000 $(WITH) cargo test --release -p leaderport --test rank_index_model -- --nocapture

.PHONY: fuzz
fuzz: ## Fuzzes the decoders of the realtime protocol (ARGS: a target; FUZZ_SECONDS: seconds each, default 60).
	@.ci/setup fuzz
	@$(WITH) .ci/fuzz $(ARGS)

.PHONY: clean
clean: ## Removes build results and test results; installed tools stay.
	@rm -rf target end2end/test-results end2end/playwright-report end2end/screenshots
