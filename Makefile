# What a user needs: make demo, make test, make bench. Everything they set up is below .local, which git ignores.
.PHONY: help demo stop ops graph preview test soak witness fuzz mutants bench lint licences release vuln size clean

CLOUD := .local/bin/cloud

help: ## show this
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(CLOUD) ## deploy on the embedded cloud, send events, report, destroy; EVENTS=file.jsonl, KEEP=1
	@$(CLOUD) demo $(if $(EVENTS),-events '$(EVENTS)') $(if $(filter-out 0,$(KEEP)),-keep)

stop: $(CLOUD) ## end what KEEP=1 or a killed demo left running
	@$(CLOUD) stop

# The Go toolchain knows better than make whether the program is up to date.
.PHONY: $(CLOUD)
$(CLOUD):
	@command -v go >/dev/null || { echo "error: Go is not on PATH; install Go 1.26 or newer" >&2; exit 1; }
	@cd local && GOWORK=off go build -o ../$@ ./cmd/cloud

ops: ## build the operator's command, .local/bin/ops; docs/ops.md says what it does
	@cd ops && GOWORK=off go build -o ../.local/bin/ops .

POLICY := .local/bin/policy

.PHONY: $(POLICY)
$(POLICY):
	@cd policy && GOWORK=off go build -o ../$@ .

STACK := prod

graph: $(POLICY) ## write what a stack declares to graphs/<stack>.json, to commit with the edit; STACK=prod
	@$(POLICY) graph -stack '$(STACK)'

preview: $(POLICY) ## what an edit changes against the committed graph; STACK=prod, FORMAT=json or markdown, ACCEPT=<policy>, AGAINST=<file>
	@$(POLICY) preview -stack '$(STACK)' -format '$(or $(FORMAT),text)' -accept '$(ACCEPT)' -against '$(AGAINST)'

MODULES := infra function genesys ops policy local
PACKAGES := $(MODULES:%=./%/...)
# A module beside go.work, for what its tool requires.
TOOL := local/tools/mutants

test: $(CLOUD) ## every test there is: unit, simulation, infrastructure, end to end on the embedded cloud; fuzzers briefly
	@$(CLOUD) setup
	@$(MAKE) --no-print-directory fuzz FUZZ=10000x
	go test -timeout 30m $(PACKAGES)
	cd $(TOOL) && GOWORK=off go test -count=1 ./...

soak: export SIM_FIRST_SEED ?= $(shell date +%Y%m%d00000)
soak: export SIM_DELIVERIES ?= 5000000
soak: ## the simulation for about ten minutes, in the worlds of today's date; SIM_DELIVERIES=50000000 for longer, SIM_FIRST_SEED for others
	@cd function && go test ./internal/simulation -run 'TestPromises$$' -count=1 -v -timeout 24h

witness: ## the aws stand-in beside the released provider; needs terraform and a mirror of it, else says SKIPPED; RECORD=1 records calls
	go test ./local/offline/awsprovider -count=1 -timeout 30m -run Witness -v

FUZZ := 1m

fuzz: ## every fuzzer of the function; FUZZ=10m or FUZZ=1000000x says how long each
	@mkdir -p .local
	@cd function && grep -roE '^func Fuzz[A-Za-z]+' --include='*_test.go' . | sort | while IFS=: read -r file name; do \
		echo "fuzz $${name#func } in $$(dirname $$file)" && \
		go test -run '^$$' -fuzz "^$${name#func }$$" -fuzztime $(FUZZ) $$(dirname $$file) </dev/null >../.local/fuzz.log 2>&1 || \
		{ cat ../.local/fuzz.log; exit 1; }; tail -n 1 ../.local/fuzz.log; done

GREMLINS := .local/bin/gremlins
MUTANTS := .local/bin/mutants

mutants: ## which changes of an operator the engine's tests let pass; fails below 92 % killed, 95 % covered; PKG=dedup for one package
	@cd $(TOOL) && GOWORK=off go build -o ../../../$(GREMLINS) github.com/go-gremlins/gremlins/cmd/gremlins
	@cd $(TOOL) && GOWORK=off go build -o ../../../$(MUTANTS) .
	@cd function && ../$(MUTANTS) -gremlins ../$(GREMLINS) $(PKG)

bench: $(CLOUD) ## the function beside its peers; writes .local/bench.json and .local/bench.svg
	@go run ./function/internal/bench
	@$(CLOUD) chart

LINTER := .local/bin/golangci-lint

ACTIONLINT := .local/bin/actionlint

lint: ## gofumpt, go vet and golangci-lint, each module by itself; the workflows and their scripts
	@cd local/tools/workflows && GOWORK=off go build -o ../../../$(ACTIONLINT) github.com/rhysd/actionlint/cmd/actionlint
	@$(ACTIONLINT)
	@.ci/scripts-test.sh
	@cd local/tools/lint && GOWORK=off go build -o ../../../$(LINTER) github.com/golangci/golangci-lint/v2/cmd/golangci-lint
	@for module in $(MODULES) $(TOOL); do echo "lint $$module" && \
		(cd $$module && GOWORK=off $(CURDIR)/$(LINTER) run --config $(CURDIR)/.golangci.yml ./...) || exit 1; done

licences: ## the dependencies of function and infra by licence; fails on one that is not allowed
	@.ci/licences.sh

release: ## the release of this commit, in .local/release: sources, the function's zips, SBOMs, licences, checksums; VERSION=
	@.ci/release.sh

VULNCHECK := .local/bin/govulncheck

vuln: ## the dependencies of each module against the Go vulnerability database, where it can be reached
	@cd local/tools/lint && GOWORK=off go build -o ../../../$(VULNCHECK) golang.org/x/vuln/cmd/govulncheck
	@for module in $(MODULES); do echo "vuln $$module"; \
		(cd $$module && GOWORK=off ../$(VULNCHECK) ./...) >.local/vuln.log 2>&1 && continue; \
		grep -q 'fetching vulnerabilities' .local/vuln.log && { echo "skipped: the vulnerability database can't be reached"; break; }; \
		cat .local/vuln.log; exit 1; done

PROOF := ^local/|^function/internal/(simulation|dynamofake|bounded|bench)|^function/lambdatest|^genesys/genesystest|/settingstest/|/testdata/

size: ## how much of the Go that is not tests is the product, and how much its proving ground
	@git ls-files '*.go' | grep -v '_test\.go$$' | while read -r file; do echo "$$(wc -l <"$$file") $$file"; done | awk '\
		{ all += $$1 } $$2 !~ "$(PROOF)" { product += $$1 } \
		END { printf "%d of %d lines are the product: %.0f %%\n", product, all, 100 * product / all }'
	@for module in $(MODULES); do (cd $$module && GOWORK=off go list ./...); done | awk 'END { print NR " packages" }'

clean: stop ## remove everything that the commands made
	rm -rf .local
