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
echo "from a CSV file, 50,000 x 200 in 50:"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
awk -v features="$folder/features.csv" -v meta="$folder/meta.csv" 'BEGIN {
    srand(7); line = "case"; for (j = 0; j < 200; j++) line = line ",f" j; print line > features
    print "case,batch,age,sex" > meta
    for (i = 0; i < 50000; i++) {
        b = i % 50; line = "c" i
        for (j = 0; j < 200; j++) line = line sprintf(",%.17g", (b * j) % 7 + (1 + b / 50) * (rand() + rand() + rand()))
        print line > features; print "c" i ",b" b "," 40 + 40 * rand() "," int(2 * rand()) > meta
    }
}'
# GNU time where it is there; it tells the peak of the memory.
timer=(env); [ -x /usr/bin/time ] && timer=(/usr/bin/time -f '         %U + %S CPU s, peak %M kB')
tables=(--features "$folder/features.csv" --meta "$folder/meta.csv")
echo "fit"
"${timer[@]}" "$concord" harmonise fit "${tables[@]}" --batch batch --covariates age,sex \
    --model "$folder/model.json" --output "$folder/fitted.csv" 2>&1 | tail -1
echo "apply"
"${timer[@]}" "$concord" harmonise apply "${tables[@]}" --model "$folder/model.json" --output "$folder/applied.csv" 2>&1 | tail -1
cmp "$folder/fitted.csv" "$folder/applied.csv"
