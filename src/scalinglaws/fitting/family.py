"""The family of forms: seven constants, each free, fixed or tied to another.

    L = E + [(A / N^alpha)^p + (B / D^(beta + gamma ln N))^p]^(1/p)

A form says which of them are fitted: with p = 1 the sum of Hoffmann et al. 2022 (Section 3.3),
with E = 0 and p = 1 / beta the joint form of Kaplan et al. 2020 (Equation 1.5). A new one is one
more entry of `FORMS`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NoReturn

import numpy as np
from numpy.typing import ArrayLike

from scalinglaws.errors import ScalingLawsError
from scalinglaws.fitting.model import CONSTANTS, LOGARITHMS, Array
from scalinglaws.laws import GeneralLaw, JointLaw, ParametricLaw, PowerLaw
from scalinglaws.units import training_flop

FittedLaw = ParametricLaw | JointLaw | GeneralLaw | PowerLaw

#: Bounds of ln p: below, the terms are as good as multiplied; above, only the larger counts.
LOG_POWERS = -3.0, 6.0
#: Logarithm that stands for that of zero: far below any term, and finite.
NOTHING = -600.0
#: What a constant that is not fitted is, unless its form says otherwise.
_ABSENT = {"A": 0.0, "B": 0.0, "E": 0.0, "alpha": 0.0, "beta": 0.0, "p": 1.0, "gamma": 0.0}


@dataclass(frozen=True)
class Form:
    """Which constants of the family are fitted, and what becomes of the others.

    Parameters
    ----------
    name : str
        What it is called; its key in `FORMS` if it stands there.
    formula : str
        For people.
    free : tuple of str
        Constants that are fitted, in the order of `CONSTANTS`; a term has both its constants.
    fixed : mapping of str to float
        Values of E, of exponents or of p. A constant in none of the three is absent: p is 1, the
        others are 0.
    tied : mapping of str to str
        ``{"p": "beta"}``, or alpha: p is the inverse of that free exponent.
    variable : {"params", "flop"}
        What stands for N.

    Raises
    ------
    ScalingLawsError
        If the constants are no form of the family.

    Examples
    --------
    Kaplan's form has no floor, and the power that joins its terms is tied to beta:

    >>> kaplan = FORMS["kaplan"]
    >>> kaplan.free, kaplan.active
    (('A', 'B', 'alpha', 'beta'), ('A', 'B', 'alpha', 'beta', 'p'))
    >>> full = kaplan.full(np.array([1.0, 2.0, 0.08, 0.1]))
    >>> round(float(np.exp(full[5])), 6)
    10.0

    A form of one's own, with the floor fixed at 1.7 nats per token:

    >>> mine = Form("mine", "1.7 + A/N^alpha + B/D^beta", ("A", "B", "alpha", "beta"), {"E": 1.7})
    >>> mine.law(np.array([6.0, 7.6, 0.34, 0.36])).E
    1.7
    >>> tied = Form("tied", "1.7 + Kaplan's", mine.free, mine.fixed, {"p": "beta"})
    >>> tied.active == kaplan.active
    True
    """

    name: str
    formula: str
    free: tuple[str, ...]
    fixed: Mapping[str, float] = field(default_factory=dict)
    tied: Mapping[str, str] = field(default_factory=dict)
    variable: str = "params"

    def __post_init__(self) -> None:
        named = [*self.free, *self.fixed, *self.tied]
        if set(named) - set(CONSTANTS) or len(set(named)) < len(named):
            self._refuse(
                f"takes each of {', '.join(CONSTANTS)} once at most; found {', '.join(named)}"
            )
        if tuple(sorted(self.free, key=CONSTANTS.index)) != tuple(self.free):
            self._refuse(f"has its free constants in the order {', '.join(CONSTANTS)}")
        if self.variable not in ("params", "flop"):
            self._refuse(f"is one in 'params' or 'flop'; found {self.variable!r}")
        if self.variable == "flop" and "B" in self.free:
            self._refuse("in 'flop' has one term, that of A")
        if not {"A", "B"} & set(self.free):
            self._refuse("has a term: A or B is free")
        exponents = {"alpha", "beta"} & set(self.free)
        if any(key != "p" or other not in exponents for key, other in self.tied.items()):
            self._refuse("may have p tied, to a free exponent, and nothing else")
        # In centred coordinates these would move with the exponents.
        if {"A", "B"} & set(self.fixed):
            self._refuse("has A and B free or absent")
        if "gamma" in named and ("beta" not in self.free or self.tied):
            self._refuse("with gamma has a free beta, and nothing tied")
        for term, exponent in (("A", "alpha"), ("B", "beta")):
            if (term in named) != (exponent in named):
                self._refuse(f"has {term} and {exponent} both or neither")
        least, most = np.exp(LOG_POWERS)
        bounds = {"E": (0.0, np.inf), "p": (least, most)}
        for name, value in self.fixed.items():
            low, high = bounds.get(name, (-np.inf, np.inf))
            if not (low <= value <= high and np.isfinite(value)):
                self._refuse(
                    f"has {name} fixed at {value:g}; expected a number from {low:.3g} to {high:.3g}"
                )

    def _refuse(self, why: str) -> NoReturn:
        raise ScalingLawsError(f"form {self.name!r}: a form {why}.")

    @property
    def active(self) -> tuple[str, ...]:
        """Constants in which the objective is differentiated: those fitted and those tied."""
        return tuple(name for name in CONSTANTS if name in self.free or name in self.tied)

    @property
    def is_sum(self) -> bool:
        """Whether the terms are simply added."""
        return "p" not in self.active and self.fixed.get("p", 1.0) == 1.0

    @property
    def varied(self) -> tuple[str, ...]:
        """What must differ between runs."""
        pairs = ((self.variable, "A"), ("tokens", "B"))
        return tuple(name for name, term in pairs if term in self.free)

    def full(self, values: Array) -> Array:
        """Fill in the constants that are not fitted.

        Parameters
        ----------
        values : ndarray, shape (..., k)
            Of the free constants, with A, B, E and p as logarithms.

        Returns
        -------
        ndarray, shape (..., 7)
            (ln A, ln B, ln E, alpha, beta, ln p, gamma); NaN where a tie asks for the inverse of
            what is not positive.
        """
        out = np.empty((*values.shape[:-1], len(CONSTANTS)))
        for place, name in enumerate(CONSTANTS):
            if name in self.free:
                out[..., place] = values[..., self.free.index(name)]
            elif name not in self.tied:
                out[..., place] = _coordinate(name, self.fixed.get(name, _ABSENT[name]))
        for name, inverse in self.tied.items():
            other = out[..., CONSTANTS.index(inverse)]
            out[..., CONSTANTS.index(name)] = -np.log(np.where(other > 0, other, np.nan))
        return out

    def take(self, full: Array) -> Array:
        """Return the free ones of all constants: the inverse of `full`.

        Parameters
        ----------
        full : ndarray, shape (..., 7)
            (ln A, ln B, ln E, alpha, beta, ln p, gamma).

        Returns
        -------
        ndarray, shape (..., k)
            Those that are fitted.
        """
        return full[..., [CONSTANTS.index(name) for name in self.free]]

    def reduced(self, values: Array, gradient: Array, hessian: Array) -> tuple[Array, Array]:
        """Turn derivatives in the active constants into those in the free ones.

        Parameters
        ----------
        values : ndarray, shape (S, k)
            Of the free constants.
        gradient, hessian : ndarray, shape (S, m), (S, m, m)
            In the m active constants.

        Returns
        -------
        gradient, hessian : ndarray, shape (S, k), (S, k, k)
            By the chain rule.
        """
        if not self.tied:
            return gradient, hessian
        first = np.zeros((len(values), len(self.active), len(self.free)))
        second = np.zeros((*first.shape, len(self.free)))
        for i, name in enumerate(self.active):
            if name in self.tied:  # -ln b of the constant b that it is the inverse of
                j = self.free.index(self.tied[name])
                first[:, i, j], second[:, i, j, j] = -1 / values[:, j], 1 / values[:, j] ** 2
            else:
                first[:, i, self.free.index(name)] = 1.0
        return chained(gradient, hessian, first, second)

    def law(self, values: Array, name: str = "") -> FittedLaw:
        """Return the law of constants, or an ensemble of laws.

        Parameters
        ----------
        values : ndarray, shape (k,) or (S, k)
            Of the free constants, with A, B, E and p as logarithms.
        name : str
            Of the law.

        Returns
        -------
        ParametricLaw, JointLaw, GeneralLaw or PowerLaw
            The first for sums, the second for Kaplan's form, the last for curves in one variable;
            fields are floats for one vector of constants.
        """
        found = self.general(values, name)
        if self.variable == "flop":
            return PowerLaw(found.alpha, _scale(found.A, found.alpha), name, found.E)
        if self.is_sum and "gamma" not in (*self.free, *self.fixed):
            return ParametricLaw(found.E, found.A, found.B, found.alpha, found.beta, name)
        if self.tied == KAPLAN and "E" not in (*self.free, *self.fixed):
            scales = _scale(found.A, found.alpha), _scale(found.B, found.beta)
            return JointLaw(found.alpha, found.beta, *scales, name)
        return found

    def general(self, values: Array, name: str = "") -> GeneralLaw:
        """Return the law of constants as a `GeneralLaw`.

        It stays finite where the scales of a `JointLaw` or a `PowerLaw` do not: an exponent near 0.

        Parameters
        ----------
        values : ndarray, shape (k,) or (S, k)
            Of the free constants, with A, B, E and p as logarithms.
        name : str
            Of the law.

        Returns
        -------
        GeneralLaw
            Of N and D, or of C in place of N for a curve.
        """
        full = self.full(np.asarray(values, dtype=float))
        found = dict(zip(CONSTANTS, np.moveaxis(full, -1, 0), strict=True))
        with np.errstate(over="ignore"):  # an ensemble may hold members beyond all reason
            found["p"] = np.exp(np.clip(found["p"], *LOG_POWERS))  # as the kernel does
            E, A, B = (
                np.exp(found[key])
                if key in self.free
                else self.fixed.get(key, 0.0) + 0 * found[key]
                for key in "EAB"
            )
        alpha, beta, p, gamma = (_plain(found[key]) for key in ("alpha", "beta", "p", "gamma"))
        return GeneralLaw(_plain(E), _plain(A), _plain(B), alpha, beta, p, gamma, name)

    def loss(self, values: Array, params: ArrayLike, tokens: ArrayLike) -> Array:
        """Return the loss that the law of constants gives.

        Parameters
        ----------
        values : ndarray, shape (..., k)
            Of the free constants, with A, B, E and p as logarithms.
        params, tokens : array_like
            N and D, > 0, broadcast against each other and the leading axes of `values`.

        Returns
        -------
        ndarray
            Nats per token.

        Raises
        ------
        ValueError
            If any input is not positive.
        """
        x = training_flop(params, tokens) if self.variable == "flop" else params
        return self.general(values).loss(x, tokens)

    def values(self, law: FittedLaw) -> Array:
        """Return the free constants of a law, or of an ensemble: the inverse of `law`.

        Parameters
        ----------
        law : ParametricLaw, JointLaw, GeneralLaw or PowerLaw
            With fields of shape (...); those that are held as logarithms must be positive.

        Returns
        -------
        ndarray, shape (..., k)
            With A, B, E and p as logarithms.
        """
        if isinstance(law, PowerLaw):
            scale = np.asarray(law.exponent) * np.log(law.scale)
            known = {"A": np.exp(scale), "E": law.floor, "alpha": law.exponent}
        else:
            known = {name: getattr(law.general, name) for name in CONSTANTS}
        columns = [np.log(known[k]) if k in LOGARITHMS else known[k] for k in self.free]
        return np.stack(np.broadcast_arrays(*columns), axis=-1).astype(float)


def chained(gradient: Array, hessian: Array, first: Array, second: Array) -> tuple[Array, Array]:
    """Return derivatives in coordinates that others depend on.

    Parameters
    ----------
    gradient, hessian : ndarray, shape (S, m), (S, m, m)
        In the m dependent coordinates.
    first, second : ndarray, shape (S, m, k), (S, m, k, k)
        Derivatives of these in the k others.

    Returns
    -------
    gradient, hessian : ndarray, shape (S, k), (S, k, k)
        By the chain rule (textbook).

    Examples
    --------
    f = u^2 with u = v^2 is v^4, whose derivatives at 2 are 32 and 48:

    >>> one = np.ones((1, 1))
    >>> slope, bend = chained(8 * one, 2 * one[None], 4 * one[None], 2 * one[None, None])
    >>> float(slope[0, 0]), float(bend[0, 0, 0])
    (32.0, 48.0)
    """
    hessian = first.transpose(0, 2, 1) @ hessian @ first
    hessian = hessian + np.einsum("si,sikl->skl", gradient, second)
    return np.einsum("sik,si->sk", first, gradient), hessian


def _coordinate(name: str, value: float) -> float:
    if name not in LOGARITHMS:
        return value
    return float(np.log(value)) if value > 0 else NOTHING


def _scale(amplitude: float | Array, exponent: float | Array) -> float | Array:
    """Return the x at which amplitude / x^exponent is 1; infinite or zero beyond all numbers."""
    with np.errstate(over="ignore", divide="ignore"):
        return _plain(np.exp(np.log(amplitude) / exponent))


def _plain(value: ArrayLike) -> float | Array:
    """Return a number for one law, an array for an ensemble."""
    return float(value) if np.ndim(value) == 0 else np.asarray(value)  # type: ignore[arg-type]


#: The power that joins the terms is 1 / beta (Kaplan et al. 2020, Equation 1.5).
KAPLAN = {"p": "beta"}

FORMS: dict[str, Form] = {
    form.name: form
    for form in (
        Form("chinchilla", "E + A/N^alpha + B/D^beta", ("A", "B", "E", "alpha", "beta")),
        Form("sum", "A/N^alpha + B/D^beta", ("A", "B", "alpha", "beta")),
        Form(
            "kaplan", "[(A/N^alpha)^(1/beta) + B^(1/beta)/D]^beta", ("A", "B", "alpha", "beta"),
            tied=KAPLAN,
        ),
        Form(
            "kaplan+floor", "E + [(A/N^alpha)^(1/beta) + B^(1/beta)/D]^beta",
            ("A", "B", "E", "alpha", "beta"), tied=KAPLAN,
        ),
        Form(
            "powermean", "E + [(A/N^alpha)^p + (B/D^beta)^p]^(1/p)",
            ("A", "B", "E", "alpha", "beta", "p"),
        ),
        Form(
            "varying", "E + A/N^alpha + B/D^(beta + gamma ln N)",
            ("A", "B", "E", "alpha", "beta", "gamma"),
        ),
        Form("curve", "A/C^alpha", ("A", "alpha"), variable="flop"),
        Form("curve+floor", "E + A/C^alpha", ("A", "E", "alpha"), variable="flop"),
    )
}  # fmt: skip
"""The forms by name."""


def form_of(form: str | Form) -> Form:
    """Return a form by its name, or one's own as it is.

    Parameters
    ----------
    form : str or Form
        A key of `FORMS`, or a form.

    Returns
    -------
    Form
        The one asked for.

    Raises
    ------
    ScalingLawsError
        If there is no such form.

    Examples
    --------
    >>> form_of("powermean").free[-1]
    'p'
    """
    if isinstance(form, Form):
        return form
    if not isinstance(form, str) or form not in FORMS:
        raise ScalingLawsError(f"form {form!r}: expected one of {', '.join(FORMS)}.")
    return FORMS[form]
