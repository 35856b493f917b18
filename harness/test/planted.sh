#!/bin/sh
# A planted bug from the crash to the rule: repro, --shrink, --emit and run agree about it. Usage:
# planted.sh TCPASSAY PLANTED.so TCPREF-PLUGIN.so FOLDER-OF-DATA INCLUDE CC [FLAGS...]
set -u
tcpassay=$1 plugin=$2 reference=$3 data=$4 include=$5
shift 5 # what is left compiles
planted=lib:$plugin:squeezed right=lib:$reference:squeezed
line='INVARIANT every-window-honoured R7323-2.4-2 ESTABLISHED'
room=$(mktemp -d) || exit 1
trap 'rm -rf "$room"' EXIT
cd "$room" || exit 1

die() {
    echo "planted: $*"
    tail -n 30 out err 2>/dev/null
    exit 1
}
# expect CODE WORD...
expect() {
    want=$1
    shift
    "$tcpassay" "$@" >out 2>err </dev/null
    got=$?
    [ "$got" -eq "$want" ] || die "$* : exit $got, wanted $want"
}
steps() { grep -c '^- ' "$1"; }

expect 1 repro "$data/planted.yaml" -s "$planted"
grep -qx "$line" out || die 'repro does not tell the invariant'
expect 0 repro "$data/planted.yaml" -s "$right"

expect 1 repro "$data/planted.yaml" -s "$planted" --shrink --emit yaml -o small.yaml
grep -q "show $line" err || die 'it was not shrunk by its invariant'
grep -qx "$line" out || die 'what was shrunk does not show it'
[ "$(steps small.yaml)" -le 6 ] || die "$(steps small.yaml) steps are left"
grep -q '^breach: every-window-honoured$' small.yaml || die 'no breach is named'
expect 0 lint small.yaml
expect 1 run -s "$planted" small.yaml --out p
grep -q 'every-window-honoured' out || die 'run fails by something else'
expect 0 run -s "$right" small.yaml --out r
cp small.yaml once.yaml
expect 1 repro small.yaml -s "$planted" --shrink
[ "$(steps out)" -le "$(steps once.yaml)" ] || die 'shrinking it again made it larger'

# The test in C: it fails on the mutant, and passes on the right stack.
expect 1 repro once.yaml -s "$planted" --emit c -o test.c
grep -qx "$line" out || die '--emit c shows no ladder'
"$@" -std=c11 -Wall -Wextra -Werror -I "$include" test.c -o test -ldl >out 2>err || die 'the test in C does not compile'
./test "$plugin" >out 2>err
[ $? -eq 1 ] || die 'the test in C does not fail on the mutant'
grep -q "^FAIL $line" out || die 'the test in C does not say why'
./test "$reference" >out 2>err || die 'the test in C fails on the right stack'
./test >out 2>err
[ $? -eq 2 ] || die 'the test in C takes no plug-in for one'
expect 5 repro once.yaml -s "$right" --emit c
[ ! -s out ] || die 'there is a test of nothing'

# Nothing to keep, nothing to shrink by, no scenario.
expect 5 repro small.yaml -s "$right" --shrink
expect 2 repro "$data/specs/rules/open/handshake.yaml" -s tcpref --shrink

# fuzz finds it, and what it writes is one with repro and run.
expect 1 fuzz -s "$planted" --fail-fast --time 60s --seed 7 --out hunt
rule=$(sed -n 's|^ *\(hunt/findings/.*\.yaml\)$|\1|p' out | head -n 1)
[ -s "$rule" ] || die 'fuzz wrote no rule'
grep -q '^FOUND INVARIANT' out || die 'fuzz tells no finding'
[ -s "${rule%.yaml}.pcap" ] || die 'fuzz wrote no capture'
found=$(sed -n "s/^why: '.*: \(INVARIANT .*\)'$/\1/p" "$rule")
grep -qx "FOUND $found" out || die 'the rule says another signature than fuzz'
expect 1 run -s "$planted" "$rule" --out p
expect 1 repro "$rule" -s "$planted"
grep -qx "$found" out || die 'repro of the rule shows another signature'
expect 1 repro "${rule%.yaml}.bin" -s "$planted"
grep -qx "$found" out || die 'repro of the octets shows another signature'

# It goes on where it was; what is broken is refused by its name, and stays.
expect 1 fuzz -s "$planted" --runs 1 --out hunt
expect 2 fuzz -s tcpref --runs 1 --out hunt
grep -q 'hunt/fuzz.json' err || die 'another stack is taken for the same'
cp hunt/fuzz.json good.json
head -c 100 good.json >hunt/fuzz.json
expect 2 fuzz -s "$planted" --runs 1 --out hunt
grep -q 'hunt/fuzz.json:' err || die 'a broken checkpoint is not named'
[ "$(wc -c <hunt/fuzz.json)" -eq 100 ] || die 'a broken checkpoint was written over'
cp good.json hunt/fuzz.json
: >hunt/corpus/empty
expect 2 fuzz -s "$planted" --runs 1 --out hunt
grep -q 'hunt/corpus/empty' err || die 'a broken input is not named'
expect 2 fuzz -s "$right" --seeds none --out other
mkdir seeds
cp once.yaml seeds/
expect 0 fuzz -s "$right" --runs 1 --seeds seeds --out other
expect 1 fuzz -s "$planted" --runs 1 --seeds seeds --out third
grep -q "^FOUND $line" out || die 'a seed that breaks it is no finding'
expect 2 fuzz
expect 2 fuzz -s tcpref --time never

# On a real clock: what takes long is left for the next session.
if "$tcpassay" probe -s linux >out 2>err; then
    "$tcpassay" fuzz -s linux --runs 24 --fail-fast -j 8 --out kernel >out 2>err </dev/null
    got=$?
    [ "$got" -le 1 ] || die "fuzz -s linux: exit $got"
    grep -q 'real clock' out || die 'linux is not said to have a real clock'
    [ "$(ls kernel/corpus | wc -l)" -ge 8 ] || die 'the plain seeds are not in the corpus'
fi
