#!/usr/bin/env bash
# Three centres' published CT features and CNN score, one agent a centre, all processes real.
# PROTOCOL names another protocol of the same sites, such as protocols/nsclc-learning.yaml.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
data=${1:?usage: study-nsclc.sh FOLDER}
for file in outcome_and_cnn_score.csv radiomics.csv; do
    [ -r "$data/$file" ] || {
        echo "$data/$file is not there: give the folder of the published tables, make study-nsclc DATA=folder" >&2
        exit 66
    }
done
data=$(cd "$data" && pwd)
protocol=${PROTOCOL:-$root/protocols/nsclc-radiotherapy.yaml}
work="${WORK:-$root/.demo/nsclc}"
minimum_events=10
minimum_cell=5
. "$root/deploy/lib/study.sh"
trap study_stop EXIT

study_begin
hash=$(concord protocol hash "$protocol")
nsclc_sites "$data" "$hash"
study_run "$protocol"
study_hints maastro
