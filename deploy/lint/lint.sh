#!/usr/bin/env bash
# Floors, formatting (which includes a doc comment on every public declaration), and words that must not be in the tree.
set -euo pipefail
cd "$(dirname "$0")/../.."
status=0

swift package describe --type json 2>/dev/null | python3 deploy/lint/check-floors.py || status=1

# Generated code is not formatted.
mapfile -t sources < <(git ls-files -co --exclude-standard '*.swift' | grep -v '\.pb\.swift$')
swift format lint --strict --parallel --configuration .swift-format "${sources[@]}" || status=1
echo "format: ${#sources[@]} files" >&2

# A path of one machine in the tree would break every other.
if git grep -nIE '(^|[^A-Za-z0-9_.])/(wor[k]|home/[a-z]+)/' -- . ':!*.svg'; then
    echo "a path of one machine is in the tree" >&2
    status=1
fi
exit $status
