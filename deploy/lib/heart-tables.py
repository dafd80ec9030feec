#!/usr/bin/env python3
"""Writes the site tables of `make study-heart`: FLamby's rows, columns and split of the UCI files.

usage: heart-tables.py DATA OUTPUT [whole]

With `whole` a centre is not split, all.csv has all rows with the centre's name, and `points` is a score made here by hand.
"""
import csv
import pathlib
import sys

data, output = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
whole = sys.argv[3:] == ["whole"]
NAMES = ["age", "sex", "cp2", "cp3", "cp4", "trestbps", "chol", "fbs", "restecg1", "restecg2", "thalach", "exang", "oldpeak"]
files, tables = {}, {}
with open(data / "flamby_rows_and_split.csv", newline="", encoding="utf-8") as file:
    for row in csv.DictReader(file):
        centre = row["center"]
        if centre not in files:
            with open(data / f"processed.{centre}.data", newline="", encoding="utf-8") as source:
                files[centre] = list(csv.reader(source))
        age, sex, cp, trestbps, chol, fbs, restecg, thalach, exang, oldpeak = files[centre][int(row["row"]) - 1][:10]
        values = [
            age, sex, *(int(float(cp) == level) for level in (2, 3, 4)), trestbps, chol, fbs,
            *(int(float(restecg) == level) for level in (1, 2)), thalach, exang, oldpeak,
        ]
        points = float(age) / 10 + 3 * float(sex) + 4 * values[4] + 2 * float(oldpeak) - float(thalach) / 20
        site = centre if whole or row["fold"] == "train" else f"{centre}-test"
        tables.setdefault(site, []).append([f"{centre}-{row['row']}", row["disease"], *values] + ([round(points, 4)] if whole else []))
output.mkdir(parents=True, exist_ok=True)
for site, rows in tables.items():
    with open(output / f"{site}.csv", "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([["case", "disease", *NAMES] + (["points"] if whole else []), *rows])
if whole:
    with open(output / "all.csv", "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(
            [["case", "disease", *NAMES, "points", "centre"]] + [row + [site] for site, rows in tables.items() for row in rows])
print(" ".join(sorted(tables)))
