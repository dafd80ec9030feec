#!/usr/bin/env bash
# Three hospitals of real processes, whose batches are the protocol's acquisition fields; ten of the forty cases of the first
# were scanned at the second.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
work=${WORK:-$root/.demo/test-drift}
minimum_events=5
minimum_cell=5
. "$root/deploy/lib/study.sh"
trap study_stop EXIT
study_begin
images="$work/images"
for hospital in 1 2 3; do
    "$bin/concord-agent" phantom --study ultrasound --hospital "$hospital" --cases 50 --seed 5 --output "$images/$hospital" >&2
done
# Some rows of the hospitals' tables, files as whole paths, the hospital in the name of a case.
python3 - "$images" "$work" <<'PYTHON'
import csv, pathlib, sys
images, work = map(pathlib.Path, sys.argv[1:])
def tables(hospital, cases):
    folder = images / str(hospital)
    clinical = list(csv.DictReader(open(folder / "clinical.csv")))[cases]
    names = {row["case"] for row in clinical}
    manifest = [row for row in csv.DictReader(open(folder / "images.csv")) if row["case"] in names]
    for row in clinical + manifest:
        row["case"] = f"{hospital}-{row['case']}"
    for row in manifest:
        for key in ("image", "mask", "organ"):
            if row.get(key):
                row[key] = str(folder / row[key])
    return clinical, manifest
for site, parts in {"tours": [(1, slice(0, 30)), (2, slice(40, 50))], "essen": [(2, slice(0, 40))],
                    "gdansk": [(3, slice(0, 40))]}.items():
    (work / site).mkdir(parents=True, exist_ok=True)
    for place, name in enumerate(["clinical.csv", "images.csv"]):
        rows = [row for hospital, cases in parts for row in tables(hospital, cases)[place]]
        with open(work / site / name, "w", newline="") as file:
            writer = csv.DictWriter(file, rows[0].keys())
            writer.writeheader()
            writer.writerows(rows)
PYTHON
protocol="$work/protocol.yaml"
# The phantoms have a preset of another frequency too, of too few cases for a batch here.
sed -e '/keyword: TransducerFrequency/,+3d' -e 's/^  batch: site/  batch: acquisition/' -e 's/^  minimum-batch-size: .*/  minimum-batch-size: 5/' \
    -e 's/^  training: .*/  training: [tours, gdansk]/' -e 's/^  external: .*/  external: [essen]/' \
    "$root/protocols/hcc-mvi-ultrasound.yaml" >"$protocol"
hash=$(concord protocol hash "$protocol")
for site in tours essen gdansk; do
    site_file "$site" "$hash" 10 "  manifest: $work/$site/images.csv
  clinical: $work/$site/clinical.csv"
    site_enrol "$site"
    site_start "$site"
done
study_run "$protocol"
