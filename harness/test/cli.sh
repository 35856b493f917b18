#!/bin/sh
# The command line from outside. Usage: cli.sh TCPASSAY FOLDER-OF-PLUG-INS FOLDER-OF-DATA
set -u
tcpassay=$1
plugins=$2
data=$3
room=$(mktemp -d) || exit 1
trap 'rm -rf "$room"' EXIT
cd "$room" || exit 1
bad=0

complain() {
    echo "cli: $*"
    sed 's/^/    out: /' out | head -n 20
    sed 's/^/    err: /' err | head -n 20
    bad=$((bad + 1))
}

# expect CODE WORD... : the exit code, and no crash of tcpassay itself.
expect() {
    want=$1
    shift
    "$tcpassay" "$@" >out 2>err </dev/null
    got=$?
    [ "$got" -eq "$want" ] || complain "$* : exit $got, wanted $want"
    if [ "$want" -ne 0 ] && [ "$want" -ne 1 ] && [ "$want" -ne 3 ] && [ ! -s err ] &&
        ! grep -q "exit $want\$" out; then
        complain "$* : exit $want without a message"
    fi
}
out_has() { grep -qF -- "$1" out || complain "no \"$1\" on stdout"; }
err_has() { grep -qF -- "$1" err || complain "no \"$1\" on stderr"; }
# one message, not several
one_line() { [ "$(wc -l <err)" -eq 1 ] || complain "stderr is not one line"; }

# A folder of specs with three small rules and the whole catalogue.
make_specs() {
    mkdir -p specs
    cp -r "$data/specs/rules" specs/
    ln -s "$SPECS/requirements" specs/requirements
    export TCPASSAY_SPECS="$room/specs"
}
SPECS=${TCPASSAY_SPECS:-$(dirname "$data")/../../../specs}

usage() {
    expect 2
    expect 2 rnu
    err_has 'did you mean "run"?'
    expect 2 run -s tcpref --stricct
    err_has 'did you mean --strict?'
    one_line
    expect 2 run -s
    err_has '--stack wants STACK'
    expect 2 run -s tcpref -Z
    expect 2 run
    err_has 'which stack?'
    expect 2 run -s tcpreff
    err_has 'tcpref'
    one_line
    expect 2 run -s tcpref --level maybe
    expect 2 run -s tcpref --seed xyz
    expect 2 run -s tcpref --timeout 5
    expect 2 run -s tcpref -j 0
    expect 2 run -s tcpref --format xml
    expect 2 run -s tcpref -k colour:red
    err_has 'unknown key "colour"'
    expect 2 run -s tcpref --emit yaml
    err_has 'run takes no --emit'
    expect 2 run -s tcpref --specs nowhere
    err_has 'nowhere'
    expect 2 explain open.handshak
    err_has 'did you mean "open.handshake"?'
    expect 2 list things
    expect 2 baseline check -s tcpref
    err_has 'there is no baseline'
    expect 0 --help
    expect 0 run --help
    out_has '--strict'
    expect 0 version
    out_has 'libyaml'
}

verdicts() {
    expect 0 run -s tcpref open.handshake
    out_has '2 cases: 0 fail'
    expect 0 run -s tcpref 'open.hand*' --strict -q
    expect 0 run -s tcpref open.handshake/6 --format tap
    out_has 'ok 1 - open.handshake/6'
    expect 1 run -s tcpref open.never-answered
    out_has 'FAIL  open.never-answered'
    out_has 'the listener answered'
    out_has 'tcpassay run open.never-answered -s tcpref --seed 1'
    [ -s .tcpassay/tcpref/open.never-answered.tcpref.pcap ] || complain 'no capture'
    [ -s .tcpassay/tcpref/report.json ] || complain 'no report.json'
    [ -s .tcpassay/tcpref/junit.xml ] || complain 'no junit.xml'
    expect 0 run -s tcpref open.handshake -q
    [ ! -e .tcpassay/tcpref/open.never-answered.tcpref.pcap ] || complain 'an old capture is left'
    expect 5 run -s tcpref open.skipped
    err_has 'every case was skipped'
    out_has 'timestamps were not agreed'
    expect 5 run -s tcpref no.such-rule
    err_has 'no rule matches'
    one_line
    expect 5 run -s tcpref -k 'tag:none'
    expect 0 run -s tcpref -k 'tag:opening !state:established'
    expect 1 run -s tcpref --fail-fast 'open.never*'
    expect 1 run -s tcpref
    expect 1 run -s tcpref --last-failed
    out_has '1 cases: 1 fail'
    expect 0 run --dry-run
    out_has 'open.handshake/4'
    expect 0 run -s tcpref open.handshake --ascii --color always
    LC_ALL=C grep -q '[^ -~[:cntrl:]]' out && complain 'not ASCII'
    expect 0 run -s tcpref -s tcpref:squeezed open.handshake --out two
    [ -s two/tcpref/report.json ] && [ -s two/tcpref-squeezed/report.json ] || complain 'two stacks'
    expect 0 run -s tcpref open.handshake --format json:a.json --format junit:b.xml
    [ -s a.json ] && [ -s b.xml ] || complain 'formats to files'
}

