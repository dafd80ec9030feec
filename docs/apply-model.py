"""Scores and probabilities of a table by an exported model: apply-model.py flat.json table.csv [horizon]"""
import bisect, csv, json, math, sys

def score(m, row):
    for i in m["inputs"]:
        missing = row[i["column"]] is None
        if "boxCox" in i and not missing:
            x, e = row[i["column"]], i["boxCox"]
            row[i["column"]] = math.log(x) if e == 0 else (x ** e - 1) / e
        row |= {i["indicator"]: float(missing)} if "indicator" in i else {}
        row |= {i["column"]: i["median"]} if missing and "median" in i else {}
    row |= {b["name"]: score(b["model"], dict(row)) for b in m["blocks"]}
    gaps = [t["column"] for t in m["terms"] if row[t["column"]] is None]
    if gaps: sys.exit(f"{sys.argv[2]}: a value of {', '.join(gaps)} is missing, and nothing stands in for it")
    s = m["intercept"] + sum(t["coefficient"] * ((row[t["column"]] - t["mean"]) / t["scale"]) for t in m["terms"])
    for tree in m["trees"]:
        n = tree[0]
        while "feature" in n:
            x = row[n["feature"]]
            n = tree[n["left"] if (n["missingLeft"] if x is None else x <= n["threshold"]) else n["right"]]
        s += n["value"]
    return s

def probability(link, s, horizon):
    x, y = link.get("x"), link.get("y")
    if link["kind"] == "identity": return s
    if link["kind"] == "logistic": return 1 / (1 + math.exp(-s)) if s >= 0 else math.exp(s) / (1 + math.exp(s))
    if link["kind"] == "platt": return 1 / (1 + math.exp(link["a"] * s + link["b"]))
    if link["kind"] == "cox" and horizon is not None:
        return -math.expm1(-([0] + y)[bisect.bisect_right(x, horizon)] * math.exp(s))
    if link["kind"] == "isotonic":
        k = bisect.bisect_left(x, s)
        if k in (0, len(x)): return y[min(k, len(x) - 1)]
        return y[k - 1] + (s - x[k - 1]) / (x[k] - x[k - 1]) * (y[k] - y[k - 1])

model = json.load(open(sys.argv[1]))
print("score,probability")
for cells in csv.DictReader(open(sys.argv[2], encoding="utf-8-sig")):
    unknown = [i["column"] for i in model["inputs"] if i["column"] not in cells]
    if unknown: sys.exit(f"{sys.argv[2]}: there is no column {', '.join(unknown)}")
    row = {i["column"]: None if (c := cells[i["column"]]) in ("", "NA", "?") else float(c) for i in model["inputs"]}
    s = score(model, row)
    p = probability(model["link"], s, float(sys.argv[3]) if len(sys.argv) > 3 else None)
    print(f"{s!r},{'' if p is None else repr(p)}")
