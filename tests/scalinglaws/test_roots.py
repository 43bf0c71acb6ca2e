import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from scalinglaws import roots


@given(st.lists(st.floats(-50, 50), min_size=1, max_size=5))
def test_each_element_finds_its_own_root(places):
    wanted = np.array(places)
    found = roots.falling(
        lambda x: -np.sinh((x - wanted) / 100), np.full(wanted.shape, -60.0), 60.0
    )
    np.testing.assert_allclose(found, wanted, rtol=1e-12, atol=1e-12)


def test_a_root_outside_its_bracket_gives_the_nearer_end():
    np.testing.assert_allclose(roots.falling(lambda x: 5 - x, [0.0, 7.0], [3.0, 9.0]), [3.0, 7.0])
