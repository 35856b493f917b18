#!/bin/sh
# A planted bug from the crash to the rule: repro, --shrink, --emit and run agree about it. Usage:
# planted.sh TCPASSAY PLANTED.so TCPREF-PLUGIN.so FOLDER-OF-DATA
set -u
tcpassay=$1 planted=lib:$2:squeezed right=lib:$3:squeezed data=$4
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

# Nothing to keep, nothing to shrink by, no scenario.
expect 5 repro small.yaml -s "$right" --shrink
expect 2 repro "$data/specs/rules/open/handshake.yaml" -s tcpref --shrink
