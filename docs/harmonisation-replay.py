# python3 harmonisation-replay.py model.json features.csv meta.csv out.csv (rows of both tables in the same order)
# What `concord harmonise apply` does to rows of batches that fitted the model, with nothing but Python's own library.
import csv, json, math, sys

file = json.load(open(sys.argv[1]))
model, effects = file["model"], file.get("factors", {}).get("effects")
features, q = model["features"], len(model["covariates"])
columns = [f["name"] for f in effects] if effects else [file["batchColumn"]]
rows, meta = (list(csv.DictReader(open(path, newline=""))) for path in sys.argv[2:4])


def spline(s, value):
    """The straight line and the bends of a smooth covariate: Hermite's cubic, straight beyond the ends."""
    x = (value - s["lower"]) / (s["upper"] - s["lower"])
    out = [x]
    for height, slope in zip(s["values"], s["slopes"]):
        last = len(height) - 1
        cell = min(max(int(x * last), 0), last - 1)
        t, rise = x * last - cell, height[cell + 1] - height[cell]
        a, b = slope[cell] / last - rise, rise - slope[cell + 1] / last
        inside = height[cell] + t * rise + t * (1 - t) * (a * (1 - t) + b * t)
        out.append(height[0] + slope[0] * x if x <= 0 else height[last] + slope[last] * (x - 1) if x >= 1 else inside)
    return out


def coded(r):
    """Coded covariates of a row of the second table."""
    x = []
    for d in file["design"]:
        if "levels" in d: x += [float(r[d["name"]] == level) for level in d["levels"][1:]]
        elif "smooth" in d: x += spline(d["smooth"], float(r[d["name"]]))
        else: x.append(float(r[d["name"]]))
    return x


def estimate(r, batches, factors):
    """Location, scale and constant features of a row's batch; a later column's unknown level adds nothing."""
    found = [[b for b in f["levels"] if b["batch"] == r[f["name"]]] for f in factors or []]
    if not factors: found = [[b for b in batches if b["batch"] == r[columns[0]]]]
    if not found[0]: sys.exit(f"{columns[0]} '{r[columns[0]]}' did not fit the model")
    parts = [own[0] for own in found if own]
    location = [sum(values) for values in zip(*(b["location"] for b in parts))]
    scale = [math.prod(values) for values in zip(*(b["scale"] for b in parts))]
    return location, scale, {name for b in parts for name in b["constantFeatures"]}


def harmonise(y, fit, own, m):
    """Takes location and scale off; m is a model, fit its mean at the row's covariates."""
    location, scale, constant = own
    skipped = constant.union(m["passedThrough"])
    return [
        v if name in skipped else (v - f - s * g) / math.sqrt(d) + f
        for name, v, f, s, g, d in zip(m["features"], y, fit, m["pooledStandardDeviation"], location, scale)]


def covbat(y, fit, r):
    """Takes location and scale off the scores of the leading principal components."""
    c, place = file["covariance"], {name: j for j, name in enumerate(features)}
    at = [place[name] for name in c["features"]]
    z = [(y[j] - fit[j] - mu) / sd for j, mu, sd in zip(at, c["centre"], c["deviation"])]
    before = [sum(a * v for a, v in zip(axis, z)) for axis in c["axes"]]
    own = estimate(r, file.get("scoreBatches"), file.get("scoreFactors", {}).get("effects"))
    after = harmonise(before, c["scores"]["grandMean"], own, c["scores"])
    for k, j in enumerate(at):
        y[j] += c["deviation"][k] * sum((new - old) * axis[k] for old, new, axis in zip(before, after, c["axes"]))
    return y


name_of = lambda r: "\x1f".join(r[name] for name in columns)
number = lambda text: math.nan if text.strip() in ("", "NA", "NaN") else float(text)
powers = file.get("transforms", {}).get("lambda", {})
power = lambda v, k: math.log(v) if k == 0 else (v ** k - 1) / k
root = lambda v, k: math.exp(v) if k == 0 else (k * v + 1) ** (1 / k)
values = [[power(number(r[f]), powers[f]) if f in powers else number(r[f]) for f in features] for r in rows]
covariates = [coded(r) for r in meta]
slopes = [[sum(x[i] * model["beta"][j * q + i] for i in range(q)) for j in range(len(features))] for x in covariates]

intercepts = [[0.0] * len(features) for _ in rows]
if "subjects" in file:  # each patient's predicted intercept is taken off before and added after
    s, visits = file["subjects"], {}
    effect = {b["batch"]: b["effect"] for b in s["batches"]}
    for i, r in enumerate(meta): visits.setdefault(r[s["column"]], []).append(i)
    for own in visits.values():
        for j, name in enumerate(features):
            there = [i for i in own if not math.isnan(values[i][j])]
            rest = sum(values[i][j] - effect[name_of(meta[i])][j] - slopes[i][j] for i in there)
            if name not in model["passedThrough"]:
                for i in there: intercepts[i][j] = s["ratio"][j] / (1 + len(there) * s["ratio"][j]) * rest

for y, r, value, slope, intercept in zip(rows, meta, values, slopes, intercepts):
    if name_of(r) == model.get("reference"): continue
    fit = [g + e for g, e in zip(model["grandMean"], slope)]
    out = harmonise([v - u for v, u in zip(value, intercept)], fit, estimate(r, file["batches"], effects), model)
    if "covariance" in file: out = covbat(out, fit, r)
    for name, before, after, u in zip(features, value, out, intercept):
        if after + u != before and not math.isnan(after):
            y[name] = repr(root(after + u, powers[name]) if name in powers else after + u)
writer = csv.DictWriter(open(sys.argv[4], "w", newline=""), rows[0], lineterminator="\n")
writer.writeheader()
writer.writerows(rows)
