"""Makes tuning.json beside this file: python3 make_tuning.py SHARED/data

GridSearchCV of scikit-learn on the folds of learning/table.csv; the versions are in the output.
"""
import json
import pathlib
import sys

import numpy as np
import pandas as pd
import sklearn
from sklearn.feature_selection import SelectKBest, f_classif
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, LeaveOneGroupOut, PredefinedSplit
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

data = pathlib.Path(sys.argv[1])
table = pd.read_csv(data / "learning/table.csv")
features = json.loads((data / "learning/06_svm_calibration.json").read_text())["features"]
x, y = table[features].to_numpy(), table["y"].to_numpy()
folds, sites = PredefinedSplit(table["fold"].to_numpy()), table["center"].to_numpy()


def record(found, name, scale):
    result = found.cv_results_
    scores = np.array([result[f"split{k}_test_score"] for k in range(found.n_splits_)]) * scale
    return {
        "values": [float(p[name]) for p in result["params"]], "mean": (result["mean_test_score"] * scale).tolist(),
        "error": (scores.std(axis=0, ddof=1) / np.sqrt(len(scores))).tolist(), "best": int(found.best_index_),
    }


svm = Pipeline([("z", StandardScaler()), ("m", LinearSVC(dual=False, tol=1e-12, max_iter=1_000_000))])
costs = {"m__C": [1e-6, 1e-5, 1e-4, 1e-3, 0.01, 0.1]}
out = {"versions": {m.__name__: m.__version__ for m in (np, pd, sklearn)}, "features": features}
out["svm"] = record(GridSearchCV(svm, costs, scoring="roc_auc", cv=folds).fit(x, y), "m__C", 1)
by_site = GridSearchCV(svm, costs, scoring="roc_auc", cv=LeaveOneGroupOut()).fit(x, y, groups=sites)
out["svm_sites"] = record(by_site, "m__C", 1)

# A selection of ten features by their F within each fold; C is 1 / lambda, the deviance twice the log loss.
ridge = LogisticRegression(tol=1e-12, max_iter=100_000, solver="newton-cholesky")
chain = Pipeline([("k", SelectKBest(f_classif, k=10)), ("z", StandardScaler()), ("m", ridge)])
lambdas = [1000, 300, 100, 30, 10, 1]
found = GridSearchCV(chain, {"m__C": [1 / v for v in lambdas]}, scoring="neg_log_loss", cv=folds).fit(x, y)
out["lr"] = record(found, "m__C", -2) | {"values": lambdas}

# Nested: the grid is searched within the training cases of each fold of the table, by the other folds of the table.
nested = {"auc": [], "chosen": []}
for fold in range(5):
    rows, test = table["fold"] != fold, table["fold"] == fold
    inner = GridSearchCV(svm, costs, scoring="roc_auc", cv=PredefinedSplit(table["fold"][rows].to_numpy()))
    inner.fit(x[rows], y[rows])
    nested["auc"].append(float(inner.score(x[test], y[test])))
    nested["chosen"].append(float(inner.best_params_["m__C"]))
out["nested"] = nested
pathlib.Path(__file__).with_name("tuning.json").write_text(json.dumps(out, indent=1) + "\n")
