# shellcheck shell=bash
# What the scripts of this folder share. Source it first: it sets strict mode, REPOSITORY and the helpers below, and makes sure that
# whatever a script starts or writes outside the build folder is gone when the script ends.
set -euo pipefail

REPOSITORY="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)"
# Data and tools that stand beside a checkout: Delta tables of other writers and the corpus maker.
TARN_SHARED="${TARN_SHARED:-$(dirname "$REPOSITORY")/shared}"
# The one configuration that demo, tests and benchmarks share, so that everything is compiled once.
# shellcheck disable=SC2034  # read by the scripts that source this file
BUILD_FLAGS=(-c release -Xswiftc -enable-testing --explicit-target-dependency-import-check error)
TARN="${TARN_BINARY:-$REPOSITORY/.build/release/tarn}"
SWIFT_VERSION_MIN="6.3"
# Programs from PyPI that checks need (`ops/setup test`).
TOOLS="$REPOSITORY/.build/tools"
export REPOSITORY TARN_SHARED TARN TOOLS

# step TEXT: a heading with the time since the script began.
step() {
    printf '\n==> [%3ds] %s\n' "$SECONDS" "$*"
}

# say TEXT: one indented line below a heading.
say() {
    printf '    %s\n' "$*"
}

# die TEXT: ends the script with what is wrong and what to do.
die() {
    printf 'error: %s\n' "$*" >&2
    exit 1
}

CLEANUP_PIDS=()
CLEANUP_DIRECTORIES=()

# Ends the processes and deletes the folders that this script registered, and nothing else.
clean_up() {
    local status=$? pid directory
    trap - EXIT INT TERM HUP
    for pid in "${CLEANUP_PIDS[@]+"${CLEANUP_PIDS[@]}"}"; do
        stop_process "$pid"
    done
    for directory in "${CLEANUP_DIRECTORIES[@]+"${CLEANUP_DIRECTORIES[@]}"}"; do
        rm -rf -- "$directory"
    done
    exit "$status"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# stop_process PID: SIGTERM, then SIGKILL after five seconds. Only for a child of this shell.
stop_process() {
    local pid="$1" attempt
    kill -TERM "$pid" 2>/dev/null || { wait "$pid" 2>/dev/null || true; return 0; }
    for ((attempt = 0; attempt < 50; attempt++)); do
        # A child that ended is a zombie until it is waited for, and kill -0 still finds it.
        if ! kill -0 "$pid" 2>/dev/null || [[ "$(process_state "$pid")" == Z ]]; then
            wait "$pid" 2>/dev/null || true
            return 0
        fi
        sleep 0.1
    done
    kill -KILL "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
}

# process_state PID: the one-letter state of /proc, or nothing.
process_state() {
    awk '/^State:/ {print $2}' "/proc/$1/status" 2>/dev/null || true
}

# make_work_directory NAME: sets WORK to a fresh temporary folder, deleted when the script ends unless TARN_KEEP=1.
make_work_directory() {
    WORK="$(mktemp -d "${TMPDIR:-/tmp}/tarn-$1.XXXXXX")"
    if [[ "${TARN_KEEP:-0}" == 1 ]]; then
        say "keeping $WORK (TARN_KEEP=1)"
    else
        CLEANUP_DIRECTORIES+=("$WORK")
    fi
}

# find_swift: puts a toolchain on PATH that is recent enough, or says how to get one.
find_swift() {
    local candidate version
    if ! command -v swift >/dev/null 2>&1; then
        for candidate in /opt/swift/usr/bin /usr/local/swift/usr/bin "${HOME:-/nonexistent}/.local/share/swiftly/bin"; do
            if [[ -x "$candidate/swift" ]]; then
                export PATH="$candidate:$PATH"
                break
            fi
        done
    fi
    command -v swift >/dev/null 2>&1 || die "no 'swift' on PATH. Install Swift $SWIFT_VERSION_MIN or later from https://www.swift.org/install/linux/ and put its usr/bin on PATH"
    version="$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9][0-9.]*\).*/\1/p' | head -n 1)"
    [[ -n "$version" ]] || die "'swift --version' does not answer; the toolchain at $(command -v swift) is broken"
    if [[ "$(printf '%s\n%s\n' "$SWIFT_VERSION_MIN" "$version" | sort -V | head -n 1)" != "$SWIFT_VERSION_MIN" ]]; then
        die "Swift $version is too old; Tarn needs $SWIFT_VERSION_MIN or later (https://www.swift.org/install/linux/)"
    fi
    export SWIFT_VERSION="$version"
}

# human BYTES: a size with a binary unit.
human() {
    awk -v n="$1" 'BEGIN {
        split("B KiB MiB GiB TiB", unit, " ")
        i = 1
        while (n >= 1024 && i < 5) { n /= 1024; i++ }
        printf(i == 1 ? "%d %s" : "%.1f %s", n, unit[i])
    }'
}

# now: seconds since 1970 with milliseconds; since BEGIN: seconds passed since then.
now() {
    date +%s.%3N
}

since() {
    awk -v a="$1" -v b="$(now)" 'BEGIN { printf("%.2f", b - a) }'
}
