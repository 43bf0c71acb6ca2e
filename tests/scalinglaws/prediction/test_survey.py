"""What a table of runs can tell."""

import numpy as np
import pytest

from scalinglaws.prediction import survey


@pytest.mark.parametrize("scale", [1.0, 1e-3])
def test_a_run_is_far_beyond_five_robust_standard_deviations(scale):
    # Of sizes 1 to 9 the median is 5, the tenth does not move it by more than half.
    residuals = np.arange(1.0, 10.0) * np.where(np.arange(9) % 2, 1, -1)
    for factor, far in ((0.99, []), (1.01, [9])):
        limit = 5 * 1.4826 * 5.5  # of ten sizes the median is between 5 and 6
        found = survey.outliers(scale * np.append(residuals, -factor * limit))
        assert found == far
