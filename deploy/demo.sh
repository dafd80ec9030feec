#!/usr/bin/env bash
# Five phantom hospitals on this machine, all processes real: the product's main job in small.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
study=${1:-ultrasound}
cases=${CASES:-120}
seed=${SEED:-7}
case $study in ultrasound | ct) ;; *) echo "STUDY is ultrasound or ct" >&2; exit 64 ;; esac
work=${WORK:-$root/.demo/$study}
images="$root/.demo/images-$study-$seed-$cases"
protocol="$root/protocols/hcc-mvi-$study.yaml"
minimum_events=10
minimum_cell=5
sites=(tours essen gdansk porto leuven)
. "$root/deploy/lib/study.sh"
trap study_stop EXIT

for index in 0 1 2 3 4; do
    folder="$images/${sites[$index]}"
    # The clinical table is written last, so a folder that has it is complete.
    [ -s "$folder/clinical.csv" ] || "$bin/concord-agent" phantom --study "$study" --hospital $((index + 1)) \
        --cases "$cases" --seed "$seed" --output "$folder"
done

study_begin
hash=$(concord protocol hash "$protocol")
for site in "${sites[@]}"; do
    site_file "$site" "$hash" 20 "  manifest: $images/$site/images.csv
  clinical: $images/$site/clinical.csv"
    site_enrol "$site"
    site_start "$site"
done
study_run "$protocol"
study_hints tours

if [ -t 0 ] && [ -t 1 ]; then
    say ""
    say "the services are up; press a key to stop them"
    read -rsn1 || true
fi
