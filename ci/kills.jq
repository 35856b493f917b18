# Of the states of ci/mutants: what fuzz/mutants/kills.json holds. Shares are of what was tried.
def share($n; $all): {killed: $n, of: $all, percent: (if $all == 0 then 0 else $n * 1000 / $all | floor / 10 end)};
def kills_from($from): [.[] | select(any(.fuzz[]; .from == $from))] | length;
def tried_from($from): [.[] | select(any(.fuzz[], .survived[]; .from == $from))] | length;

map({name, origin, clause, symptom, remark,
     played: (.by_rules != null), rules: (.by_rules.rules // []), warned: (.by_rules.warned // []), cases: (.by_rules.cases // 0),
     invariants: ((.by_rules.invariants // [])
        + [.fuzz[] | select(.killed).what | capture("^INVARIANT (?<name>[a-z-]+)").name] | unique),
     fuzz: [.fuzz[] | select(.killed) | del(.killed, .limit)],
     survived: [.fuzz[] | select(.killed | not) | del(.killed, .what)]})
| . as $mutants
| {commit: $commit, targets: ($targets | split(" ")),
   totals: {mutants: length,
            rules: share([.[] | select(.rules + .warned != [])] | length; [.[] | select(.played)] | length),
            seeds: share(kills_from("seeds"); tried_from("seeds")),
            empty: share(kills_from("empty"); tried_from("empty"))},
   mutants: $mutants}
