"""The fits: bootstrap, grid of starts, other methods, and how they grow."""

import numpy as np
import reference
from measure import cost, one_core

from scalinglaws import fitting, reading, registry
from scalinglaws.fitting import LAD, kernel, likelihood, varpro
from scalinglaws.fitting.resampling import better_elsewhere, block_counts, stream

SEED = 1


def hoffmann():
    """Return the 240 runs of the replication's fit."""
    runs = reading.read_runs("hoffmann2022_runs").without_highest(5)
    return runs.params, runs.tokens, runs.loss


def resamples(say, quick):
    """Fit resamples of the runs, and the first of them by the reference as well."""
    data, count = hoffmann(), 1000 if quick else 4000
    fit = fitting.fit(*data)
    with cost() as ours:
        ensemble = fitting.bootstrap(*data, fit, resamples=count, seed=SEED)
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
    counts = block_counts(len(data[0]), 0, SEED).astype(int)
    for gradient in filter(reference.available, reference.GRADIENTS):
        tried = (4 if quick else 40) if gradient != "written out" else (20 if quick else 400)
        rows = [np.repeat(np.arange(len(data[0])), row) for row in counts[:tried]]
        with cost() as theirs:
            values = [reference.fit(fit.theta, *(v[row] for v in data), gradient) for row in rows]
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
    tight = [reference.fit(fit.theta, *(v[r] for v in data), "written out", 1e-12) for r in rows]
    found["excess_tight"] = float((ensemble.objective[: len(rows)] / np.array(tight) - 1).max())
    say(f"  the reference run to its end: at most {found['excess_tight']:+.0e}")
    found["sample"] = 20 if quick else 200
    found["better_elsewhere"] = better_elsewhere(*data, ensemble, sample=found["sample"])
    say(f"  12 other starts: a better minimum for {found['better_elsewhere']:.1%} of "
        f"{found['sample']} resamples")  # fmt: skip
    return found


def grid(say, quick):
    """Fit from the 4,500 starts of the paper, and from as many with exponents all different."""
    data, starts = hoffmann(), fitting.PAPER_STARTS
    with cost() as paper:
        fit = fitting.fit(*data, starts=starts)
    rng = np.random.default_rng(SEED)
    spread = starts + rng.uniform(0, 0.5, starts.shape) * [0, 0, 0, 1, 1]
    with cost() as apart:
        other = fitting.fit(*data, starts=spread)
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
    """Fit resamples by the other error models and methods."""
    data, count = hoffmann(), 200 if quick else 1000
    runs, found = fitting.prepare(*data), {}
    fits = {
        "Huber": (fitting.fit(*data), fitting.HUBER),
        "squared error": (fitting.fit(*data, error=fitting.MSE), fitting.MSE),
        "absolute error": (fitting.fit(*data, error=LAD), LAD),
        "variable projection": (varpro.fit(*data), fitting.HUBER),
    }
    for name, (fit, error) in fits.items():
        with cost() as ours:
            parts = list(stream(*data, fit, resamples=count, seed=SEED, error=error))
        converged = float(np.concatenate([part.converged for part in parts]).mean())
        found[name] = {"microseconds": 1e6 * ours.core_seconds / count, "converged": converged}
        say(f"bootstrap, {name}: {found[name]['microseconds']:.0f} us of one core a resample; "
            f"{converged:.1%} converged")  # fmt: skip
    fit = fits["Huber"][0]
    values = fit.law.E * np.linspace(0.94, 1.06, 81)
    with cost() as ours:
        likelihood.profile_along(fit, runs, likelihood.coordinate("E"), values)
    found["profile"] = {"values": 81, "milliseconds": 1e3 * ours.core_seconds}
    say(f"profile of 81 values: {found['profile']['milliseconds']:.0f} ms")
    phi = np.repeat(runs.centre(fit.theta)[None], 1000, axis=0)
    counts = block_counts(runs.n, 0, SEED)
    kernel.derivatives(phi, runs, 1e-3, weights=counts)
    with cost() as once:
        for _ in range(4):
            kernel.derivatives(phi, runs, 1e-3, weights=counts)
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
        with one_core(), cost() as one:
            fit = fitting.fit(params, tokens, loss)
        draws = max(16, min(1000, 262_144 // n))
        with one_core(), cost() as many:
            fitting.bootstrap(params, tokens, loss, fit, resamples=draws, seed=SEED)
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
    data, found = hoffmann(), []
    fit = fitting.fit(*data)
    for count in (100, 1_000, 10_000) if quick else (100, 1_000, 10_000, 100_000, 1_000_000):
        done, settled = np.zeros(400, dtype=int), 0
        with cost() as ours:
            for part in stream(*data, fit, resamples=count, seed=SEED):
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
