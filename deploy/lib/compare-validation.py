#!/usr/bin/env python3
"""Compares the stages of `make study-validation` with the local commands on the pooled rows; fails if a number differs.

usage: compare-validation.py FOLDER
"""
import json
import pathlib
import sys

work = pathlib.Path(sys.argv[1])
NAMES = {"auc": "AUC", "calibration_slope": "calibration-slope", "calibration_intercept": "calibration-intercept",
         "observed_expected": "O:E", "brier": "Brier", "scaled_brier": "scaled-Brier"}
compared, largest = 0, 0.0


def load(name):
    return json.loads((work / name).read_text(encoding="utf-8"))


def local(records, statistic, variant, site=""):
    return next(r for r in records if (r["statistic"], r["variant"], r["site"]) == (statistic, variant, site))


def same(what, found, expected, tolerance=1e-9):
    global compared, largest
    compared += 1
    largest = max(largest, abs(found - expected))
    if abs(found - expected) > tolerance:
        sys.exit(f"{what}: the study has {found}, the command on the pooled rows {expected}")


def inside(what, number, bounds):
    global compared
    compared += 1
    if not bounds[0] - 1e-12 <= number <= bounds[1] + 1e-12:
        sys.exit(f"{what}: {number} is outside of the certified {bounds}")


records = load("local-refits.json")["results"]
for refit in load("refits.json")["refits"]:
    kind = refit["kind"]
    for site in refit["sites"]:
        for release in site["releases"]:
            name, estimate = release["name"], release["estimate"]
            if name not in NAMES or "value" not in estimate:
                continue
            peer = local(records, NAMES[name], kind + (", DeLong" if name == "auc" else ""), site["site"])
            same(f"{kind} {site['site']} {name}", estimate["value"], peer["estimate"])
    for summary in refit["summaries"]:
        peer = local(records, "mean", f"{kind}, {NAMES[summary['statistic']]}")
        for ours, theirs in (("value", "estimate"), ("lower", "lower"), ("upper", "upper")):
            same(f"{kind} {summary['statistic']} {ours}", summary["mean"][ours], peer[theirs])
    for number in refit["calibration"]:
        same(f"{kind} {number['name']}", number["estimate"]["value"], local(records, NAMES[number["name"]], kind)["estimate"])
    if refit["certified"]:
        inside(f"{kind} AUC", local(records, "AUC", f"{kind}, DeLong")["estimate"], refit["certified"])

curve, decisions, within = load("refits.json")["statistics"]
for value in decisions["values"]:
    # The local command has the locked threshold alone.
    if value["variant"].startswith("threshold 0.5"):
        peer = local(records, value["name"], f"5 folds, {value['variant']}")
        same(f"{value['name']} {value['variant']}", value["estimate"]["value"], peer["estimate"])
for value in curve["values"]:
    peer = local(records, value["name"], "5 folds")["estimate"]
    # Knots are edges of pooled bins, not exact quantiles.
    if value["certified"]:
        low, high = value["certified"]
        inside(value["name"], peer, (low - 1e-3, high + 1e-3))
    else:
        inside(value["name"], peer, (value["estimate"]["value"] - 1e-3, value["estimate"]["value"] + 1e-3))
same("AUC within sites", within["values"][0]["estimate"]["value"],
     local(records, "AUC", "5 folds, within sites")["estimate"])

records = load("local-drop.json")["results"]
drop = load("drop.json")["drop"]
for part in drop["parts"]:
    peer = local(records, "AUC-drop", part["name"])["estimate"]
    if part["name"] == "case mix":
        # One internal site: nothing is binned.
        same("case mix", part["estimate"]["value"], peer)
    else:
        inside(part["name"], peer, part["certified"])
for site in drop["sites"]:
    same(f"drop to {site['name']}", site["estimate"]["value"], local(records, "AUC-drop", "total", site["name"])["estimate"])
rows = (work / "refits.csv").read_text(encoding="utf-8") + (work / "drop.csv").read_text(encoding="utf-8")
for word in ("leave one site out", "5 folds", "auc_drop_case_mix", "auc_drop_verdict", "calibration-curve of out-of-fold"):
    if word not in rows:
        sys.exit(f"the registry's rows lack '{word}'")
print(f"stages of the study against the pooled rows: {compared} numbers, largest difference {largest:.1e}")
