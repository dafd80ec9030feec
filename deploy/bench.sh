#!/usr/bin/env bash
# Measures a round on loopback, bytes and memory, from a run of the published three-centre study.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
echo "statistics, one core, median of five:"
"$root/.build/release/concord" bench
echo "other packages, the same sizes (PYTHON=python3 of an environment that has numpy and scikit-learn), CPU s:"
"${PYTHON:-python3}" "$root/deploy/lib/bench-statistics.py" || true
echo "trees, CPU s and wall s:"
"$root/.build/release/concord" bench-trees
"${PYTHON:-python3}" "$root/deploy/lib/bench-trees.py" || true
# STATISTICS_ONLY=1 ends here: the rest runs PostgreSQL, a coordinator and three agents.
[ -z "${STATISTICS_ONLY:-}" ] || exit 0
data=${DATA:-$root/../shared/data/multicentre/nsclc_ct_radiotherapy_3centres}
[ -r "$data/radiomics.csv" ] || { echo "$data is not there: DATA=folder make bench" >&2; exit 66; }
data=$(cd "$data" && pwd)
work="$root/.demo/bench"
minimum_events=10
minimum_cell=5
. "$root/deploy/lib/study.sh"
trap study_stop EXIT
study_begin 2>/dev/null
hash=$(concord protocol hash "$root/protocols/nsclc-radiotherapy.yaml")
nsclc_sites "$data" "$hash" 2>/dev/null
study_run "$root/protocols/nsclc-radiotherapy.yaml" >/dev/null 2>&1
for repeat in 1 2 3; do concord run watch "$(concord run start --protocol "$hash")" >/dev/null 2>&1; done
resident() { awk '/VmRSS/ {printf "%.0f", $2 / 1024}' "/proc/$1/status"; }
query() { psql -At "host=$(cat "$work/postgres/socket") user=concord dbname=postgres" -c "$1"; }
# median STAGE: a round from its opening to its close, which opens the next, in milliseconds.
median() {
    query "SELECT round(1000 * percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM k.closed_at - r.opened_at))::numeric, 1) || ' ms (' || count(*) || ' rounds)' FROM round r JOIN round_close k ON k.run = r.run AND k.number = r.number WHERE r.stage = '$1'"
}
echo "round, 3 agents, loopback, TLS 1.3, open to close, median of 4 runs:"
echo "  training (two agents fit, 28 doubles each)    $(median training)"
echo "  validation (three agents, up to 151 counts)   $(median validation)"
echo "bytes of an answer, training rounds: $(query "SELECT max(length(body)) FROM contribution c JOIN round r ON r.run = c.run AND r.number = c.round WHERE r.stage = 'training'")"
echo "resident memory, MiB: coordinator $(resident "$(cat "$work/coordinator.pid")"), agent $(resident "$(cat "$work/maastro/agent.pid")")"
echo "for comparison (measured on such a machine): NVFlare 2.9 2660 ms and 226 MiB a client; Flower 1.41 37000 ms and 381 MiB"
echo "harmonisation of tables in memory, fit and apply:"
"$root/deploy/bench-harmonise.sh"
echo "learning, 1000 x 1500:"
"$root/deploy/bench-models.sh"
