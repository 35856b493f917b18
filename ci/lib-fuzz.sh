# shellcheck shell=sh
# Sourced after lib.sh by the scripts that run fuzz targets: what there is, and what they start from.

# shellcheck disable=SC2034
FUZZ_PACKAGES="$BUILD_PACKAGES clang libclang-rt-14-dev llvm afl++"
FUZZ_BUILD=build-fuzz AFL_BUILD=build-afl
export AFL_QUIET=1 AFL_NO_UI=1 AFL_SKIP_CPUFREQ=1 AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1 \
    AFL_TRY_AFFINITY=1 AFL_AUTORESUME=1 AFL_IMPORT_FIRST=1 AFL_HANG_TMOUT=10000

# build_fuzz PRESET: every target for one engine.
build_fuzz() {
    { cmake --preset "$1" && cmake --build --preset "$1" --target fuzz_programs -j "$(jobs)"; } \
        >"build-$1.log" 2>&1 || { tail -n 40 "build-$1.log" >&2; die "cannot build for $1: build-$1.log"; }
    rm "build-$1.log"
}

all_targets() { awk '$7 != "foreign" { print $1 }' "$FUZZ_BUILD/fuzz/targets.txt"; }

# about TARGET: sets max_len, head, record, dictionary, seeds as the list of targets has them.
about() {
    line=$(grep "^$1 " "$FUZZ_BUILD/fuzz/targets.txt") ||
        die "no target $1; there are: $(all_targets | paste -sd ' ')"
    # shellcheck disable=SC2086
    set -- $line
    max_len=$2 head=$3 record=$4 dictionary=$5 seeds=$6
}

# What the engine is told of the mutator, as environment; after about().
mutator_env() {
    [ "$record" = - ] || printf 'AFL_CUSTOM_MUTATOR_LIBRARY=%s TCPASSAY_FORMAT=%s,%s,%s' \
        "$ROOT/$AFL_BUILD/fuzz/libtcpassay_mutator.so" "$head" "$record" "$max_len"
}

# corpus_folders TARGET: those that it starts from and that there are.
corpus_folders() {
    about "$1"
    for kind in seed found crash; do
        [ ! -d "corpora/$seeds/$kind" ] || echo "corpora/$seeds/$kind"
    done
}

# Whether the file $1 only describes the one of the same name without .yaml or .txt.
is_text() {
    case $1 in
    *.yaml | *.txt) [ -f "${1%.*}" ] ;;
    *) false ;;
    esac
}

# gather TARGET FOLDER: all inputs of the corpus flat in FOLDER, which is made anew; never none.
gather() {
    rm -rf "$2" && mkdir -p "$2"
    for kind in seed found crash; do
        for input in "corpora/$1/$kind"/*; do
            [ ! -s "$input" ] || is_text "$input" || cp "$input" "$2/$kind-${input##*/}"
        done
    done
    [ -n "$(ls "$2")" ] || head -c 64 /dev/zero >"$2/nothing"
}

# sign TARGET FILE: the line by which what FILE shows is told apart; nothing if it shows nothing.
sign() {
    shown=$(mktemp)
    for program in "$FUZZ_BUILD/fuzz/$1_replay" "$AFL_BUILD/fuzz/$1_replay"; do
        [ -x "$program" ] || continue
        status=0
        "$program" "$2" >"$shown" 2>&1 || status=$?
        [ "$status" -ne 0 ] || continue
        line=$(grep -aE '^[A-Z][A-Z]+ |^SUMMARY|runtime error|Assertion' "$shown" | head -n 1)
        [ "$status" -ne 142 ] || line="TIMEOUT" # SIGALRM, of replay.c
        echo "${line:-ends with $status and says nothing}" | sed 's/^\(INVARIANT [^:]*\):.*/\1/'
        break
    done
    rm -f "$shown"
}
