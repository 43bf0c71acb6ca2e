"""The fits: bootstrap, grid of starts, other methods, and how they grow."""

import numpy as np
import reference
from measure import cost

from scalinglaws import Runs, fitting, reading, registry
from scalinglaws.fitting import profile
from scalinglaws.fitting.resample import drawn, stream

SEED = 1


def hoffmann():
    """Return the 240 runs of the replication's fit."""
    return reading.read_runs("hoffmann2022_runs").without_highest(5)


def columns(runs):
    """Return runs as the reference takes them."""
    return runs.params, runs.tokens, runs.loss


def resamples(say, quick):
    """Fit resamples of the runs, and the first of them by the reference as well."""
    runs, count = hoffmann(), 1000 if quick else 4000
    data, fit = columns(runs), fitting.fit(runs)
    with cost() as ours:
        ensemble = fit.bootstrap(count, SEED)
    found = {
        "resamples": count,
        "microseconds": 1e6 * ours.seconds / count,
        "core_microseconds": 1e6 * ours.core_seconds / count,
        "converged": float(ensemble.converged.mean()),
        "reference": {},
    }
    say(
        f"{count} resamples: {found['microseconds']:.0f} us each on the clock, "
        f"{found['core_microseconds']:.0f} us of one core; {found['converged']:.2%} converged"
    )
    counts = next(drawn(len(runs), count, SEED)).astype(int)
    for gradient in filter(reference.available, reference.GRADIENTS):
        tried = (4 if quick else 40) if gradient != "written out" else (20 if quick else 400)
        rows = [np.repeat(np.arange(len(runs)), row) for row in counts[:tried]]
        with cost() as theirs:
            values = [reference.fit(fit.values, *(v[row] for v in data), gradient) for row in rows]
        entry = {
            "tried": tried,
            "milliseconds": 1e3 * theirs.core_seconds / tried,
            "rate": theirs.core_seconds / tried / (ours.core_seconds / count),
            "rate_clock": theirs.seconds / tried / (ours.seconds / count),
            "excess": float((ensemble.objective[:tried] / np.array(values) - 1).max()),
        }
        found["reference"][gradient] = entry
        say(f"  reference, gradient {gradient}: {entry['milliseconds']:.1f} ms each; ours is "
            f"{entry['rate_clock']:.0f} times as fast, core for core {entry['rate']:.0f} times; "
            f"our objective is at most {entry['excess']:+.0e} above, relative")  # fmt: skip
    rows = rows[: 4 if quick else 40]
    tight = [reference.fit(fit.values, *(v[r] for v in data), "written out", 1e-12) for r in rows]
    found["excess_tight"] = float((ensemble.objective[: len(rows)] / np.array(tight) - 1).max())
    say(f"  the reference run to its end: at most {found['excess_tight']:+.0e}")
    found["sample"] = 20 if quick else 200
    found["better_elsewhere"] = ensemble.better_elsewhere(found["sample"])
    say(f"  12 other starts: a better minimum for {found['better_elsewhere']:.1%} of "
        f"{found['sample']} resamples")  # fmt: skip
    return found


def grid(say, quick):
    """Fit from the 4,500 starts of the paper, and from as many with exponents all different."""
    runs, starts = hoffmann(), fitting.PAPER_STARTS
    data = columns(runs)
    with cost() as paper:
        fit = fitting.fit(runs, starts=starts)
    rng = np.random.default_rng(SEED)
    spread = starts + rng.uniform(0, 0.5, starts.shape) * [0, 0, 0, 1, 1]
    with cost() as apart:
        other = fitting.fit(runs, starts=spread)
    tried = starts[:: 450 if quick else 90]
    values = []
    with cost() as theirs:
        for start in tried:
            values.append(reference.fit(start, *data, "written out"))
    best = float(np.nanmin(values))
    found = {
        "starts": len(starts),
        "exponents": len(np.unique(starts[:, 3:], axis=0)),
        "seconds": paper.seconds,
        "at_best": fit.starts_at_best,
        "core_seconds": paper.core_seconds,
        "seconds_apart": apart.seconds,
        "core_seconds_apart": apart.core_seconds,
        "at_best_apart": other.starts_at_best,
        "reference_seconds": theirs.core_seconds * len(starts) / len(tried),
        "reference_tried": len(tried),
        "reference_at_best": float(np.mean(np.array(values) <= fit.objective * (1 + 1e-6))),
        "excess": fit.objective / best - 1,
    }
    say(
        f"{len(starts)} starts: {paper.seconds:.3f} s ({found['exponents']} pairs of exponents, "
        f"{found['at_best']:.0%} end in the best minimum); exponents all different: "
        f"{apart.seconds:.2f} s ({found['at_best_apart']:.0%}); reference: "
        f"{found['reference_seconds']:.0f} s ({found['reference_at_best']:.0%} of "
        f"{len(tried)} tried), our objective {found['excess']:+.0e} relative to its best"
    )
    return found


