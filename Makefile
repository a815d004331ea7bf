# The commands of a maintainer. A user needs none of them: go run ./cmd/tamis, go test ./...
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
GO ?= go
TIME ?= 20s
COUNT ?= 1
OUT ?= out
PYTHON ?= python3

.PHONY: help build neural test lint bench race fuzz golden interop quality models step real compare cross words languages verdicts

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

build: ## the program, as ./tamis
	CGO_ENABLED=0 $(GO) build -trimpath -o tamis ./cmd/tamis

# A module of its own: what is below neural is not among ./... here.
neural: ## the program for transformers, as neural/tamis-neural, with its checks
	linter="$$($(GO) tool -n staticcheck)" && cd neural && $(GO) vet ./... && "$$linter" ./... && $(GO) test ./...
	cd neural && CGO_ENABLED=0 $(GO) build -trimpath -o tamis-neural .

test: ## all tests
	$(GO) test ./...

lint: ## gofmt, go vet, staticcheck
	@unformatted=$$(gofmt -l $$(git ls-files '*.go')); test -z "$$unformatted" || { echo "not gofmt'd: $$unformatted"; exit 1; }
	$(GO) vet ./...
	$(GO) tool staticcheck ./...

race: ## the race detector over what runs on several goroutines
	$(GO) test -race ./engine ./spool ./shards

bench: ## MB/s of one core for each step, for reading and for writing
	$(GO) test -run='^$$' -bench=. -benchmem -cpu=1 -count=$(COUNT) ./...

fuzz: ## every fuzz target for TIME (20s); FUZZ=Recipe only those whose names have it
	@for f in $$(grep -rl --include='*_test.go' '^func Fuzz' .); do \
	  for name in $$(sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\).*/\1/p' $$f | grep -E '$(FUZZ)'); do \
	    echo "$$(dirname $$f) $$name"; \
	    GO=$(GO) .ci/fuzz $$(dirname $$f) $$name $(TIME); \
	  done; \
	done

golden: ## accept the output of all golden tests; read the diff
	$(GO) test ./filters ./dedup ./classify -rewrite
	$(GO) test ./recipe ./report ./cmd/tamis -update

interop: ## other programs read what tamis writes: pyarrow, datasets, polars, DuckDB
	PYTHON=$(PYTHON) .ci/interop

# The tests that print figures.
FIGURES = Truth|Oracle|Published|Real|Presidio|Planted|Clean|Marked|Ftfy|AsDatatrove|FindsWhat|OnLists|Toxicity|Recall

quality: ## recall, precision and yield on the real texts beside a checkout
	$(GO) test -v -count=1 -run='$(FIGURES)' ./dedup ./filters
	$(GO) test -v -count=1 -timeout=30m -run='$(FIGURES)' ./classify ./cmd/tamis -slow

words: ## the words of the splitter spacy beside those of spaCy from PyPI
	PYTHON=$(PYTHON) .ci/words

languages: ## names of languages beside those of lid.176.ftz and lingua from PyPI
	PYTHON=$(PYTHON) .ci/languages

verdicts: ## the verdicts of datatrove from PyPI on texts that are not recorded beside those of the steps
	PYTHON=$(PYTHON) .ci/verdicts

models: ## train the built-in models again
	$(GO) run ./classify/makemodels

step: ## make step NAME=uppercase writes a filter, its cases and its line in the table
	.ci/step "$(NAME)"

real: ## configs/real.yaml over the real texts beside a checkout
	$(GO) run ./cmd/tamis run configs/real.yaml

compare: ## the same documents through datatrove, text-dedup, rensa, datasketch, SemHash and tamis, one core each
	PYTHON=$(PYTHON) .ci/compare

cross: ## the same bytes on arm64, under qemu-user where that is installed
	.ci/cross
