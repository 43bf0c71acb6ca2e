import pytest

from scalinglaws import fitting, reading


@pytest.fixture(scope="package")
def runs():
    """The 240 runs of the replication's fit."""
    return reading.read_runs("hoffmann2022_runs").without_highest(5)


@pytest.fixture(scope="package")
def data(runs):
    return runs.params, runs.tokens, runs.loss


@pytest.fixture(scope="package")
def design(data):
    return fitting.prepare(*data)


@pytest.fixture(scope="package")
def huber_fit(data):
    return fitting.fit(*data)


@pytest.fixture(scope="package")
def lad_fit(data):
    return fitting.fit(*data, error=fitting.LAD)
