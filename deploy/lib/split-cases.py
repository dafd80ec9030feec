#!/usr/bin/env python3
"""Writes the site tables of `make study-images`: every second case goes to the second site.

usage: split-cases.py sts|us DATA OUTPUT
"""
import csv
import pathlib
import sys

kind, data, output = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
if kind == "sts":
    cases = [
        (folder.name, folder / "CT_image.nii.gz", folder / "CT_mask.nii.gz", str(index % 2), "")
        for index, folder in enumerate(sorted((data / "sts").glob("STS_*")))
    ]
    column = "group"
else:
    with open(data / "us_liver" / "labels.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    key = next(name for name in rows[0] if "class" in name.lower() or "label" in name.lower())
    cases = []
    for row in rows:
        name = pathlib.Path(next(iter(row.values()))).stem
        image = next((data / "us_liver").rglob(f"{name}.png"))
        mask = next(path for path in (data / "us_liver").rglob(f"{name}*mask*.png"))
        # The pictures carry no spacing; 0.25 mm is what the data's description assumes.
        cases.append((name, image, mask, "1" if row[key].lower().startswith("malig") else "0", "0.25"))
    column = "malignant"
for site, offset in (("north", 0), ("south", 1)):
    folder = output / site
    folder.mkdir(parents=True)
    with open(folder / "images.csv", "w", encoding="utf-8") as images, open(folder / "clinical.csv", "w", encoding="utf-8") as clinical:
        images.write("case,reader,image,mask,spacing-mm\n")
        clinical.write(f"case,{column}\n")
        for name, image, mask, outcome, spacing in cases[offset::2]:
            images.write(f"{name},reader-1,{image},{mask},{spacing}\n")
            clinical.write(f"{name},{outcome}\n")
