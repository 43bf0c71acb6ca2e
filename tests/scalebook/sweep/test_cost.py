import pytest

from scalebook.sweep import cost


def test_costs_follow_from_the_measurements():
    measured = {
        "run": {"cpu_s": 0.04}, "process": {"cpu_s": 1.0}, "job": {"cpu_s": 0.5},
        "cluster_job": {"cpu_s": 3.0}, "record": {"cpu_s": 0.001},
    }  # fmt: skip
    one = cost.estimate(measured, runs=1_000_000, batch=1)
    assert one["jobs"] == 1_000_000
    assert one["core_hours"] == pytest.approx((4e4 + 1.5e6 + 1e3) / 3600)
    assert one["engine_hours"] == pytest.approx((0.5e6 + 1e3) / 3600)
    many = cost.estimate(measured, runs=1_000_000, batch=1000)
    assert many["jobs"] == 1000
    assert many["core_hours"] == pytest.approx((4e4 + 1.5e3 + 1e3) / 3600)
    assert many["cluster_core_hours"] == pytest.approx((4e4 + 4.5e3 + 1e3) / 3600)
    assert many["overhead"] == pytest.approx(2.5e3 / 4.25e4)
    assert (one["cores"], many["cores"]) == (pytest.approx(1.04 / 0.5), pytest.approx(41 / 0.5))
    assert [found["batch"] for found in cost.facts(measured)["costs"]] == [10, 100, 1000]
