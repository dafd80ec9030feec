#!/usr/bin/env bash
# A study of one table, one agent for each value of its column of sites, all processes real; at the end the model is compared
# with that of the rows in one process (concord simulate).
#   study-table.sh PROTOCOL TABLE SITE_COLUMN CASE_COLUMN [FEATURES]
# FEATURES is a table of features with the same cases, where TABLE has only the clinical columns.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
[ $# -ge 4 ] || {
    echo "usage: study-table.sh PROTOCOL TABLE SITE_COLUMN CASE_COLUMN [FEATURES]" >&2
    exit 64
}
protocol=$1 table=$2 column=$3 case_column=$4 features=${5:-$2}
for file in "$protocol" "$table" "$features"; do
    [ -r "$file" ] || {
        echo "$file is not there: give the protocol and the tables that the study is about" >&2
        exit 66
    }
done
table=$(realpath "$table")
features=$(realpath "$features")
work="${WORK:-$root/.demo/table}"
minimum_events=10
minimum_cell=5
releases="counts, acquisition, agreement, validation, features"
. "$root/deploy/lib/study.sh"
trap study_stop EXIT

study_begin
hash=$(concord protocol hash "$protocol")
python3 - "$table" "$column" >"$work/sites" <<'PYTHON'
import csv, sys
table, column = sys.argv[1:]
with open(table, newline="", encoding="utf-8") as file:
    rows = csv.DictReader(file)
    if column not in (rows.fieldnames or []):
        sys.exit(f"{column} is no column of the table; it has {', '.join(rows.fieldnames or [])}")
    print("\n".join(sorted({row[column] for row in rows})))
PYTHON
while read -r value; do
    site=${value,,}
    site_file "$site" "$hash" 10 "  clinical: $table
  features: $features
  case-column: $case_column
  rows: {column: $column, value: $value}"
    site_enrol "$site"
    site_start "$site"
done <"$work/sites"
study_run "$protocol"
say "the same rows in one process:"
concord simulate --protocol "$protocol" --table "$table" --features "$features" --sites "$column" --case "$case_column" \
    >"$work/simulated.txt" 2>"$work/simulate.log" || { cat "$work/simulate.log" >&2; exit 1; }
python3 - "$work/results.json" "$work/simulated.txt" <<'PYTHON'
import json, sys
own = json.load(open(sys.argv[1]))["model"]["sha256"]
text = open(sys.argv[2]).read()
if f"sha256 {own}" not in text or "model file identical" not in text:
    sys.exit(f"the model {own} is not that of the pooled rows:\n{text}")
print(f"the model of the agents is that of the pooled rows: sha256 {own}")
PYTHON
study_hints "$(head -n 1 "$work/sites" | tr '[:upper:]' '[:lower:]')"
