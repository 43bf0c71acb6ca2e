import pytest

from scalebook import fitting, tables


@pytest.fixture(scope="package")
def runs():
    """The 240 runs of the replication's fit."""
    return tables.runs("hoffmann2022_runs").without_highest(5)


@pytest.fixture(scope="package")
def data(runs):
    return runs.params, runs.tokens, runs.loss


@pytest.fixture(scope="package")
def design(data):
    return fitting.design(*data)


@pytest.fixture(scope="package")
def huber_fit(data):
    return fitting.fit(*data)


@pytest.fixture(scope="package")
def lad_fit(data):
    return fitting.fit(*data, error=fitting.LAD)
