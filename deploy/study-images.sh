#!/usr/bin/env bash
# Real CT volumes (soft-tissue sarcoma) and real liver ultrasound, two sites each by splitting the cases.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
data=${1:?usage: study-images.sh FOLDER}
[ -d "$data/sts" ] && [ -r "$data/us_liver/labels.csv" ] || {
    echo "$data: sts/ and us_liver/labels.csv are not there: make study-images DATA=folder" >&2
    exit 66
}
data=$(cd "$data" && pwd)
minimum_events=1
minimum_cell=1

one() { # one NAME PROTOCOL: the tables of both sites are in $tables/SITE
    local name=$1 protocol=$2 hash site
    work="$root/.demo/$name"
    . "$root/deploy/lib/study.sh"
    trap study_stop EXIT
    study_begin
    hash=$(concord protocol hash "$protocol")
    for site in north south; do
        site_file "$site" "$hash" 3 "  manifest: $tables/$site/images.csv
  clinical: $tables/$site/clinical.csv"
        site_enrol "$site"
        site_start "$site"
    done
    study_run "$protocol"
    study_stop
    trap - EXIT
}

tables="$root/.demo/images-sts"
rm -rf "$tables"
python3 "$root/deploy/lib/split-cases.py" sts "$data" "$tables"
one images-sts-run "$root/protocols/image-description.yaml"

tables="$root/.demo/images-us"
rm -rf "$tables"
python3 "$root/deploy/lib/split-cases.py" us "$data" "$tables"
one images-us-run "$root/protocols/ultrasound-description.yaml"