twice() {
    expect 1 run -s tcpref --out one --format json
    grep -v '"wall_ms"' out >first
    expect 1 run -s tcpref --out one --format json -j 3 --shuffle=9
    grep -v '"wall_ms"' out >second
    cmp -s first second || complain 'two runs differ'
}

faults() {
    for fault in mute resets stale; do
        "$tcpassay" run -s tcpref --fault $fault open.handshake --format json >out 2>err
        grep -q '"verdict": "PASS"' out && complain "open.handshake passes under $fault"
    done
}

baseline() {
    expect 0 baseline write -s tcpref
    out_has '1 entries, 1 new'
    [ -s specs/deviations/tcpref.yaml ] || complain 'no baseline was written'
    expect 0 run -s tcpref
    out_has '1 known'
    expect 0 baseline check -s tcpref
    out_has 'baseline holds'
    expect 1 run -s tcpref --no-baseline
    sed 's/answered/slept/; s/rule: open.never-slept/rule: open.never-answered/' \
        specs/deviations/tcpref.yaml >changed.yaml
    expect 1 run -s tcpref --baseline changed.yaml
    out_has '1 changed'
    sed 's/never-answered/handshake/' specs/deviations/tcpref.yaml >fixed.yaml
    expect 1 run -s tcpref open.handshake --baseline fixed.yaml
    out_has '2 fixed'
    echo 'cases: [{rule: x}]' >wrong.yaml
    expect 2 run -s tcpref --baseline wrong.yaml
    err_has 'wrong.yaml:1:'
    expect 2 run -s tcpref --baseline missing.yaml
    rm -rf .tcpassay
    printf 'cases:\n  - {rule: open.handshake, verdict: FAIL\n' >specs/deviations/tcpref.yaml
    expect 2 run -s tcpref
    err_has 'specs/deviations/tcpref.yaml:'
    head -c 300 "$tcpassay" >specs/deviations/tcpref.yaml
    expect 2 run -s tcpref
    [ ! -e .tcpassay/tcpref/report.json ] || complain 'a report in spite of a corrupt baseline'
    rm -r specs/deviations
}

rule_files() {
    for name in unknown-key unknown-clause not-yaml ambiguous; do
        rm -rf .tcpassay
        expect 2 run -s tcpref "$data/broken/$name.yaml"
        err_has "$name.yaml:"
        expect 2 lint "$data/broken/$name.yaml"
        err_has "$name.yaml:"
        [ ! -e .tcpassay ] || complain "$name left something behind"
    done
    expect 2 lint "$data/broken/unknown-key.yaml"
    err_has 'did you mean "within"?'
    err_has ':7:25:'
    expect 2 lint "$data/broken/unknown-clause.yaml"
    err_has 'did you mean "MUST-34"?'
    expect 2 lint no-such-file.yaml
    err_has 'no-such-file.yaml'
    : >empty.yaml
    expect 2 lint empty.yaml
    err_has 'empty.yaml'
    expect 2 lint
    expect 0 lint specs/rules
    expect 0 lint --schema
    out_has '"$schema"'
}

plug_ins() {
    expect 4 run -s lib:./missing.so
    err_has 'missing.so'
    one_line
    expect 4 run -s "lib:$plugins/wrong_abi.so"
    err_has 'version 99 of the port'
    one_line
    expect 4 run -s "lib:$plugins/not_a_plugin.so"
    expect 4 run -s "lib:$plugins/no_recv.so"
    expect 4 run -s "lib:$plugins/refuses.so" open.handshake --out plug
    err_has 'the licence has run out'
    expect 3 run -s "lib:$plugins/crashes.so" open.handshake --out plug
    out_has 'signal 11'
    out_has '1 crash'
    expect 3 run -s "lib:$plugins/hangs.so" open.handshake/4 --timeout 300ms --out plug
    out_has '1 hang'
    expect 4 run -s "lib:$plugins/oversized.so" open.handshake --out plug
    out_has 'the adapter breaks the port: output'
    expect 4 probe -s "lib:$plugins/liar.so"
    expect 0 probe -s tcpref
    expect 0 selftest open.handshake -s "lib:$plugins/crashes.so"
    out_has "the judge can fail"
    out_has "caught:  open.handshake"
    expect 1 selftest open.handshake -s tcpref
    out_has "not caught"
    expect 1 selftest # one of the rules passes where nobody answers
    out_has "not to be trusted"
    expect 5 selftest no-such-rule
}

# A case that kills the stack costs that case; the others are judged all the same.
rest_goes_on() {
    for jobs in 1 3; do
        expect 3 run -s "lib:$plugins/frail.so" "$data/frail.yaml" -j $jobs \
            --timeout 500ms --out plug
        out_has '3 cases: 0 fail · 1 pass'
        out_has '1 crash'
        out_has '1 hang'
        out_has 'no answer within 0.5 s'
    done
}

