#!/usr/bin/env bash
# Measures learning on a seeded table in memory: LASSO and Cox LASSO with path and ten folds, mRMR; CPU seconds.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
concord=${CONCORD:-$root/.build/release/concord}
[ -x "$concord" ] || { echo "$concord is not there: make build" >&2; exit 66; }
for work in mrmr lasso cox; do
    echo "concord  $("$concord" model measure --work "$work")"
done
echo "concord  $("$concord" model measure --work lasso --sites 5)"
echo "for comparison (measured on such a machine): mrmr_selection 8.3, cv.glmnet 3.7, cv.glmnet Cox 93"
