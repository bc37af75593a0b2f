# `make demo` and `make test` set up everything in .venv, with locked dependencies.
PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin/python

.PHONY: demo test soak lock peers benchmarks clean

demo: $(VENV)/.ready
	$(RUN) -m spikelens demo --out demo

test: $(VENV)/.ready
	$(RUN) scripts/check

soak: $(VENV)/.ready
	$(RUN) -m pytest -m soak

$(VENV)/.ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Spikelens needs Python 3.11 or newer; say which: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv $(VENV)
	$(RUN) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(RUN) -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

# The newest versions that fit pyproject.toml, for every system, with hashes.
lock:
	$(RUN) -m pip install --quiet uv
	$(RUN) -m uv pip compile pyproject.toml --all-extras --group dev --universal --python-version 3.11 \
		--generate-hashes --no-strip-extras --no-emit-index-url --no-emit-find-links --no-header --no-annotate --upgrade -o requirements.lock

# Other packages, in an environment of their own, to measure ourselves against.
peers:
	$(PYTHON) -m venv .venv-peers
	.venv-peers/bin/python -m pip install --quiet --require-hashes -r benchmarks/peers.lock
	.venv-peers/bin/python -m pip install --quiet --no-deps ipfx==2.1.2

benchmarks: $(VENV)/.ready
	$(RUN) benchmarks/kernels.py
	$(RUN) benchmarks/speed.py
	SPIKELENS_PEERS=.venv-peers/bin/python $(RUN) benchmarks/peers.py

clean:
	rm -rf $(VENV) .venv-peers demo build dist
