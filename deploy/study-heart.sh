#!/usr/bin/env bash
# Heart disease at four centres: one agent trains at each, one validates on its held-out rows, all processes real.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
data=${1:?usage: study-heart.sh FOLDER}
[ -r "$data/flamby_rows_and_split.csv" ] || {
    echo "$data/flamby_rows_and_split.csv is not there: give the folder of the UCI files, make study-heart DATA=folder" >&2
    exit 66
}
data=$(cd "$data" && pwd)
work="$root/.demo/heart"
minimum_events=1
minimum_cell=1
. "$root/deploy/lib/study.sh"
trap study_stop EXIT

study_begin
hash=$(concord protocol hash "$root/protocols/heart-disease.yaml")
for site in $(python3 "$root/deploy/lib/heart-tables.py" "$data" "$work/tables"); do
    site_file "$site" "$hash" 5 "  clinical: $work/tables/$site.csv
  features: $work/tables/$site.csv
  case-column: case"
    site_enrol "$site"
    site_start "$site"
done
study_run "$root/protocols/heart-disease.yaml"
python3 - "$work/results.json" <<'PYTHON'
import json, sys
right = cases = 0
for site in json.load(open(sys.argv[1]))["sites"]:
    for release in site["releases"]:
        if site["role"] == "external" and release["statistic"] in ("sensitivity", "specificity"):
            right += release["estimate"]["value"] * release["estimate"]["n"]
            cases += release["estimate"]["n"]
print(f"accuracy on the held-out rows of all centres: {right / cases:.4f} ({round(right)} of {cases}); FLamby's pooled training: 0.795")
PYTHON
study_hints cleveland
