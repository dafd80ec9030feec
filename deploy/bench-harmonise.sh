#!/usr/bin/env bash
# Measures ComBat on simulated tables in memory, beside the same mathematics in numpy where numpy is there.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
concord=${CONCORD:-$root/.build/release/concord}
[ -x "$concord" ] || { echo "$concord is not there: make build" >&2; exit 66; }
# One thread: processor seconds of spinning threads would count.
export OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1
for size in "5000 2000 20" "50000 2000 50"; do
    read -r rows features batches <<<"$size"
    echo "concord  $("$concord" harmonise measure --rows "$rows" --features "$features" --batches "$batches")"
    if python3 -c 'import numpy' 2>/dev/null; then
        echo "numpy    $(python3 "$root/deploy/lib/combat-numpy.py" "$rows" "$features" "$batches")"
    fi
done
echo "non-parametric:"
echo "concord  $("$concord" harmonise measure --rows 1000 --features 1500 --batches 5 --method nonparametric)"
