# Voicex: `make demo` is a phone call, `make run` the service. Each target installs what it needs.

PYTHON ?= python3
# How many processes run the tests: three keep two cores busy, for much of it waits for calls.
WORKERS ?= 3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
CATALOGUES := $(patsubst %.po,%.mo,$(wildcard locale/*/LC_MESSAGES/django.po))
# Where the system has certificates uv trusts those, as pip does: a company's proxy signs with its own.
CERTS := $(if $(wildcard /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt /etc/ssl/cert.pem),--system-certs)

# Tests start a hundred processes: without what Python has compiled, each compiles everything anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: install demo run dev seed test quick coverage check security bench faults lock messages clean

install: $(STAMP) .env $(CATALOGUES)

# uv is the installer: it verifies the same hashes as pip, in seconds instead of minutes.
$(STAMP): requirements.txt requirements-dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Voicex needs Python 3.11 or newer; set PYTHON=python3.11")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	grep -A 99 '^uv==' requirements-dev.txt | sed -n '1p;2,$${/^ /!q;p}' > $(VENV)/uv.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps --requirement $(VENV)/uv.txt
	$(BIN)/python -m uv --quiet pip install $(CERTS) --python $(BIN)/python --no-deps --require-hashes --requirement requirements.txt --requirement requirements-dev.txt
	touch $(STAMP)

.env: | $(STAMP)
	@$(BIN)/python -m voicex.secrets.first_env

# Translations as Django reads them; compiled by Babel, because gettext is not on every machine.
%.mo: %.po | $(STAMP)
	@$(BIN)/python -m voicex.catalogues compile

demo: install
	@$(BIN)/python manage.py demo

run: install
	@$(BIN)/python manage.py run

# For work on the code: restarts when it changes, answers at once on scripted engines.
dev: export DEBUG := true
dev: export TEST_ENGINES := true
dev: export DEFAULT_STT := scripted
dev: export DEFAULT_LLM := scripted
dev: export DEFAULT_TTS := scripted
dev: export DRAIN_SECONDS := 0
dev: export TWILIO_APP_URL := http://localhost:$(or $(PORT),8000)
dev: export MEDIA_APP_URL := http://localhost:$(or $(PORT),8000)
dev: install
	@$(BIN)/python manage.py run --reload

# A month of believable calls for the organization of `make run` and `make dev`.
seed: install
	@$(BIN)/python -m testing.seed

test: install
	@.ci/services
	$(BIN)/python -m pytest --numprocesses $(WORKERS) --dist loadfile --no-loadscope-reorder -q -rs

# The tests without servers, models and browser, in under a minute: for every change.
quick: install
	$(BIN)/python -m testing.quick $(WORKERS)

# Fails for a line of the core, the ledger or admission that none of their own tests runs. Tests that
# draw are left out: what they run is not the same each time.
coverage: install
	$(BIN)/python -m coverage run -m pytest -q -m 'not slow' telephony/session agents/speech usage/billing telephony/admission
	$(BIN)/python -m coverage report

check: install
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/djlint --lint --quiet templates
	$(BIN)/mypy .
	$(BIN)/lint-imports
	$(BIN)/bandit --quiet --configfile pyproject.toml --severity-level medium --recursive accounts agents dashboard telephony usage voicex manage.py
	$(BIN)/python .ci/audit.py
	$(BIN)/python manage.py secret_routes
	TWILIO_APP_URL=https://voicex.example $(BIN)/python manage.py check --deploy --fail-level WARNING
	$(BIN)/python manage.py makemigrations --check --dry-run

# Every attack that we know; writes docs/security-report.md.
security: install
	@.ci/services
	$(BIN)/python -m tests.security

bench: install
	$(BIN)/python -m benchmarks

# Real processes, killed, frozen and stopped under calls; writes the tables of docs/reliability.md.
faults: install
	@.ci/services
	$(BIN)/python -m benchmarks.faults $(if $(KILLS),--kills $(KILLS)) $(if $(ONLY),--only $(ONLY)) $(if $(RESUME),--resume)

# Resolve again what requirements*.in ask for; the hashes make every install the same.
lock: install
	$(BIN)/python -m uv pip compile --quiet $(CERTS) --universal --python-version 3.11 --generate-hashes --no-annotate --no-header --override requirements-overrides.txt requirements.in --output-file requirements.txt
	$(BIN)/python -m uv pip compile --quiet $(CERTS) --universal --python-version 3.11 --generate-hashes --no-annotate --no-header requirements-dev.in --output-file requirements-dev.txt

# Collect the texts of templates and code into locale/*/LC_MESSAGES/django.po, for translators.
messages: install
	$(BIN)/python -m voicex.catalogues extract

clean:
	rm -rf $(VENV) var .mypy_cache .ruff_cache .pytest_cache .hypothesis
