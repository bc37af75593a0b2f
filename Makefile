# `make demo` and `make test` set up everything in .venv, with locked dependencies.
PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin/python

.PHONY: demo test soak oldest package manual lock peers benchmarks clean

demo: $(VENV)/.ready
	$(RUN) -m spikelens demo --out demo

test: $(VENV)/.ready
	$(RUN) scripts/check

# What takes long: long tests, the lowest versions of all dependencies, wheel and sdist in empty environments.
soak: $(VENV)/.ready
	$(RUN) -m pytest -m soak
	$(RUN) scripts/check_package
	$(RUN) scripts/check_oldest

oldest: $(VENV)/.ready
	$(RUN) scripts/check_oldest

package: $(VENV)/.ready
	$(RUN) scripts/check_package

# The manual, at http://127.0.0.1:8000 while it is written; `$(RUN) -m mkdocs build` puts it into site/.
manual: $(VENV)/.ready
	$(RUN) -m mkdocs serve

$(VENV)/.ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Spikelens needs Python 3.11 or newer; say which: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv $(VENV)
	$(RUN) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(RUN) -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

# The newest versions that fit pyproject.toml, for every system, with hashes.
# SpikeInterface wants an older zarr than we do: it lives in the environment of peers.
lock:
	$(RUN) -m pip install --quiet uv
	$(RUN) -m uv pip compile pyproject.toml --extra dask --extra pynapple --extra zarr --group dev --universal --python-version 3.11 \
		--generate-hashes --no-strip-extras --no-header --no-annotate --upgrade -o requirements.lock

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
	rm -rf $(VENV) .venv-peers .venv-oldest demo build dist site
