"""How log loss, and what is wanted, answer to the constants of a law and to its discrepancy.

Slopes in closed form; the package says what they are for (Silvey 1980).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from scalinglaws.errors import ScalingLawsError
from scalinglaws.fitting.family import FORMS
from scalinglaws.fitting.kernel import jacobian
from scalinglaws.fitting.model import Array, Design
from scalinglaws.fitting.result import Fit
from scalinglaws.prediction.design.target import Quantity
from scalinglaws.prediction.discrepancy import correlations
from scalinglaws.units import training_flop

_OFF, _LENGTH = 0.02, 2.0  # of the discrepancy: of log loss, and in log size and log data
_STEP = 0.01  # in log size, of slopes along a budget
_OPTIMAL = {"N": "params", "D": "tokens", "L": "loss"}


@dataclass(frozen=True)
class Knowledge:
    """What the runs at hand say, to first order.

    The six constants are, in this order, the logarithms of A and B at the mean run, log E, alpha,
    beta and log p.

    Attributes
    ----------
    fit : Fit
        Of Chinchilla's form.
    noise : float
        Standard deviation of log loss about the fit.

    Examples
    --------
    >>> from scalinglaws import fit, read_runs
    >>> known = knowledge(fit(read_runs("hoffmann2022_runs").without_highest(5), error="mse"))
    >>> round(known.value(Quantity("a")), 2)
    0.53
    >>> slopes = known.slopes([1e9], [2e10])
    >>> slopes.round(2)  # the first three are the terms' shares of the loss
    array([[ 0.13,  0.13,  0.74, -0.02, -0.02, -0.18]])
    >>> float(known.gradient(Quantity("E"))[2].round(2))  # dE / d log E = E
    1.86
    """

    fit: Fit
    noise: float

    @property
    def flop(self) -> Array:
        """Of the runs at hand, 6 N D, shape (n,)."""
        return np.asarray(training_flop(self.fit.runs.params, self.fit.runs.tokens))

    def slopes(self, params: ArrayLike, tokens: ArrayLike) -> Array:
        """Return the slopes of log loss in the six constants.

        Parameters
        ----------
        params, tokens : array_like, shape (m,)
            Model sizes and training tokens, > 0.

        Returns
        -------
        numpy.ndarray, shape (m, 6)
            At the law as fitted (closed form), p = 1.
        """
        design = self.fit.problem.design
        x, y = np.log(params) - design.x_mean, np.log(tokens) - design.y_mean
        at = Design(x, y, np.zeros_like(x), design.x_mean, design.y_mean)
        phi = design.centre(self.fit.form.full(self.fit.values))
        return jacobian(phi, at.size, at.data, FORMS["powermean"])

    @property
    def own(self) -> Array:
        """The slopes of the runs at hand, shape (n, 6)."""
        return self.slopes(self.fit.runs.params, self.fit.runs.tokens)

    def bent(self, centres: Array) -> "Bent":
        """Return the same with a smooth discrepancy of the law fitted, too.

        Parameters
        ----------
        centres : numpy.ndarray, shape (r, 2)
            Log size and log data, no more than a length apart where the discrepancy matters.

        Returns
        -------
        Bent
            With r weights beside the five constants.
        """
        return Bent(self, centres)

    def value(self, wanted: Quantity) -> float:
        """Return the quantity as fitted.

        Parameters
        ----------
        wanted : Quantity
            See `Quantity` for units.

        Returns
        -------
        float
            Closed form: the optimum of Hoffmann et al. 2022, Equation 4.
        """
        law = self.fit.law
        if wanted.kind in "aE":
            return float(getattr(law, wanted.kind))
        return float(getattr(law.optimum(compute=wanted.compute), _OPTIMAL[wanted.kind]))

    def gradient(self, wanted: Quantity) -> Array:
        """Return the slopes of the quantity in the six constants.

        Parameters
        ----------
        wanted : Quantity
            Its logarithm is taken if it multiplies.

        Returns
        -------
        numpy.ndarray, shape (6,)
            Of the closed form. Where the loss is lowest it does not change with the size to first
            order, so that its slopes there are those of the loss of one run.
        """
        law, design = self.fit.law, self.fit.problem.design
        alpha, beta, total = law.alpha, law.beta, law.alpha + law.beta
        if wanted.kind == "a":
            return np.array([0.0, 0.0, 0.0, -beta / total**2, alpha / total**2, 0.0])
        if wanted.kind == "E":
            return np.array([0.0, 0.0, law.E, 0.0, 0.0, 0.0])
        best = law.optimum(compute=wanted.compute)
        if wanted.kind == "L":
            return np.asarray(best.loss * self.slopes([best.params], [best.tokens])[0])
        # ln N = [ln A - ln B + ln(alpha / beta) / p + beta ln(C / 6)] / (alpha + beta)
        by_alpha = design.x_mean - np.log(best.params) + 1 / alpha
        by_beta = np.log(best.tokens) - design.y_mean - 1 / beta
        size = np.array([1.0, -1.0, 0.0, by_alpha, by_beta, -np.log(alpha / beta)]) / total
        return np.asarray(size if wanted.kind == "N" else -size)


@dataclass(frozen=True)
class Bent:
    """What the runs at hand say if the law has a discrepancy, a weighted sum of r smooth bumps.

    Attributes
    ----------
    known : Knowledge
        Of the runs at hand.
    centres : numpy.ndarray, shape (r, 2)
        Of the bumps, in log size and log data.

    Examples
    --------
    >>> from scalinglaws import fit, read_runs
    >>> known = knowledge(fit(read_runs("hoffmann2022_runs").without_highest(5), error="mse"))
    >>> bent = known.bent(np.log([[1e9, 2e10], [1e9, 2e11]]))
    >>> bent.slopes([1e9], [2e10]).shape, bent.own.shape  # a row for each weight beside the runs'
    ((1, 7), (242, 7))
    """

    known: Knowledge
    centres: Array

    def _bumps(self, params: ArrayLike, tokens: ArrayLike) -> Array:
        """Return features whose products are the covariance of the discrepancy, shape (m, r)."""
        places = np.stack([np.log(params), np.log(tokens)], axis=-1)
        among = correlations(self.centres, self.centres, _LENGTH) + 1e-6 * np.eye(len(self.centres))
        across = correlations(places, self.centres, _LENGTH)
        return np.asarray(np.linalg.solve(np.linalg.cholesky(among), across.T).T)

    def slopes(self, params: ArrayLike, tokens: ArrayLike) -> Array:
        """Return the slopes of log loss in the constants and the weights.

        Parameters
        ----------
        params, tokens : array_like, shape (m,)
            Model sizes and training tokens, > 0.

        Returns
        -------
        numpy.ndarray, shape (m, 5 + r)
            At the law as fitted (closed form), without a discrepancy.
        """
        law = self.known.slopes(params, tokens)[:, :5]
        return np.hstack([law, _OFF * self._bumps(params, tokens)])

    @property
    def own(self) -> Array:
        """The slopes of the runs at hand, and a row for what is known of each weight before."""
        runs, count = self.known.fit.runs, len(self.centres)
        before = np.hstack([np.zeros((count, 5)), self.known.noise * np.eye(count)])
        return np.vstack([self.slopes(runs.params, runs.tokens), before])

    def gradient(self, wanted: Quantity) -> Array:
        """Return the slopes of a quantity in the constants and the weights.

        Parameters
        ----------
        wanted : Quantity
            Its logarithm is taken if it multiplies.

        Returns
        -------
        numpy.ndarray, shape (5 + r,)
            The discrepancy adds to the lowest loss what it is at the optimum. It moves the optimal
            size by its slope along the budget over the curvature of log loss there (a step of
            Newton's method). It leaves a and E, which are of the law.
        """
        law, known = self.known.gradient(wanted)[:5], self.known
        weights = np.zeros(len(self.centres))
        if wanted.kind in "NDL":
            best = known.fit.law.optimum(compute=wanted.compute)
            step = np.exp([-_STEP, 0.0, _STEP])
            bumps = _OFF * self._bumps(best.params * step, best.tokens / step)
            if wanted.kind == "L":
                weights = best.loss * bumps[1]
            else:
                along = np.log(known.fit.law.loss(best.params * step, best.tokens / step))
                bend = (along[0] - 2 * along[1] + along[2]) / _STEP**2
                weights = (bumps[0] - bumps[2]) / (2 * _STEP) / bend
                weights = weights if wanted.kind == "N" else -weights
        return np.concatenate([law, weights])


def centres(params: ArrayLike, tokens: ArrayLike) -> Array:
    """Return places of bumps that cover runs.

    Parameters
    ----------
    params, tokens : array_like, shape (m,)
        Of the runs, > 0.

    Returns
    -------
    numpy.ndarray, shape (r, 2)
        Log size and log data, a length of the discrepancy apart, and no further from a run.

    Examples
    --------
    >>> centres([1e9, 1.1e9, 1e12], [2e10, 2e10, 2e13])
    array([[20., 24.],
           [28., 30.]])
    """
    places = np.stack([np.log(params), np.log(tokens)], axis=-1)
    cells = np.unique(np.rint(places / _LENGTH), axis=0)
    return np.asarray(cells * _LENGTH)


def knowledge(fit: Fit) -> Knowledge:
    """Return what a fit knows.

    Parameters
    ----------
    fit : Fit
        Of Chinchilla's form to the n runs at hand; by squared error, the plan is right to first
        order.

    Returns
    -------
    Knowledge
        With the noise that the fit leaves, n - 5 degrees of freedom.

    Raises
    ------
    ScalingLawsError
        If the runs fix no law with an optimum, or the fit is of another form.

    Examples
    --------
    >>> from scalinglaws import Laboratory, fit, simulate
    >>> round(knowledge(fit(simulate(Laboratory(noise=0.005)), error="mse")).noise, 3)
    0.005
    """
    if fit.form != FORMS["chinchilla"]:
        raise ScalingLawsError(
            f"A plan starts from a fit of the form 'chinchilla', not of '{fit.form.name}'."
        )
    if not fit.converged:
        raise ScalingLawsError(
            f"These runs fix no law from which to plan the next ones ({fit.status}). Spread "
            "sizes and data over at least a factor of ten each, at several budgets, and fit again."
        )
    return Knowledge(fit, float(np.sqrt(np.sum(fit.residuals**2) / (fit.n - len(fit.form.free)))))
