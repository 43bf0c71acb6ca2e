r"""Which runs to train next: those that narrow the interval of one quantity most.

Near the fit, log loss is linear in the five constants, and least squares gives a quantity with
gradient c the variance s^2 c' M^-1 c: M is the sum over the runs of x x', with x the slopes of log
loss at a run, and s the noise. A new run at (N, D) adds its own x x' whatever its loss will be, so
that the variance after it is known before it is trained (c-optimal design; Silvey 1980,
doi:10.1007/978-94-009-5912-5, chapter 3). One run lowers c' M^-1 c by

    (c' M^-1 x)^2 / (1 + x' M^-1 x),

which is computed for all candidates at once. Runs are added one by one and then exchanged, singly
and in pairs, until no exchange helps (an exchange algorithm; Fedorov 1972).

All this is to first order, at the law as fitted, and takes the form of the law for granted. The
guard against a wrong form is a discrepancy: log loss is off the law by a smooth function of log
size and log data, a Gaussian process of 2% and of a length of 2 in natural logarithms (Kennedy and
O'Hagan 2001, doi:10.1111/1467-9868.00294). Runs far from where the law is to be used then tell less
of it, and two runs of one place hardly more than one. On public suites whose largest budget was
hidden, guarded plans for the loss there left less error than plans that trust the form.

`target` says what is wanted, `slopes` how it answers to the law, `exchange` chooses, and `plans`
puts a plan together.
"""

from scalinglaws.prediction.design import exchange, target
from scalinglaws.prediction.design.exchange import (
    Candidates,
    Limits,
    added,
    choose,
    gains,
    inverse,
    pair_gains,
    variance,
)
from scalinglaws.prediction.design.plans import Plan, candidates, next_runs, plan
from scalinglaws.prediction.design.slopes import Bent, Knowledge, knowledge
from scalinglaws.prediction.design.target import Quantity, quantity

#: Runs that a plan has at most.
MOST = exchange.MOST
#: Coverage of an interval unless another is asked for.
LEVEL = target.LEVEL

__all__ = [
    "LEVEL",
    "MOST",
    "Bent",
    "Candidates",
    "Knowledge",
    "Limits",
    "Plan",
    "Quantity",
    "added",
    "candidates",
    "choose",
    "gains",
    "inverse",
    "knowledge",
    "next_runs",
    "pair_gains",
    "plan",
    "quantity",
    "variance",
]
