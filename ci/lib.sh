# Sourced by the scripts beside it: where we are, how we speak, and how packages come.
set -eu
cd "$(dirname "$0")/.."
ROOT=$PWD
export LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive

say() { printf '%s\n' "$*" >&2; }
die() { say "$(basename "$0"): $*"; exit 1; }

# The last line is always clear about how it ended.
finish() {
    status=$?
    if [ "$status" -ne 0 ]; then
        say "$(basename "$0"): failed (exit $status)"
    fi
}
trap finish EXIT

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    else
        sudo env DEBIAN_FRONTEND=noninteractive "$@" # sudo itself hands nothing on
    fi
}

# Install the named Debian packages that are missing.
need() {
    missing=
    for package in "$@"; do
        dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' ||
            missing="$missing $package"
    done
    [ -z "$missing" ] && return 0
    command -v apt-get >/dev/null 2>&1 || die "missing packages:$missing (no apt-get here)"
    [ "$(id -u)" -eq 0 ] || command -v sudo >/dev/null 2>&1 ||
        die "missing packages:$missing (neither root nor sudo to install them)"
    say "installing:$missing"
    log=$(mktemp)
    # shellcheck disable=SC2086
    if ! { as_root apt-get update -qq && as_root apt-get install -y -qq --no-install-recommends $missing; } \
        >"$log" 2>&1; then
        tail -n 20 "$log" >&2
        rm -f "$log"
        die "apt-get could not install:$missing"
    fi
    rm -f "$log"
}

BUILD_PACKAGES="gcc libc6-dev cmake ninja-build pkg-config libyaml-dev libpcap-dev libjansson-dev liblwip-dev libslirp-dev"
TEST_PACKAGES="$BUILD_PACKAGES libcmocka-dev afl++ clang libclang-rt-14-dev llvm clang-tidy cppcheck universal-ctags binutils git jq patch"

jobs() { nproc 2>/dev/null || echo 2; }
