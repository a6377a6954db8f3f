"""Writes tests/vectors/statistics.json: what NumPy, SciPy and Apache Otava say of series that no one here made up by hand.

pip install numpy==2.2.0 scipy==1.16.3 apache-otava==0.8.0
python tests/data/statistics_oracle.py > tests/vectors/statistics.json
"""

import json
import sys

import numpy as np
import scipy
from otava.analysis import compute_change_points
from scipy import stats
from scipy.stats import mstats

NUMPY_METHODS = [
    "inverted_cdf", "averaged_inverted_cdf", "closest_observation", "interpolated_inverted_cdf", "hazen",
    "weibull", "linear", "median_unbiased", "normal_unbiased",
]
rng = np.random.default_rng(20261123)


def lognormal(mean, sd, size):
    variance = np.log1p((sd / mean) ** 2)
    return np.exp(np.log(mean) - variance / 2 + np.sqrt(variance) * rng.standard_normal(size))


def samples():
    yield "lognormal", lognormal(350, 100, 80)
    yield "mixture", np.where(rng.random(60) < 0.7, lognormal(350, 100, 60), lognormal(1200, 300, 60))
    yield "ties", np.round(lognormal(350, 100, 50) / 25) * 25
    yield "heavy", 100 * (1 + rng.pareto(2.5, 40))
    yield "bimodal", np.where(rng.random(64) < 0.9, 350 + rng.normal(0, 10, 64), 2000 + rng.normal(0, 50, 64))
    yield "few", lognormal(350, 100, 7)
    yield "constant", np.full(12, 42.0)


def described(name, values):
    values = np.round(values, 3)
    ps = [0.5, 0.9, 0.95, 0.99]
    mean = stats.t.interval(0.95, len(values) - 1, loc=values.mean(), scale=stats.sem(values))
    bootstrap = None
    if len(values) >= 40:
        # The percentile interval of the Harrell-Davis P95; random, so only about so.
        resampled = [
            float(mstats.hdquantiles(rng.choice(values, len(values)), prob=[0.95])[0]) for _ in range(4000)
        ]
        bootstrap = {"sd": float(np.std(resampled)), "interval": np.quantile(resampled, [0.025, 0.975]).tolist()}
    return {
        "name": name,
        "values": values.tolist(),
        "quantiles": [[float(np.quantile(values, p, method=method)) for method in NUMPY_METHODS] for p in ps],
        "harrell_davis": [float(v) for v in mstats.hdquantiles(values, prob=ps)],
        "mean_interval": [float(v) for v in mean] if np.ptp(values) > 0 else None,
        "bootstrap_p95": bootstrap,
    }


def history(kind, length):
    noise = rng.normal(0, 25, length)
    at = np.arange(length)
    level = {
        "none": 500 + 0 * at,
        "drift": 500 + 100 * at / length,
        "step": np.where(at < length * 2 / 3, 500, 600),
        "two steps": np.where(at < length / 3, 500, np.where(at < length * 2 / 3, 620, 540)),
        "spike": np.where(at == length // 2, 900, 500),
        "ties": 500 + 0 * at,
    }[kind]
    values = level + noise
    return np.round(values / 20) * 20 if kind == "ties" else np.round(values, 1)


def trended(kind, length):
    values = history(kind, length)
    slope, intercept = stats.theilslopes(values, np.arange(length))[:2]
    tau = stats.kendalltau(np.arange(length), values, method="asymptotic")
    points, _ = compute_change_points(values.tolist())
    return {
        "name": kind,
        "values": values.tolist(),
        # Without the correction for continuity, which moves it little.
        "kendall_p": float(tau.pvalue),
        "sen_slope": float(slope),
        "change_points": [[int(point.index), float(point.stats.pvalue)] for point in points],
    }


def compared():
    for a, b, scale in [(5, 5, 0.05), (3, 8, 0.1), (10, 4, 0.02)]:
        x, y = np.round(rng.normal(6, scale, a), 4), np.round(rng.normal(6.1, scale * 1.7, b), 4)
        test = stats.ttest_ind(y, x, equal_var=False)
        interval = test.confidence_interval(0.95)
        yield {
            "baseline": x.tolist(),
            "candidate": y.tolist(),
            "p_above": float(stats.ttest_ind(y, x, equal_var=False, alternative="greater").pvalue),
            "interval": [float(interval.low), float(interval.high)],
        }


json.dump(
    {
        "source": f"numpy {np.__version__}, scipy {scipy.__version__}, apache-otava 0.8.0",
        "samples": [described(name, values) for name, values in samples()],
        "histories": [
            trended(kind, length)
            for kind in ["none", "drift", "step", "two steps", "spike", "ties"]
            for length in [10, 24, 40, 90]
        ],
        "comparisons": list(compared()),
    },
    sys.stdout,
)
print()
