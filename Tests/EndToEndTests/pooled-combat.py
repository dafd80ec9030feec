#!/usr/bin/env python3
"""Fits ComBat's pooled part with numpy on the features that lie in the agents' stores and compares it with the run's model.

Prints the largest difference in units of a feature's standard deviation. usage: pooled-combat.py STUDY-FOLDER SITE...
"""
import csv
import json
import pathlib
import sqlite3
import sys

import numpy

folder, sites = pathlib.Path(sys.argv[1]), sys.argv[2:]
rows, covariates, batches, model = [], [], [], None
for batch, site in enumerate(sites):
    store = sqlite3.connect(folder / site / "store" / "agent.sqlite")
    for (body,) in store.execute("SELECT body FROM artefact"):
        value = json.loads(body)
        if isinstance(value, dict) and value.get("format", "").startswith("concord-combat"):
            model = value
    clinical = next(line.split(":", 1)[1].strip() for line in open(folder / site / "site.yaml") if "clinical:" in line)
    with open(clinical, newline="") as file:
        for record in csv.DictReader(file):
            found = store.execute(
                "SELECT names, features FROM feature WHERE case_id = ? ORDER BY reader LIMIT 1", [record["case"]]
            ).fetchone()
            if not found:
                continue
            names, values = found[0].split("\n"), numpy.frombuffer(found[1], "<f8")
            rows.append([values[names.index(name)] for name in model["features"]])
            covariates.append([record["age"], record["sex"], record["afp"]])
            batches.append(batch)
values, batches = numpy.array(rows), numpy.array(batches)
columns = {
    "age": [float(row[0]) for row in covariates],
    "sex=M": [float(row[1] == "M") for row in covariates],
    "afp": [numpy.log(float(row[2])) for row in covariates],
}
design = numpy.column_stack(
    [*(batches == batch for batch in range(len(sites))), *(columns[name] for name in model["covariates"])]
).astype(float)
# Columns are scaled before the solution, since numpy's is of limited accuracy otherwise.
scale = numpy.abs(design).max(axis=0)
centre = values.mean(axis=0)
coefficients = numpy.linalg.lstsq(design / scale, values - centre, rcond=None)[0] / scale[:, None]
coefficients[: len(sites)] += centre
residuals = values - design @ coefficients
deviation = numpy.sqrt((residuals**2).mean(axis=0))
shares = numpy.bincount(batches) / len(batches)
grand = shares @ coefficients[: len(sites)]
beta = coefficients[len(sites) :].T
spread = design[:, len(sites) :].std(axis=0)
kept = [index for index, name in enumerate(model["features"]) if name not in model["passedThrough"]]
theirs = numpy.array(model["beta"]).reshape(len(model["features"]), -1)
difference = max(
    numpy.abs((theirs - beta) * spread / deviation[:, None])[kept].max(),
    # At the mean covariates: the grand mean at covariates 0 is an extrapolation.
    numpy.abs(
        (numpy.array(model["grandMean"]) - grand + (theirs - beta) @ design[:, len(sites) :].mean(axis=0)) / deviation
    )[kept].max(),
    numpy.abs(numpy.array(model["pooledStandardDeviation"]) / deviation - 1)[kept].max(),
)
print(f"{model['cases']} cases, {len(kept)} features, largest difference {difference:.1e} SD")
sys.exit(0 if model["cases"] == len(batches) and difference < 1e-11 else 1)
