#!/usr/bin/env bash
# Extraction beside PyRadiomics and Pictologics on the same files: CPU seconds, peak memory, the gain of a second worker.
#   DATA=folder     the shared images (default ../shared/data/images)
#   RUNS=5          runs of each measurement; medians are printed
#   PEERS=folder    where the peers' virtual environments are made (default .demo/peers)
#   WITHOUT_PEERS=1 installs and runs none of them
#   PYTHON312=...   a Python of 3.12 or newer for Pictologics (default python3.12, else python3 if it is new enough)
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
agent=${AGENT:-$root/.build/release/concord-agent}
data=${DATA:-$root/../shared/data/images}
peers=${PEERS:-$root/.demo/peers}
[ -x "$agent" ] || { echo "$agent is not there: make build" >&2; exit 66; }
[ -r "$data/sts/STS_001/CT_image.nii.gz" ] || { echo "$data has no sts/STS_001: DATA=folder $0" >&2; exit 66; }
mkdir -p "$peers"

# Each peer in an environment of its own; what cannot be installed is told and left out.
pyradiomics() {
    [ ! -x "$peers/pyradiomics/bin/pyradiomics" ] || return 0
    echo "installing PyRadiomics 3.0.1" >&2
    python3 -m venv --clear "$peers/pyradiomics"
    local pip="$peers/pyradiomics/bin/pip"
    # Its build needs an old setuptools and numpy before it is asked for them.
    "$pip" install --quiet 'numpy<2' 'setuptools<70' wheel versioneer cython >&2 &&
        "$pip" install --quiet --no-build-isolation pyradiomics==3.0.1 >&2
}
is_new() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 12))' 2>/dev/null; }
pictologics() {
    [ ! -r "$peers/pictologics/installed" ] || return 0
    local python
    for python in "${PYTHON312:-python3.12}" python3 none; do
        [ "$python" != none ] || { echo "Pictologics needs Python 3.12 or newer: PYTHON312=path" >&2; return 1; }
        if is_new "$python"; then break; fi
    done
    echo "installing Pictologics 0.9.0; its first call compiles for minutes" >&2
    "$python" -m venv --clear "$peers/pictologics"
    "$peers/pictologics/bin/pip" install --quiet pictologics==0.9.0 >&2 && touch "$peers/pictologics/installed"
}
found=()
if [ -z "${WITHOUT_PEERS:-}" ]; then
    if pyradiomics; then
        found+=(--pyradiomics "$peers/pyradiomics/bin/python")
    else
        echo "PyRadiomics is not measured" >&2
    fi
    if pictologics; then
        found+=(--pictologics "$peers/pictologics/bin/python")
    else
        echo "Pictologics is not measured" >&2
    fi
fi
exec python3 "$root/deploy/lib/bench_peers.py" --agent "$agent" --data "$data" --runs "${RUNS:-5}" "${found[@]}"
