# vodsrv: `make help` says what can be done here.

GO          ?= go
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2
ERRCHECK    := github.com/kisielk/errcheck@v1.30.0
FUZZTIME    ?= 60s
DIST        ?= dist
# Without C libraries and the command line's writer of manuals, which nobody
# here asks for, the program starts in a fifth less of CPU time.
TAGS        := -tags urfave_cli_no_docs
BUILD       := CGO_ENABLED=0 $(GO) build $(TAGS)
VERSION     ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)

BROWSERTEST := internal/browsertest
# Where deps.sh puts a newer Node if the machine's is too old.
export PATH := $(CURDIR)/$(BROWSERTEST)/node_modules/.bin:$(PATH)
# What WebKitGTK can be asked by WebDriver, which is less than what the others can be.
WEBKITTESTS := $(addsuffix .test.mjs,list folder playback seek ways startup growing reconnect)
TESTCACHE   := $(or $(TMPDIR),/tmp)/vodsrv-testmedia

.DEFAULT_GOAL := help
.PHONY: help run build test test-all lint race fuzz bench bench-browser clean dist sample vendor screenshot plays deps deps-all unit page-test browser-test

help: ## list these targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

run: build ## build, and serve the bundled sample at http://localhost:8327
	./vodsrv serve

build: ## build ./vodsrv
	$(BUILD) -o vodsrv .

test: deps lint unit page-test browser-test ## everything a change must pass; installs what it needs as root on Debian

test-all: export VODSRV_LONG = 1
test-all: deps-all test ## test, with the long browser tests, Firefox, WebKit, and 10 s of fuzzing a target
	cd $(BROWSERTEST) && BROWSER=firefox node --test --test-concurrency=1
	cd $(BROWSERTEST) && BROWSER=webkit node --test --test-concurrency=1 $(WEBKITTESTS)
	$(MAKE) fuzz FUZZTIME=10s

lint: ## gofmt, vet, staticcheck, errcheck, go mod tidy
	@unformatted=$$(gofmt -l .) && if [ -n "$$unformatted" ]; then \
		echo "not gofmt-ed: $$unformatted"; exit 1; fi
	$(GO) vet ./...
	$(GO) run $(STATICCHECK) ./...
	$(GO) run $(ERRCHECK) ./...
	$(GO) mod tidy -diff

race: ## the Go tests with the race detector, in random order
	$(GO) test -race -shuffle=on ./...

fuzz: ## each fuzz target for FUZZTIME (60s)
	internal/tools/fuzz.sh $(FUZZTIME)

bench: build ## the table of ratios, on a film of BENCH_SIZE megabytes (3500) made once
	$(GO) run ./internal/bench ./vodsrv

bench-browser: export BENCH_ONLY = browser
bench-browser: build ## how soon Chromium shows a film after a click and a seek, beside <video> from nginx
	$(GO) run ./internal/bench ./vodsrv

sample: ## draw media/sample.mp4 anew (see media/README.md)
	internal/testmedia/clip.sh media/sample.mp4 30 \
		-c:v libx264 -preset slow -bf 2 -g 50 -c:a aac -b:a 96k

vendor: ## fetch the player's third-party modules anew, in the versions of public/vendor/versions.txt
	internal/tools/vendor.sh

dist: ## static binaries for Linux on amd64 and arm64 with the page inside, their licences and checksums, in DIST (dist)
	rm -rf $(DIST) && mkdir -p $(DIST)
	for arch in amd64 arm64; do GOOS=linux GOARCH=$$arch $(BUILD) -trimpath \
		-ldflags '-s -w -X main.version=$(VERSION)' -o $(DIST)/vodsrv-linux-$$arch . || exit 1; done
	GO=$(GO) internal/tools/licenses.sh >$(DIST)/LICENSES.txt
	cd $(DIST) && sha256sum vodsrv-linux-* LICENSES.txt >SHA256SUMS

plays: build ## play the files of ../shared/corpus (VODSRV_CORPUS) and write docs/plays.md
	cd $(BROWSERTEST) && VODSRV_PLAYS=$(CURDIR)/docs/plays.md node --test plays.test.mjs

screenshot: build ## take the README's pictures of the real pages
	mkdir -p docs
	cd $(BROWSERTEST) && node screenshot.mjs

clean: ## remove what was built, installed below this folder, and cached for tests
	rm -rf vodsrv $(DIST) $(BROWSERTEST)/node_modules $(TESTCACHE)

deps:
	internal/tools/deps.sh

deps-all:
	internal/tools/deps.sh firefox webkit

unit: race
	CGO_ENABLED=0 $(GO) test $(TAGS) -run TestMemory ./server ./server/subtitle

# Before 20.19 Node takes a .js file for CommonJS unless it is told otherwise.
page-test:
	@flag=--experimental-default-type=module; node $$flag -e 0 2>/dev/null || flag=; \
		set -x; node $$flag --test public/test/*.test.js

browser-test: build
	cd $(BROWSERTEST) && node --test --test-concurrency=2
