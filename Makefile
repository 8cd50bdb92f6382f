# What a user needs: make demo, make test, make bench. Everything they set up is below .local, which git ignores.
.PHONY: help demo stop test bench lint clean

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

MODULES := infra function genesys local
PACKAGES := $(MODULES:%=./%/...)

test: $(CLOUD) ## every test there is: unit, simulation, infrastructure, end to end on the embedded cloud
	@$(CLOUD) setup
	go test -timeout 30m $(PACKAGES)

bench: ## the function beside its peers; writes .local/bench.json and .local/bench.svg
	@go run ./local/cmd/bench

LINTER := .local/bin/golangci-lint

lint: ## gofumpt, go vet and golangci-lint, each module by itself
	@cd local/tools/lint && GOWORK=off go build -o ../../../$(LINTER) github.com/golangci/golangci-lint/v2/cmd/golangci-lint
	@for module in $(MODULES); do echo "lint $$module" && (cd $$module && GOWORK=off ../$(LINTER) run --config ../.golangci.yml ./...) || exit 1; done

clean: stop ## remove everything that the commands made
	rm -rf .local
