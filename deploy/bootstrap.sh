#!/usr/bin/env bash
# Installs the Debian packages that Concord builds and runs with. Does nothing when they are there.
# Uses sudo only when not run as root.
set -euo pipefail

packages=(
    libpq-dev libssl-dev libcurl4-openssl-dev libsqlite3-dev zlib1g-dev libisal-dev libpng-dev
    libdcmtk-dev libopenjp2-7-dev libopenblas0
    postgresql pkg-config make python3 openssl ca-certificates curl
)

missing=()
for package in "${packages[@]}"; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0

as_root=()
[ "$(id -u)" -eq 0 ] || as_root=(sudo)
echo "installing: ${missing[*]}" >&2
"${as_root[@]}" apt-get update -qq
# Debian's postgresql package would start a cluster of the system's; Concord never uses that one.
"${as_root[@]}" mkdir -p /etc/postgresql-common
if [ ! -e /etc/postgresql-common/createcluster.conf ]; then
    echo "create_main_cluster = false" | "${as_root[@]}" tee /etc/postgresql-common/createcluster.conf >/dev/null
fi
DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >&2