# Without the right to a network namespace Linux is not judged, and nothing is left half-written.
no_right() {
    unshare -Ur true 2>/dev/null || return 0
    unshare -Ur sh -c 'echo 0 >/proc/sys/user/max_user_namespaces &&
        exec setpriv --bounding-set=-all --inh-caps=-all "$@"' sh \
        "$tcpassay" run -s linux open.handshake --out linux >out 2>err
    [ $? -eq 4 ] || complain 'no right to a namespace: not exit 4'
    err_has 'no right to a network namespace'
    one_line
    [ -z "$(ls linux 2>/dev/null)" ] || complain 'no right: half-written'
}

# What other programs read: they are asked where they are there.
formats() {
    expect 1 run -s tcpref --format tap --out fmt
    [ "$(sed -n 2p out)" = '1..4' ] || complain 'no plan in TAP'
    [ "$(grep -cE '^(not )?ok [0-9]+ - ' out)" -eq 4 ] || complain 'TAP has another number of lines'
    ! command -v xmllint >/dev/null || xmllint --noout fmt/junit.xml 2>err || complain 'junit.xml'
    ! command -v tshark >/dev/null ||
        tshark -r fmt/open.never-answered.tcpref.pcap 2>err | grep -q 'SYN, ACK' ||
        complain 'tshark does not read the capture'
    jq -e '.summary as $s | .format >= 1 and $s.cases == (.cases | length) and
        ([$s.pass, $s.fail, $s.warn, $s.info, $s.skip, $s.inconc, $s.crash, $s.hang, $s.error]
         | add) == $s.cases' fmt/report.json >out 2>err || complain 'the summary does not add up'
}

terminal() {
    command -v script >/dev/null || return 0
    line="$tcpassay run -s lib:$plugins/hangs.so open.handshake/4 --timeout 400ms --out tty"
    script -qec "stty cols 30; $line" /dev/null </dev/null >out 2>err
    grep -q "$(printf '\033')\[K\[ *0/1\]" out || complain 'no progress on a terminal'
    grep -q "$(printf '\033')\[3" out || complain 'no colour on a terminal'
    NO_COLOR=1 script -qec "$line" /dev/null </dev/null >out 2>err
    grep -q "$(printf '\033')\[3" out && complain 'colour in spite of NO_COLOR'
    expect 3 run -s "lib:$plugins/hangs.so" open.handshake/4 --timeout 400ms --out tty
    [ ! -s err ] || complain 'progress without a terminal'
}

interrupted() {
    "$tcpassay" run -s "lib:$plugins/hangs.so" open.handshake/4 --timeout 60s --out plug >out 2>err &
    pid=$!
    sleep 1
    kill -INT $pid
    wait $pid
    [ $? -eq 130 ] || complain 'SIGINT is not exit 130'
    out_has 'interrupted: 0 of 1 cases'
}

octets() {
    : >none
    expect 2 repro none
    err_has 'is empty'
    one_line
    expect 2 repro missing
    err_has 'missing'
    one_line
    expect 2 repro "$room"
    expect 2 repro
    head -c 200 /dev/zero >some
    expect 0 repro some --emit yaml -o some.yaml
    out_has 'tester'
    expect 0 run -s tcpref some.yaml
    expect 0 repro some --emit pcap -o some.pcap
    [ -s some.pcap ] || complain 'no capture was emitted'
    expect 4 repro some --emit yaml -o no/such/folder.yaml
    expect 0 repro "$data/specs/rules/open/handshake.yaml"
    expect 2 repro "$data/specs/rules/open/handshake.yaml" --emit yaml
}

folders() {
    : >file
    expect 4 run -s tcpref --out file/below
    err_has 'file/below'
    one_line
    expect 4 run -s tcpref --out /proc/tcpassay
    one_line
    mkdir locked
    chmod 555 locked
    if ! touch locked/try 2>/dev/null; then
        expect 4 run -s tcpref --out locked
        one_line
        [ -z "$(ls locked)" ] || complain 'half-written'
    fi
    expect 4 run -s tcpref open.handshake --format json:file/x
    "$tcpassay" list rules >/dev/full 2>err
    [ $? -eq 4 ] || complain 'a full stdout is not told'
}

lists() {
    expect 0 list rules
    out_has 'open.handshake'
    expect 0 list rules --format json -k tag:opening
    out_has '"judges"'
    expect 0 list clauses MUST-10 --format json
    out_has '"status": "ruled"'
    expect 0 list clauses
    expect 0 list checks
    expect 0 list keys
    expect 0 list stacks
    out_has 'linux'
    expect 0 explain open.handshake
    expect 0 explain MUST-10
    expect 0 explain INCONC
    expect 0 explain edge-back
    expect 5 list clauses NO-SUCH
}

make_specs
for part in usage verdicts twice faults baseline rule_files plug_ins rest_goes_on interrupted no_right \
    formats terminal octets folders lists; do
    $part
done
[ "$bad" -eq 0 ] || echo "cli: $bad complaints"
[ "$bad" -eq 0 ]
