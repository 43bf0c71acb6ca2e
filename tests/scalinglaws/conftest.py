import pytest

from scalinglaws import fitting, reading


@pytest.fixture(scope="package")
def runs():
    """The 240 runs of the replication's fit."""
    return reading.read_runs("hoffmann2022_runs").without_highest(5)


@pytest.fixture(scope="package")
def design(runs):
    return fitting.model.Design.of(runs)


@pytest.fixture(scope="package")
def huber_fit(runs):
    return fitting.fit(runs)


@pytest.fixture(scope="package")
def lad_fit(runs):
    return fitting.fit(runs, error="lad")
