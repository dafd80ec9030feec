"""Optimism of a logistic model by 1,000 multinomial bootstrap resamples, as rms::validate defines it: resamples whose likelihood has
no maximum (a level without an event) are left out.

python3 make_optimism.py table_nomogram.csv > optimism.json   (numpy 2, scikit-learn 1.9.1)
"""
import csv
import json
import sys

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

rows = [row for row in csv.DictReader(open(sys.argv[1])) if row["dead2y"] in ("0", "1")]
x = np.array([[float(row[name]) for name in ("sex", "smoking", "radscore")] for row in rows])
y = np.array([int(row["dead2y"]) for row in rows])


def fit(x, y):
    return LogisticRegression(C=np.inf, solver="newton-cholesky", tol=1e-10, max_iter=200).fit(x, y)


def indices(model, x, y):
    lp = model.decision_function(x)
    line = fit(lp[:, None], y)
    p = 1 / (1 + np.exp(-lp))
    return np.array([roc_auc_score(y, lp), line.coef_[0, 0], line.intercept_[0], np.mean((p - y) ** 2)])


rng = np.random.default_rng(20261127)
apparent = indices(fit(x, y), x, y)
optimism = []
drawn = 0
while len(optimism) < 1000:
    draw = rng.integers(0, len(y), len(y))
    if y[draw].min() == y[draw].max():
        continue
    model = fit(x[draw], y[draw])
    drawn += 1
    # Newton's method stops far out where coefficients run away.
    if np.abs(model.coef_[0] * x.std(0)).max() > 4:
        continue
    optimism.append(indices(model, x[draw], y[draw]) - indices(model, x, y))
optimism = np.array(optimism)
names = ["AUC", "slope", "intercept", "Brier score"]
print(json.dumps({"cases": len(y), "left_out": 1 - 1000 / drawn, "apparent": dict(zip(names, apparent)), "optimism": dict(zip(names, optimism.mean(0))),
                  "error": dict(zip(names, optimism.std(0, ddof=1) / 1000 ** 0.5))}, indent=1))
