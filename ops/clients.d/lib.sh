# shellcheck shell=bash
# What the scripts that run Databricks clients share: their Python environment and a cluster for them. Source it after ops/lib.sh.

# The version that figures in README.md and the lists of tests stand for.
DATABRICKS_SDK_VERSION="0.156.0"

# The last version of the older command line, which is still in use.
LEGACY_CLI_VERSION="0.18.0"

# python_folder NAME PACKAGE…: sets FOLDER to a virtual environment with these packages, which is kept between runs.
python_folder() {
    FOLDER="${TARN_CLIENTS:-$REPOSITORY/.build/clients}/$1"
    if [[ -e "$FOLDER/complete" ]]; then return; fi
    step "Installing ${2/==/ }"
    rm -rf -- "$FOLDER"
    python3 -m venv "$FOLDER"
    "$FOLDER/bin/pip" install --quiet --disable-pip-version-check "${@:2}"
    touch "$FOLDER/complete"
}

# make_client_environment: sets PYTHON to an interpreter with the SDK.
make_client_environment() {
    python_folder "sdk-$DATABRICKS_SDK_VERSION" "databricks-sdk==$DATABRICKS_SDK_VERSION" pytest pytest-mock requests-mock pyfakefs
    export PYTHON="$FOLDER/bin/python"
}

# make_legacy_environment: sets LEGACY_CLI to the older command line, in a folder of its own.
make_legacy_environment() {
    # It asks setuptools for its own version.
    python_folder "cli-$LEGACY_CLI_VERSION" "databricks-cli==$LEGACY_CLI_VERSION" "setuptools<81"
    export LEGACY_CLI="$FOLDER/bin/databricks"
}

# free_ports COUNT: that many ports that nobody listens on.
free_ports() {
    python3 - "$1" <<'PYTHON'
import socket, sys
sockets = [socket.socket() for _ in range(int(sys.argv[1]))]
for s in sockets:
    s.bind(("127.0.0.1", 0))
print(*[s.getsockname()[1] for s in sockets])
PYTHON
}

# start_cluster COUNT: starts one or three nodes below $WORK and exports DATABRICKS_HOSTS (each of them), DATABRICKS_HOST (the last
# one, so that writes are forwarded where there are three), DATABRICKS_TOKEN and TARN_NODE_PIDS.
start_cluster() {
    local count="$1" ports arguments=() index
    TARN_NODE_PIDS=""
    read -ra ports < <(free_ports $((count * 2)))
    for ((index = 0; index < count; index++)); do
        arguments+=(--dc "dc$((index + 1))=127.0.0.1:${ports[index * 2]},127.0.0.1:${ports[index * 2 + 1]}")
    done
    "$TARN" cluster init "$WORK/cluster" "${arguments[@]}" >/dev/null
    for ((index = 1; index <= count; index++)); do
        "$TARN" node --config "$WORK/cluster/dc$index/node.yaml" 2>"$WORK/dc$index.log" &
        CLEANUP_PIDS+=("$!")
        TARN_NODE_PIDS+="$! "
    done
    export TARN_NODE_PIDS
    export TARN_CONFIG="$WORK/cluster/client.yaml"
    DATABRICKS_TOKEN="$(sed -n 's/^token: //p' "$TARN_CONFIG")"
    DATABRICKS_HOST="http://127.0.0.1:${ports[count * 2 - 1]}"
    DATABRICKS_HOSTS=""
    for ((index = 0; index < count; index++)); do
        DATABRICKS_HOSTS+="http://127.0.0.1:${ports[index * 2 + 1]} "
    done
    export DATABRICKS_TOKEN DATABRICKS_HOST DATABRICKS_HOSTS
    local host
    for host in $DATABRICKS_HOSTS; do
        wait_until_ready "$host"
    done
}

# wait_until_ready URL: returns when the node serves, or ends the script.
wait_until_ready() {
    local attempt
    for ((attempt = 0; attempt < 150; attempt++)); do
        if curl -fsS -o /dev/null "$1/readyz" 2>/dev/null; then return 0; fi
        sleep 0.2
    done
    die "the cluster did not become ready; see its logs in $WORK (TARN_KEEP=1 keeps them)"
}
