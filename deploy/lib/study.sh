# Runs a study with real processes in a folder; sourced by the scripts beside it.
# Needs: $root (repository), $work (folder of the study), and the three commands built.

bin="$root/.build/release"
concord() { "$bin/concord" "$@"; }
say() { printf '%s\n' "$*" >&2; }

. "$root/deploy/lib/postgres.sh"

study_stop() {
    local pid
    for pid in "$work"/*/agent.pid; do [ ! -s "$pid" ] || kill "$(cat "$pid")" 2>/dev/null || true; done
    [ ! -s "$work/coordinator.pid" ] || kill "$(cat "$work/coordinator.pid")" 2>/dev/null || true
    wait 2>/dev/null || true
    postgres_stop "$work/postgres"
}

free_port() {
    python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# study_begin: database and coordinator.
study_begin() {
    rm -rf "$work"
    mkdir -p "$work"
    say "PostgreSQL: a private cluster"
    local database
    # The server runs as another user when we are root, so its folder is where that user can write.
    database=$(postgres_start "$work/postgres")
    port=$(free_port)
    "$bin/concord-coordinator" init --folder "$work/coordinator" --study-domain demo.concord --host 127.0.0.1 \
        --port "$port" --name localhost --name 127.0.0.1 --database "$database" >&2
    "$bin/concord-coordinator" migrate --folder "$work/coordinator" >&2
    coordinator_start
    export CONCORD_CREDENTIALS="$work/coordinator/operator"
}

coordinator_start() {
    "$bin/concord-coordinator" serve --folder "$work/coordinator" 2>>"$work/coordinator.log" &
    echo $! >"$work/coordinator.pid"
    local tries=0
    until curl -sk --max-time 2 "https://127.0.0.1:$port/readyz" | grep -q ready; do
        tries=$((tries + 1))
        [ $tries -lt 100 ] || { say "the coordinator did not start:"; tail -5 "$work/coordinator.log" >&2; return 1; }
        sleep 0.1
    done
    say "coordinator: https://localhost:$port"
}

# site_file SITE PROTOCOL_HASH MINIMUM DATA_LINES: writes a site file.
site_file() {
    local site=$1 hash=$2 minimum=$3 data=$4
    mkdir -p "$work/$site"
    cat >"$work/$site/site.yaml" <<YAML
site: $site
coordinator: https://localhost:$port
store: store
data:
$data
policy:
  protocols: [$hash]
  minimum-cases: $minimum
  minimum-events: $minimum_events
  minimum-cell: $minimum_cell
  releases: [${releases:-counts, acquisition, agreement, validation}]
  approval: automatic
YAML
}

# site_enrol SITE: one-time token, key at the site, certificate.
site_enrol() {
    local site=$1 token
    concord site add "$site" 2>/dev/null
    token=$(concord site token "$site")
    no_proxy=localhost "$bin/concord-agent" enrol --site-file "$work/$site/site.yaml" --token "$token" >&2
}

site_start() {
    local site=$1
    no_proxy=localhost "$bin/concord-agent" run --verbose --site-file "$work/$site/site.yaml" 2>>"$work/$site/agent.log" &
    echo $! >"$work/$site/agent.pid"
}

# nsclc_sites DATA HASH: an agent at each of the three centres of the published radiotherapy tables.
nsclc_sites() {
    local data=$1 hash=$2 centre site
    for centre in HarvardRT Radboud Maastro; do
        site=${centre,,}
        site_file "$site" "$hash" 10 "  clinical: $data/outcome_and_cnn_score.csv
  features: $data/radiomics.csv
  case-column: id
  rows: {column: center, value: $centre}"
        site_enrol "$site"
        site_start "$site"
    done
}

# heart_folder FOLDER: the folder of the UCI heart disease files, or an end that says what is missing.
heart_folder() {
    [ -r "$1/flamby_rows_and_split.csv" ] || {
        say "$1/flamby_rows_and_split.csv is not there: give the folder of the UCI files as DATA=folder"
        return 66
    }
    (cd "$1" && pwd)
}

# heart_sites DATA HASH [whole]: an agent at each of the four heart disease centres; whole: the centres are not split.
heart_sites() {
    local data=$1 hash=$2 site
    for site in $(python3 "$root/deploy/lib/heart-tables.py" "$data" "$work/tables" ${3:+"$3"}); do
        site_file "$site" "$hash" 5 "  clinical: $work/tables/$site.csv
  features: $work/tables/$site.csv
  case-column: case"
        site_enrol "$site"
        site_start "$site"
    done
}

# study_run PROTOCOL: adds, locks, runs to the end, writes results.json, prints the screen.
study_run() {
    local protocol=$1 hash run
    hash=$(concord protocol hash "$protocol")
    concord protocol add "$protocol" >/dev/null
    concord protocol lock "$hash" --reason "reviewed by the study group" >/dev/null
    say "protocol $(basename "$protocol") locked: $hash"
    run=$(concord run start --protocol "$hash")
    echo "$run" >"$work/run"
    if [ -n "${CHAOS:-}" ]; then
        chaos &
        local chaos_pid=$!
        timeout 120 "$bin/concord" run watch "$run"
        wait "$chaos_pid"
    else
        concord run watch "$run"
    fi
    concord study show "$run" --format json >"$work/results.json"
    concord study show "$run" || [ $? -eq 3 ]
    concord audit export --output "$work/audit.json" 2>/dev/null
    concord audit verify "$work/audit.json"
}

# chaos: kill -9 of coordinator, one agent and PostgreSQL at random moments, each restarted; the run must not care.
chaos() {
    local site
    site=$(basename "$(dirname "$(ls "$work"/*/agent.pid | head -n 1)")")
    sleep "0.$((RANDOM % 9))"
    kill -9 "$(cat "$work/coordinator.pid")" 2>/dev/null && say "killed the coordinator"
    coordinator_start
    sleep "0.$((RANDOM % 9))"
    kill -9 "$(cat "$work/$site/agent.pid")" 2>/dev/null && say "killed the agent of $site"
    site_start "$site"
    sleep "0.$((RANDOM % 9))"
    kill -9 "$(head -n 1 "$work/postgres/data/postmaster.pid")" 2>/dev/null && say "killed PostgreSQL"
    sleep 1
    postgres_start "$work/postgres" >/dev/null
}

study_hints() {
    say ""
    say "look further:"
    say "  export CONCORD_CREDENTIALS=$work/coordinator/operator"
    say "  $bin/concord top --once              $bin/concord run show $(cat "$work/run")"
    say "  $bin/concord audit list              $bin/concord validation show $(cat "$work/run")"
    say "  $bin/concord-agent ledger --site-file $work/${1}/site.yaml"
    say "results: $work/results.json   database: psql \"host=$(cat "$work/postgres/socket") user=concord dbname=postgres\""
}
