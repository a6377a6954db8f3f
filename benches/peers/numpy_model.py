"""The reference mix without a queue, in numpy: milliseconds for 1,000,000 messages, best of five."""

import time

import numpy as np

SHARES = np.array([0.20, 0.30, 0.20, 0.15, 0.15])
HITS = np.array([0.90, 0.40, 0.10, 0.05, 0.05])
MEAN = np.array([350.0, 350.0, 1200.0, 350.0, 1200.0])
SD = np.array([100.0, 100.0, 300.0, 100.0, 300.0])
OUTPUT = np.array([60, 120, 250, 80, 400])
N = 1_000_000


def day(seed):
    rng = np.random.default_rng(seed)
    kind = rng.choice(5, N, p=SHARES)
    hit = rng.random(N) < HITS[kind]
    ms = np.where(hit, 20.0, np.maximum(50.0, rng.normal(MEAN[kind], SD[kind])))
    tokens = np.where(hit, 0, OUTPUT[kind]).sum()
    hours = np.arange(N) * 24 // N
    np.histogram2d(hours, np.log2(ms), bins=(24, 256))
    return tokens, np.percentile(ms, [50, 95, 99]), [np.percentile(ms[kind == k], [50, 95, 99]) for k in range(5)]


best = float("inf")
for seed in range(5):
    start = time.perf_counter()
    day(seed)
    best = min(best, time.perf_counter() - start)
print(best * 1000)
