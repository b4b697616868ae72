# SPDX-License-Identifier: Apache-2.0

VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
LDFLAGS := -s -w -X main.version=$(VERSION)
RUNFLAGS ?=
FUZZ_SECONDS ?= 60
BENCHFLAGS ?=

# What the console is made of. Without Node the program still builds, with a page that says so.
WEB_SOURCES := $(shell find web -type f -not -path '*/node_modules/*' -not -path 'web/dist/*' -not -name '*.go' 2>/dev/null)

.DEFAULT_GOAL := help
.PHONY: help setup build run test lint check gen bench microbench fuzz size scenario browser clean

help: ## Show this help
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## Install what the tests need (asks apt when root; says what is missing otherwise)
	@scripts/setup.sh

build: web/dist/index.html ## Build bin/tandem, console included
	go build -ldflags '$(LDFLAGS)' -o bin/tandem ./cmd/tandem

web/dist/index.html: $(WEB_SOURCES)
	@scripts/web.sh build

run: build ## Start the demo on this machine: a board that moves, on http://127.0.0.1:8080
	bin/tandem serve --dev $(RUNFLAGS)

test: ## Run all tests; starts a private PostgreSQL and says what it had to skip
	@scripts/test.sh all

lint: ## Check style and what compilers do not see
	@scripts/lint.sh

check: lint test ## What CI runs

gen: ## Write the generated files again
	go generate ./...

bench: ## Measure the program, in a few minutes; BENCHFLAGS=-update writes docs/benchmarks.md
	@scripts/bench.sh $(BENCHFLAGS)

microbench: ## Measure the parts that carry load
	go test -run '^$$' -bench . -benchmem ./internal/...

fuzz: ## Fuzz each target for a minute (FUZZ_SECONDS=3600 for an hour)
	@scripts/fuzz.sh $(FUZZ_SECONDS)

size: ## Show the largest files, functions and packages
	@TANDEM_SIZES=print go test -count=1 -run '^TestSizes$$' -v ./internal | grep -v '^[=-]'

scenario: ## Run the scenarios against the built program
	@scripts/test.sh scenario

browser: build ## Run the browser tests in Chromium
	@scripts/test.sh browser

clean: ## Remove what was built, but no data
	rm -rf bin web/node_modules test/browser/node_modules
	find web/dist -mindepth 1 ! -name .gitkeep -delete 2>/dev/null || true
