# python3 harmonisation-replay.py model.json features.csv meta.csv out.csv (rows of both tables in the same order)
import csv, json, sys
file = json.load(open(sys.argv[1])); model = file["model"]; q = len(model["covariates"])
batches = {b["batch"]: b for b in file["batches"]}
rows, meta = (list(csv.DictReader(open(path))) for path in sys.argv[2:4])
def code(r): return [x for d in file["design"] for x in ([float(r[d["name"]] == l) for l in d["levels"][1:]] if d.get("levels") else [float(r[d["name"]])])]
for y, r in zip(rows, meta):
    b, x = batches[r[file["batchColumn"]]], code(r)
    for j, name in enumerate(model["features"]):
        fit = model["grandMean"][j] + sum(x[i] * model["beta"][j * q + i] for i in range(q))
        if name not in model["passedThrough"] + b["constantFeatures"]:
            y[name] = repr((float(y[name]) - fit - model["pooledStandardDeviation"][j] * b["location"][j]) / b["scale"][j] ** 0.5 + fit)
out = csv.DictWriter(open(sys.argv[4], "w"), rows[0], lineterminator="\n"); out.writeheader(); out.writerows(rows)
