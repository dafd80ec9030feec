#!/usr/bin/env python3
"""Processor and wall seconds of other packages for the sizes of `concord bench-trees`; what is not installed is left out."""
import sys
import time

try:
    import numpy as np
except ImportError:
    sys.exit("  numpy is not installed: nothing to compare with")

rng = np.random.default_rng(1)


def cases(rows, columns):
    codes = rng.integers(0, 254, (rows, columns))
    signal = codes[:, :10].sum(1) / 254 - 5 + rng.uniform(-1, 1, rows)
    return codes.astype(np.float32), (signal > 0).astype(int)


def measure(name, work):
    processor, wall = time.process_time(), time.perf_counter()
    work()
    print(f"  {name:<52} {time.process_time() - processor:6.2f} {time.perf_counter() - wall:7.2f}", flush=True)


x, y = cases(50_000, 500)
try:
    import xgboost

    for threads in (1, 2):
        parameters = dict(
            objective="binary:logistic", tree_method="hist", max_depth=6, eta=0.1, max_bin=256, nthread=threads)
        measure(
            f"xgboost {xgboost.__version__}: 100 trees, 50000 x 500, {threads} threads",
            lambda: xgboost.train(parameters, xgboost.DMatrix(x, label=y, nthread=threads), 100))
except ImportError:
    print("  xgboost is not installed")
x, y = cases(1000, 1500)
try:
    import sklearn
    from sklearn.ensemble import RandomForestClassifier

    measure(
        f"scikit-learn {sklearn.__version__}: forest of 500 trees, 1000 x 1500",
        lambda: RandomForestClassifier(500, min_samples_leaf=5, n_jobs=1, random_state=1).fit(x, y))
except ImportError:
    print("  scikit-learn is not installed")
