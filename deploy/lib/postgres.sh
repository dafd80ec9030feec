# A private PostgreSQL cluster in a folder; sourced by the scripts beside it. Never touches the system's cluster.
# As root the server runs as the postgres user, as PostgreSQL demands.

postgres_bin() {
    local newest
    newest=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
    [ -n "$newest" ] || { echo "PostgreSQL server not found; run 'make deps'" >&2; return 69; }
    echo "$newest"
}

postgres_as() {
    if [ "$(id -u)" -eq 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi
}

# postgres_start FOLDER: creates the cluster if it is not there, starts it, and prints its connection string.
postgres_start() {
    local folder=$1 bin
    bin=$(postgres_bin)
    mkdir -p "$folder"
    # The socket's path may have 107 bytes at most, so it is not in the folder.
    [ -s "$folder/socket" ] || mktemp -d /tmp/concord-pg.XXXXXX >"$folder/socket"
    local socket
    socket=$(cat "$folder/socket")
    mkdir -p "$socket"
    if [ "$(id -u)" -eq 0 ]; then
        chown postgres "$folder" "$socket"
        postgres_reachable "$folder" || { echo "the postgres user cannot enter $folder" >&2; return 1; }
    fi
    chmod 700 "$socket"
    if [ ! -s "$folder/data/PG_VERSION" ]; then
        postgres_as "$bin/initdb" -D "$folder/data" -U concord -A trust -E UTF8 --locale=C.UTF-8 -k >"$folder/initdb.log" 2>&1
        {
            echo "listen_addresses = ''"
            echo "unix_socket_directories = '$socket'"
            echo "shared_buffers = 32MB"
            echo "max_connections = 40"
        } | postgres_as tee -a "$folder/data/postgresql.conf" >/dev/null
    fi
    # After a kill -9 the old process may still be there as a zombie that nobody reaped (in a container), which
    # PostgreSQL takes for a running server, and its children may hold the shared memory for a moment.
    local tries=0
    until "$bin/pg_isready" -q -h "$socket" -t 2; do
        tries=$((tries + 1))
        [ $tries -le 20 ] || { echo "PostgreSQL does not start; see $folder/data/server.log" >&2; return 69; }
        postgres_clear_stale "$folder"
        # The server outlives this script: it must not hold descriptors of whoever waits for the script to end.
        (
            for descriptor in /proc/$BASHPID/fd/*; do
                number=${descriptor##*/}
                if [ "$number" -gt 2 ] && [ "$number" -ne 255 ]; then eval "exec $number>&-"; fi
            done
            postgres_as "$bin/pg_ctl" -D "$folder/data" -l "$folder/data/server.log" -w -t 20 start </dev/null >/dev/null 2>&1
        ) || sleep 0.3
    done
    echo "host=$socket user=concord dbname=postgres"
}

postgres_clear_stale() {
    local file=$1/data/postmaster.pid pid
    [ -s "$file" ] || return 0
    pid=$(head -n 1 "$file")
    if [ ! -e "/proc/$pid/stat" ] || [ "$(cut -d ' ' -f 3 <"/proc/$pid/stat")" = Z ]; then rm -f "$file"; fi
}

postgres_reachable() {
    local path=$1
    postgres_as test -w "$path"
}

# postgres_stop FOLDER
postgres_stop() {
    local folder=$1 bin
    bin=$(postgres_bin) || return 0
    if [ -d "$folder/data" ]; then postgres_as "$bin/pg_ctl" -D "$folder/data" -m fast stop >/dev/null 2>&1 || true; fi
    if [ -s "$folder/socket" ]; then rm -rf -- "$(cat "$folder/socket")"; rm -f "$folder/socket"; fi
}
