"""Makes reference.json beside this file: python3 make_reference.py SHARED/data

scikit-learn 1.9.1, scipy 1.17.1, statsmodels 0.15.0, numpy 2.4.6, pandas; the versions are in the output.
"""
import json
import pathlib
import sys

import numpy as np
import pandas as pd
import scipy
import sklearn
import statsmodels
from scipy import stats
from sklearn.calibration import CalibratedClassifierCV
from sklearn.feature_selection import VarianceThreshold
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import PredefinedSplit, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC
from statsmodels.duration.hazard_regression import PHReg
from statsmodels.stats.multitest import multipletests

data = pathlib.Path(sys.argv[1])
out = {"versions": {m.__name__: m.__version__ for m in (np, pd, scipy, sklearn, statsmodels)}}

# Linear SVM with probabilities from decisions of cases held out, folds of the table.
table = pd.read_csv(data / "learning/table.csv")
features = json.loads((data / "learning/06_svm_calibration.json").read_text())["features"]
x, y, fold = table[features].to_numpy(), table["y"].to_numpy(), table["fold"].to_numpy()
out["calibrated_svm"] = {}
for method in ("sigmoid", "isotonic"):
    svm = make_pipeline(StandardScaler(), LinearSVC(C=0.01, dual=False, tol=1e-12, max_iter=100000))
    model = CalibratedClassifierCV(svm, method=method, cv=PredefinedSplit(fold), ensemble=False).fit(x, y)
    out["calibrated_svm"][method] = model.predict_proba(x)[:40, 1].tolist()

# Imputation by the median with indicators, then a ridge of 1: UCI heart disease, four centres, features with gaps.
names = "age sex cp trestbps chol fbs restecg thalach exang oldpeak slope ca thal num".split()
heart = pd.concat(
    [pd.read_csv(data / f"multicentre/fed_heart_disease/processed.{c}.data", names=names, na_values="?")
     for c in ("cleveland", "hungarian", "switzerland", "va")], ignore_index=True)
hx, hy = heart[names[:-1]], (heart["num"] > 0).astype(int)
chain = make_pipeline(
    SimpleImputer(strategy="median", add_indicator=True), StandardScaler(),
    LogisticRegression(C=1.0, solver="newton-cholesky", tol=1e-12, max_iter=1000)).fit(hx, hy)
out["imputed_logistic"] = {
    "medians": chain[0].statistics_.tolist(), "with_gaps": [names[i] for i in chain[0].indicator_.features_],
    "probabilities": chain.predict_proba(hx)[::23, 1].tolist()}

# Score statistic of each feature by itself in Cox's model, Breslow, with and without strata.
cox = pd.read_csv(data / "learning/table_cox.csv")
cox_features = json.loads((data / "learning/14_cox.json").read_text())["features"][:30]
out["cox_score"] = {"features": cox_features, "all": [], "strata": []}
for name in cox_features:
    z = (cox[[name]] - cox[name].mean()) / cox[name].std(ddof=0)
    for key, strata in (("all", None), ("strata", cox["center"])):
        model = PHReg(cox["days"], z, status=cox["event"], strata=strata, ties="breslow")
        score, hessian = model.score(np.zeros(1))[0], model.hessian(np.zeros(1))[0, 0]
        out["cox_score"][key].append(float(score**2 / -hessian))

# Late fusion: a ridge of 1 for each of two blocks, their scores of cases held out beside a clinical score, no penalty above.
blocks = [[f for f in features if f.startswith("original_")], [f for f in features if f.startswith("square_")]]
ridge = make_pipeline(StandardScaler(), LogisticRegression(C=1.0, solver="newton-cholesky", tol=1e-12, max_iter=1000))
held_out = [cross_val_predict(ridge, table[b], y, cv=PredefinedSplit(fold), method="decision_function") for b in blocks]
top = LogisticRegression(C=np.inf, solver="newton-cholesky", tol=1e-12, max_iter=1000)
top.fit(np.column_stack(held_out + [table["cnn_p_surv2yr"]]), y)
whole = [ridge.fit(table[b], y).decision_function(table[b]) for b in blocks]
out["stacked"] = {
    "coefficients": top.coef_[0].tolist(), "intercept": top.intercept_[0],
    "probabilities": top.predict_proba(np.column_stack(whole + [table["cnn_p_surv2yr"]]))[:40, 1].tolist()}

# Variances and medians of the radiomics table.
out["variance_above_1"] = [f for f, keep in zip(features, VarianceThreshold(1.0).fit(x).get_support()) if keep]
out["medians"] = np.median(x, axis=0).tolist()

# Corrected resampled t (Nadeau and Bengio) by its formula with scipy's t, and Holm's adjustment.
differences = np.array([0.021, -0.004, 0.033, 0.018, 0.007, 0.025, 0.011, -0.009, 0.03, 0.014])
share, n = 0.25, len(differences)
error = np.sqrt((1 / n + share) * differences.var(ddof=1))
low, high = stats.t.interval(0.95, n - 1, loc=differences.mean(), scale=error)
p = 2 * stats.t.sf(abs(differences.mean() / error), n - 1)
out["corrected"] = {"values": differences.tolist(), "share": share, "error": error, "lower": low, "upper": high, "p": p}
ps = [0.04, 0.001, 0.03, 0.2, 0.03]
out["holm"] = {"p": ps, "adjusted": multipletests(ps, method="holm")[1].tolist()}

(pathlib.Path(__file__).parent / "reference.json").write_text(json.dumps(out, indent=1))
