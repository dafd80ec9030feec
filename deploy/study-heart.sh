#!/usr/bin/env bash
# Heart disease at four centres: one agent trains at each, one validates on its held-out rows, all processes real.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
work="$root/.demo/heart"
minimum_events=1
minimum_cell=1
. "$root/deploy/lib/study.sh"
data=$(heart_folder "${1:?usage: study-heart.sh FOLDER}")
trap study_stop EXIT

study_begin
hash=$(concord protocol hash "$root/protocols/heart-disease.yaml")
heart_sites "$data" "$hash"
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
