# Each target installs what it needs itself; nothing but Python 3.11+ (with venv and pip) and make has to be there.
# The work is done in stack/install.py, so that messages are sentences and nothing here needs more than a POSIX shell.
PYTHON ?= python3
RUN = .venv/bin/python
INSTALL = $(PYTHON) -m stack.install
# make test ARGS="-k chain tests/common" runs a part.
ARGS ?=
# One worker more than cores: many tests wait for processes that they have killed.
WORKERS ?= $(shell $(PYTHON) -c 'import os; print(min(4, (os.cpu_count() or 1) + 1))')
TESTS = $(RUN) -m pytest -n $(WORKERS)

.DEFAULT_GOAL := help
.PHONY: help demo test check bench faults attack messages lock clean python

help:
	@echo 'make demo      the whole platform with a synthetic city, until Ctrl-C (PORT, HOST, ELEVATORS, DATABASE_URL, REDIS_URL)'
	@echo 'make test      all tests on real services, the browser tests too where there is a Chromium (ARGS=…)'
	@echo 'make check     lint, format, layers, migrations, translations'
	@echo 'make faults    the tests that kill and cut things, the long ones too'
	@echo 'make attack    every attack of docs/attacks.md, and how often each was tried'
	@echo 'make bench     our numbers against their floors, at city scale'
	@echo 'make messages  collect and compile the translations'
	@echo 'make lock      resolve requirements/*.in anew'
	@echo 'make clean     remove everything that was installed or built; the data in var/ stays'

# A clear sentence before stack/ is even read: an older Python would answer with a syntax error.
python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
	  { echo '$(PYTHON) is missing or older than 3.11. Install Python 3.11 or newer, or name it: make PYTHON=python3.12 …' >&2; exit 1; }

demo: python
	@$(INSTALL) runtime embedded frontend messages
	@exec $(RUN) -m stack.demo

test: python
	@$(INSTALL) runtime embedded dev frontend messages chromium
	@$(TESTS) -m 'not long' $(ARGS)

faults: python
	@$(INSTALL) runtime embedded dev frontend messages chromium
	@$(RUN) -m pytest $(if $(ARGS),$(ARGS),tests/faults tests/stack)
	@$(if $(ARGS),,$(RUN) -m pytest -m long --ignore tests/faults --ignore tests/stack)

# The tests that docs/attacks.md names; tests/attack/counts.py prints the sums.
ATTACKS = tests/attack tests/matrix tests/portal tests/registry/test_plates_rules.py tests/common/test_attachments.py \
  tests/common/test_intake_hostile.py tests/common/test_settings.py tests/common/test_problems.py tests/common/test_ledgers.py tests/common/test_access_log.py \
  tests/common/test_personal.py tests/common/test_secret_files.py tests/accounts/test_sign_in.py \
  tests/accounts/test_second_factor.py tests/accounts/test_second_factor_set_up.py tests/accounts/test_second_person.py tests/accounts/test_sessions.py \
  tests/accounts/test_invitations.py tests/accounts/test_machines.py tests/accounts/test_personal.py \
  tests/accounts/test_audit.py tests/stack/test_production.py

attack: python
	@$(INSTALL) runtime embedded dev frontend messages
	@ATTACK=1 $(TESTS) $(if $(ARGS),$(ARGS),$(ATTACKS))

check: python
	@$(INSTALL) runtime embedded dev frontend messages
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check .
	.venv/bin/lint-imports
	$(RUN) -m stack.ephemeral sh -c '$(RUN) manage.py check && $(RUN) manage.py makemigrations --check --dry-run'
	@if [ -f tools/messages.py ]; then echo '$(RUN) tools/messages.py check'; $(RUN) tools/messages.py check; fi

bench: python
	@$(INSTALL) runtime embedded dev frontend messages
	@$(RUN) -m bench $(ARGS)

messages: python
	@$(INSTALL) runtime embedded dev
	@$(RUN) tools/messages.py collect
	@$(INSTALL) messages

lock: python
	@$(INSTALL) lock

clean:
	rm -rf .venv frontend/node_modules frontend/dist var/chromium var/static .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
	find locale -name '*.mo' -delete
	@if [ -d var ]; then echo 'The data of the demo stays in var/; to remove it too: rm -r var'; fi
