"""Correlations of CaPTk features with mutations and age: make_correlations.py SHARED > correlations.json"""
import csv, json, sys
import numpy as np, scipy
from scipy import stats

folder = sys.argv[1] + "/data/multicentre/nsclc_radiogenomics_2centres_ct/"
features = list(csv.DictReader(open(folder + "radiomics_captk.csv")))
clinical = {r["id"]: r for r in csv.DictReader(open(folder + "clinical.csv"))}
names = [c for c in features[0] if c not in ("id", "center")][:12]
covariates = ["age", "egfr-mut", "kras-mut"]

def number(text):
    try:
        return float(text)
    except ValueError:
        return float("nan")

rows = [r for r in features if r["id"] in clinical]
out = {"scipy": scipy.__version__, "features": names, "covariates": covariates, "pairs": []}
for c in covariates:
    y = np.array([number(clinical[r["id"]][c]) for r in rows])
    for f in names:
        x = np.array([number(r[f]) for r in rows])
        ok = np.isfinite(x) & np.isfinite(y)
        if len(set(x[ok])) < 2: continue
        p, s = stats.pearsonr(x[ok], y[ok]), stats.spearmanr(x[ok], y[ok])
        ci = p.confidence_interval(0.95)
        out["pairs"].append({
            "feature": f, "covariate": c, "n": int(ok.sum()), "pearson": [p.statistic, ci.low, ci.high, p.pvalue],
            "spearman": [s.statistic, s.pvalue]})
p = [q["pearson"][3] for q in out["pairs"]]
out["pearson_q"] = list(stats.false_discovery_control(p, method="bh"))
print(json.dumps(out, indent=0))
