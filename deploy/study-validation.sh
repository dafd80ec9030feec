#!/usr/bin/env bash
# Heart disease at four centres, all processes real: the model refitted without each centre and in folds, and the drop of a
# score from one centre to two others; both compared with the local commands on the pooled rows.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
work="$root/.demo/validation"
minimum_events=1
minimum_cell=1
. "$root/deploy/lib/study.sh"
data=$(heart_folder "${1:?usage: study-validation.sh FOLDER}")
trap study_stop EXIT

study_begin
refits="$root/protocols/heart-validation.yaml"
drop="$root/protocols/heart-drop.yaml"
hashes="$(concord protocol hash "$refits"), $(concord protocol hash "$drop")"
heart_sites "$data" "$hashes" whole

predictors=age,sex,cp2,cp3,cp4,trestbps,chol,fbs,restecg1,restecg2,thalach,exang,oldpeak
study_run "$refits"
mv "$work/results.json" "$work/refits.json"
concord validation show "$(cat "$work/run")" --format csv >"$work/refits.csv"
concord crossvalidate --table "$work/tables/all.csv" --outcome disease --predictors "$predictors" --site centre \
    --case case --leave-out-sites --folds 5 --key heart-validation-1 --threshold 0.5 --format json \
    >"$work/local-refits.json"

study_run "$drop"
mv "$work/results.json" "$work/drop.json"
# Pass, fail or undecided are answers; anything else is a fault.
gate=0
concord study show "$(cat "$work/run")" --gate --format json >/dev/null || gate=$?
case $gate in 0 | 3 | 6) ;; *) exit 1 ;; esac
concord validation show "$(cat "$work/run")" --format csv >"$work/drop.csv"
grep -v ',switzerland' "$work/tables/all.csv" >"$work/tables/three.csv"
local_gate=0
concord drop --predictions "$work/tables/three.csv" --score points --outcome disease --site centre --internal cleveland \
    --covariates age,sex,trestbps --gate 0.05 --resamples 20 --format json >"$work/local-drop.json" || local_gate=$?
say "gate: exit code $gate in the study, $local_gate of concord drop"
python3 "$root/deploy/lib/compare-validation.py" "$work"
study_hints cleveland
