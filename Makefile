# Concord. `make help` lists the targets.
SHELL := /bin/bash
SWIFT ?= swift
CONFIGURATION ?= release
BUILD := $(SWIFT) build -c $(CONFIGURATION)
STUDY ?= ultrasound
SHARED ?= ../shared

.DEFAULT_GOAL := help
.PHONY: help deps build test lint demo study-nsclc study-table study-heart study-validation study-images bench proto clean

help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

deps: ## Install the Debian packages that are missing (sudo only when not root)
	@deploy/bootstrap.sh

build: deps ## Build concord, concord-agent and concord-coordinator (release)
	@echo "building (the first time takes about ten minutes on two cores)" >&2
	@for product in concord-coordinator concord-agent concord; do $(BUILD) --product $$product || exit 1; done

test: deps ## Run all tests, the end-to-end test with real processes included
	@echo "building the tests (the first time takes about ten minutes on two cores)" >&2
	@$(BUILD) --build-tests
	@$(SWIFT) test -c $(CONFIGURATION) --skip-build --parallel --num-workers 2

lint: deps ## Floors, formatting, doc comments
	@deploy/lint/lint.sh

demo: build ## Five hospitals on this machine, all processes real (STUDY=ultrasound or STUDY=ct)
	@deploy/demo.sh $(STUDY)

study-nsclc: build ## Three centres' published feature tables (DATA=folder)
	@deploy/study-nsclc.sh "$(or $(DATA),$(SHARED)/data/multicentre/nsclc_ct_radiotherapy_3centres)"

study-table: build ## A protocol on one table with real agents, beside the pooled rows (PROTOCOL= TABLE= SITES=column CASE=column FEATURES=)
	@deploy/study-table.sh "$(PROTOCOL)" "$(TABLE)" "$(SITES)" "$(CASE)" $(FEATURES)

study-heart: build ## Heart disease at four centres, the published split (DATA=folder)
	@deploy/study-heart.sh "$(or $(DATA),$(SHARED)/data/multicentre/fed_heart_disease)"

study-validation: build ## Refits and drop of heart disease as stages, compared with the pooled rows (DATA=folder)
	@deploy/study-validation.sh "$(or $(DATA),$(SHARED)/data/multicentre/fed_heart_disease)"

study-images: build ## Real CT volumes and liver ultrasound images (DATA=folder)
	@deploy/study-images.sh "$(or $(DATA),$(SHARED)/data/images)"

bench: build ## Measure extraction, a round, memory and the statistics, beside other tools
	@deploy/bench-peers.sh
	@deploy/bench.sh

proto: ## Regenerate the message types (needs protoc and protoc-gen-swift)
	@protoc --swift_out=Sources/Wire/Generated --swift_opt=Visibility=Internal -I Sources/Wire Sources/Wire/concord.proto

clean: ## Remove build products and the demo's folder
	@rm -rf .build .demo
