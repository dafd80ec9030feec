#!/usr/bin/env python3
"""Processor seconds of other packages for the statistics of `concord bench`, median of five; what is not installed is left out."""
import statistics
import sys
import time


def measure(name, work):
    times = []
    for _ in range(5):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    print(f"  {name:<52} {statistics.median(times):.3f}")


try:
    import numpy as np
except ImportError:
    sys.exit("  numpy is not installed: nothing to compare with")

rng = np.random.default_rng(1)


def cases(n):
    outcome = (rng.random(n) < 0.3).astype(float)
    return outcome + rng.standard_normal(n), outcome


def delong(scores, outcome):
    """Sun and Xu 2014 in numpy: mid-ranks of all, of events and of non-events."""

    def ranks(values):
        _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
        return (np.cumsum(counts) - (counts - 1) / 2)[inverse]

    order = np.argsort(-outcome, kind="stable")
    values, m = scores[order], int(outcome.sum())
    n = len(values) - m
    everyone, events, rest = ranks(values), ranks(values[:m]), ranks(values[m:])
    v10 = (everyone[:m] - events) / n
    v01 = 1 - (everyone[m:] - rest) / m
    return v10.mean(), v10.var(ddof=1) / m + v01.var(ddof=1) / n


scores, outcome = cases(1_000_000)
measure("numpy: AUC and DeLong's variance, 1,000,000 cases", lambda: delong(scores, outcome))
readings = 50 + 10 * rng.standard_normal((500_000, 1)) + 3 * rng.standard_normal((500_000, 2))
first = rng.integers(0, 4, 500_000)
second = np.where(rng.random(500_000) < 0.7, first, rng.integers(0, 4, 500_000))
try:
    from sklearn.metrics import cohen_kappa_score, roc_auc_score

    measure("scikit-learn: AUC alone, 1,000,000 cases", lambda: roc_auc_score(outcome, scores))
    small, label = cases(2000)

    def bootstrap():
        for _ in range(2000):
            rows = rng.integers(0, 2000, 2000)
            roc_auc_score(label[rows], small[rows])

    start = time.process_time()
    bootstrap()
    print(f"  {'scikit-learn: 2,000 bootstrap AUCs of 2,000 cases':<52} {time.process_time() - start:.3f}")
    measure("scikit-learn: Cohen's kappa, 1,000,000 ratings", lambda: cohen_kappa_score(first, second))
except ImportError:
    print("  scikit-learn is not installed")


def icc():
    n, k = readings.shape
    grand = readings.mean()
    rows = k * ((readings.mean(1) - grand) ** 2).sum()
    columns = n * ((readings.mean(0) - grand) ** 2).sum()
    return rows, columns, ((readings - grand) ** 2).sum() - rows - columns


measure("numpy: sums of squares of the ICC, 1,000,000 ratings", icc)
