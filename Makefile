# The front door. `make book` and `make test` set up everything they need in .venv.

PYTHON := $(shell for p in python3.13 python3.12 python3.11 python3 python; do \
	$$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null \
	&& echo $$p && break; done)
BIN := .venv/bin
CORES ?= all
# With little to choose from, Snakemake would still plan at length, and again every second.
SNAKEMAKE = PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/snakemake --cores $(CORES) --scheduler greedy \
	--max-jobs-per-timespan 100/5s --rerun-incomplete --keep-going --quiet all

.PHONY: book pdf laboratory test check check-style check-types check-library bench lab serve lock clean linkcheck check-reproducible check-wheel check-commands check-faults check-laboratory unlock calibration atlas

book: .venv/installed  ## build the book in _build/html; PARAMS=mine.yml RUNS=runs.csv: your edition
ifneq ($(PARAMS)$(RUNS),)
	@$(BIN)/scalebook edition $(if $(PARAMS),-f "$(PARAMS)") $(if $(RUNS),--runs "$(RUNS)")
else
	@$(SNAKEMAKE) || { test -z "$$(ls .snakemake/locks 2>/dev/null)" || echo \
		"Another build is running in this folder, or one was killed. If none is: make unlock" >&2; exit 1; }
	@echo "The book is in _build/html/index.html"
endif

# The edition that `make book` with the same values has just made.
EDITION = $(if $(PARAMS)$(RUNS),$$(cat _build/editions/.latest))

pdf: book  ## the book as _build/scalebook.pdf, or your edition in its folder; needs Chromium
	@$(BIN)/scalebook pdf $(if $(EDITION),--edition "$(EDITION)")

test: book  ## run all tests, those of the built book included
	@SCALEBOOK_REQUIRE_BOOK=1 $(BIN)/pytest -n auto --dist worksteal

check: .venv/installed  ## style, types and the library's own tests, side by side, in two minutes
	@$(MAKE) --no-print-directory --jobs 3 $(if $(filter output-sync,$(.FEATURES)),--output-sync) check-style check-types check-library

check-style: .venv/installed
	@$(BIN)/ruff check --quiet . && $(BIN)/ruff format --quiet --check .

check-types: .venv/installed
	@$(BIN)/mypy

check-library: .venv/installed
	@$(BIN)/pytest --quiet -n auto tests/scalinglaws tests/test_house.py src/scalinglaws

lab: .venv/installed  ## open JupyterLab on the notebooks
	@$(BIN)/jupyter lab --notebook-dir=. $(if $(filter 0,$(shell id -u)),--allow-root)

laboratory: .venv/laboratory  ## train the laboratory's networks again, some eight core hours; ONWARD=1: the missing
	@$(BIN)/scalebook laboratory --store $(if $(ONWARD),--onward)

check-faults: .venv/installed  ## make things go wrong around commands and builds; ONLY='pdf lock'
	@PYTHONPATH="$(CURDIR)/src" $(BIN)/python -P tests/inject.py $(ONLY)

check-laboratory: .venv/laboratory  ## the tests that train networks
	@$(BIN)/pytest --quiet tests/scalebook/laboratory src/scalebook/laboratory

bench: .venv/installed  ## time everything against a reference; QUICK=1 for a minute of it
	@OMP_NUM_THREADS=1 $(BIN)/python benchmarks $(if $(QUICK),--quick)

calibration: .venv/installed  ## make data/calibration*.csv anew: how wide prediction intervals must be
	@OMP_NUM_THREADS=1 $(BIN)/python benchmarks/calibration.py

atlas: .venv/installed  ## make data/atlas*.csv anew: every public suite by every method
	@OMP_NUM_THREADS=1 $(BIN)/python benchmarks/atlas.py

serve: book  ## show the book, or your edition, at http://localhost:8000
	@$(BIN)/python -m http.server --bind 127.0.0.1 --directory \
		"_build/$(if $(EDITION),editions/$(EDITION)/)html" 8000

# One version of a package for all Pythons wherever there is one, so that results are the same ones.
LOCKING = $(BIN)/uv pip compile $(if $(UPGRADE),--upgrade) --quiet --universal --python-version 3.11 \
	--fork-strategy fewest --generate-hashes --no-annotate --no-header

lock: .venv/installed  ## resolve the dependencies again; UPGRADE=1 takes the newest versions
	@$(LOCKING) --extra book --extra dev -o requirements.lock pyproject.toml
	@$(LOCKING) --extra laboratory --constraint requirements.lock -o laboratory.lock pyproject.toml

linkcheck: book  ## try the addresses that the book links to; needs the network
	@$(BIN)/jupyter-book build . --path-output _build/linkcheck --builder linkcheck

check-reproducible: book  ## build the commit elsewhere and compare every file
	@$(BIN)/python tests/reproducible.py

check-wheel: .venv/installed  ## install the wheel in empty environments and use it; DIST=dist keeps it
	@$(BIN)/python tests/wheel.py $(DIST)

check-commands: .venv/installed  ## run the commands that README and book show; ONLY='plan|fit': those that match
	@$(BIN)/python tests/commands.py "$(ONLY)"

unlock: .venv/installed  ## forget a build that was killed
	@$(BIN)/snakemake --unlock --cores 1 --quiet all

clean:  ## remove what was made of the repository; asks before it touches what you made
	rm -rf book/executed book/appendix .snakemake
	@test ! -d _build || find _build -mindepth 1 -maxdepth 1 ! -name cache ! -name editions \
		! -name sweeps ! -name runs -exec rm -rf {} +
	@mine=$$(ls -d _build/editions _build/sweeps _build/runs 2>/dev/null); test -z "$$mine" || { \
		printf '%s\n' "You made these:" $$mine "Delete them, too? Type yes:"; read answer; \
		if [ "$$answer" = yes ]; then rm -rf $$mine; else echo "Kept."; fi; }

.venv/installed: requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "scalebook needs Python 3.11, 3.12 or 3.13 on the PATH." >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { echo \
		"$(PYTHON) cannot make virtual environments; on Debian: apt install python3-venv." >&2; exit 1; }
	@echo "Setting up .venv with $$($(PYTHON) --version) ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock \
		|| { echo "The environment could not be set up, for what is said above. It takes the network, and" \
		"requirements.lock as it is in the repository." >&2; exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps -e .
	@$(BIN)/python -m scalebook.show.charting > /dev/null
	@touch $@

.venv/laboratory: laboratory.lock .venv/installed
	@echo "Adding JAX to .venv ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r laboratory.lock
	@touch $@