def methods(say, quick):
    """Fit resamples by every error model and of other forms."""
    runs, count, found = hoffmann(), 200 if quick else 1000, {}
    fits = {
        "Huber": fitting.fit(runs),
        "squared error": fitting.fit(runs, error="mse"),
        "absolute error": fitting.fit(runs, error="lad"),
        "squared error of the loss": fitting.fit(runs, error="varpro"),
        "Kaplan's form": fitting.fit(runs, "kaplan"),
        "power mean": fitting.fit(runs, "powermean"),
    }
    for name, fit in fits.items():
        with cost() as ours:
            parts = list(stream(fit, count, SEED))
        converged = float(np.concatenate([part.converged for part in parts]).mean())
        found[name] = {"microseconds": 1e6 * ours.core_seconds / count, "converged": converged}
        say(f"bootstrap, {name}: {found[name]['microseconds']:.0f} us of one core a resample; "
            f"{converged:.1%} converged")  # fmt: skip
    fit = fits["Huber"]
    values = fit.law.E * np.linspace(0.94, 1.06, 81)
    with cost() as ours:
        profile.profile_along(fit, profile.coordinate("E"), values)
    found["profile"] = {"values": 81, "milliseconds": 1e3 * ours.core_seconds}
    say(f"profile of 81 values: {found['profile']['milliseconds']:.0f} ms")
    points = np.repeat(fit.problem.centre(fit.values)[None], 1000, axis=0)
    counts = next(drawn(len(runs), 1000, SEED))
    evaluate, members = fit.problem.evaluate(fit.error, np.float64, counts), np.arange(1000)
    evaluate(points, members)
    with cost() as once:
        for _ in range(4):
            evaluate(points, members)
    found["evaluation"] = {"nanoseconds": 1e9 * once.core_seconds / (4 * counts.size)}
    say(f"objective, gradient and Hessian: {found['evaluation']['nanoseconds']:.0f} ns a residual")
    return found


def by_runs(say, quick):
    """Fit tables of more and more runs, drawn from a law with noise."""
    law, found = registry.parametric("besiroglu2024"), []
    for n in (245, 2_450, 24_500) if quick else (245, 2_450, 24_500, 245_000, 1_000_000):
        rng = np.random.default_rng(SEED)
        compute = np.exp(rng.uniform(np.log(1e18), np.log(1e22), n))
        params = np.sqrt(compute / 120) * np.exp(rng.uniform(-1.8, 1.8, n))
        tokens = compute / (6 * params)
        loss = law.loss(params, tokens) * np.exp(rng.laplace(0, 0.004, n))
        with cost() as one:
            fit = fitting.fit(Runs(params, tokens, loss))
        draws = max(16, min(1000, 262_144 // n))
        with cost() as many:
            fit.bootstrap(draws, SEED)
        found.append({
            "runs": n, "fit_seconds": one.core_seconds, "status": fit.status,
            "nanoseconds": 1e9 * many.core_seconds / (draws * n),
            "peak_mib": max(one.peak_mib, many.peak_mib),
        })  # fmt: skip
        say(f"{n} runs: fit {one.core_seconds:.2f} s of one core ({fit.status}); bootstrap "
            f"{found[-1]['nanoseconds']:.0f} ns a resample and run; peak "
            f"{found[-1]['peak_mib']:.0f} MiB")  # fmt: skip
    return found


def by_resamples(say, quick):
    """Stream more and more resamples and keep nothing but a histogram of the exponent a."""
    fit, found = fitting.fit(hoffmann()), []
    for count in (100, 1_000, 10_000) if quick else (100, 1_000, 10_000, 100_000, 1_000_000):
        done, settled = np.zeros(400, dtype=int), 0
        with cost() as ours:
            for part in stream(fit, count, SEED):
                done += np.histogram(part.law.a, bins=400, range=(0.0, 1.0))[0]
                settled += int(part.converged.sum())
        low, high = (np.searchsorted(np.cumsum(done) / done.sum(), q) / 400 for q in (0.025, 0.975))
        found.append({
            "resamples": count, "seconds": ours.seconds, "core_seconds": ours.core_seconds,
            "microseconds": 1e6 * ours.core_seconds / count, "peak_mib": ours.peak_mib,
            "converged": settled / count, "a_low": float(low), "a_high": float(high),
        })  # fmt: skip
        say(
            f"{count} resamples: {ours.seconds:.2f} s, {1e6 * ours.core_seconds / count:.0f} us of "
            f"one core each; peak {ours.peak_mib:.0f} MiB; {settled / count:.3%} converged"
        )
    return found
