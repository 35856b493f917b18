# fuzz/mutants/kills.json as Markdown.
def some($list): if $list | length > 3 then ($list[:3] | join(", ")) + " and \($list | length - 3) more" else $list | join(", ") end;
def kill($from): [.fuzz[] | select(.from == $from)] as $k
    | if $k == [] then (if any(.survived[]; .from == $from) then "**no**" else "not tried" end) else "`\($k[0].target)` \($k[0].seconds) s, \($k[0].executions)" end;
def seen: if .played | not then "not tried" elif .rules != [] then some(.rules) elif .warned != [] then "(SHOULD) " + some(.warned) else "**no**" end;
def total($t): "\($t.killed) of \($t.of) tried, \($t.percent) %";

"# The kill matrix",
"",
"Made by `ci/mutants`, at commit \(.commit). Planted bugs: \(.totals.mutants).",
"",
"- killed by the rules: \(total(.totals.rules))",
"- killed by a fuzz target within the limit on one core, from its seeds: \(total(.totals.seeds))",
"- the same, from an empty corpus: \(total(.totals.empty))",
"",
"The builds have the stack's own checks left out and coverage, but no sanitizer: the bugs are of meaning, and twice as many",
"cases are played without. A find counts only if tcpref as it is passes the same input. A rule that only warns (SHOULD) counts as",
"having seen the bug; a fuzz target stops at a MUST, or at a SHOULD that tcpref declares to keep. Seconds are of processor time, starting included.",
"",
"| bug | rules | invariants | fuzz, from seeds | fuzz, from nothing |",
"|---|---|---|---|---|",
(.mutants[] | "| \(.name) | \(seen) | \(some(.invariants)) | \(kill("seeds")) | \(kill("empty")) |"),
"",
"## Survivors",
"",
"| bug | survives | why |",
"|---|---|---|",
(.mutants[] | . as $m
 | [(if .played and .rules + .warned == [] then "the rules" else empty end), (("seeds", "empty") as $f
    | if any(.fuzz[]; .from == $f) then empty
      else [.survived[] | select(.from == $f) | "`\(.target)` \(.limit) s"]
          | select(. != []) | "from \(if $f == "empty" then "nothing" else $f end): \(join(", "))" end)] as $s
 | select($s != []) | "| \(.name) | \($s | join("; ")) | \($m.remark) |")
