# The tables of a campaign, of its results.
def median: sort | if length == 0 then null else .[(length - 1) / 2 | floor] end;
def count(f): map(select(f)) | length;
def outcome($word): count(.outcome == $word);
def percent($n; $of): if $of == 0 then null else 1000 * $n / $of | round / 10 end;
def shown($unit): if . == null then "-" else "\(.)\($unit)" end;
def width($n): tostring | . + " " * ([$n - length, 0] | max);
def row: [., [24, 24, 10, 10, 30, 8][:length]] | transpose | map(.[0] as $text | .[1] as $n | $text | width($n)) | join("  ") | sub(" +$"; "");
def figure($name; $op; $bar): values | # what was not tried has none
	"figure campaign_\($name) \(.) \($op) \($bar) " + (if (if $op == "<=" then . <= $bar else . >= $bar end) then "met" else "missed" end);

# Beside each other: seconds until the service is well, or what became of it.
# (Where the witness never saw it ill, when it was proved.)
def well_after: .seconds | if (.healthy // 0) < (.detected // 0) then .verified // .healthy else .healthy // .verified end;
def cell: if . == null then "-" elif .outcome == "healed" then "\(well_after)" else .outcome end;
def wrongs: (.wrong // [] | group_by(.) | map(.[0] + if length > 1 then " \(length)x" else "" end))
	+ if .sound == false then ["another one harmed"] else [] end | join(", ");
def told: ["\(outcome("healed")) healed", "\(outcome("noticed")) rightly told and left alone", "\(outcome("wrong act")) with a wrong act",
	"\(map(select(.outcome == "healed") | well_after) | median | shown(" s")) to be well (median)"] | join(", ");
def costs: "\(map(.cost.cpu_percent) | median | shown(" %")) of a processor, \(map(.cost.pss_kib) | median / 102.4 | round / 10) MiB";
def beside: map(select(.beside)) as $both
	| if $both == [] then empty else
		"", (["fault", "cause", "selfheal", "Monit", "what Monit did wrong", "Restart="] | row),
		($both[] | [.fault, .cause, cell, (.beside.monit | cell), (.beside.monit | wrongs), (.beside.restart | cell)] | row),
		"",
		"selfheal: \($both | told), \($both | costs)",
		($both | map(.beside.monit // empty) | select(. != []) | "Monit: \(told), \(costs)"),
		($both | map(.beside.restart // empty) | select(. != []) | "Restart=always: \(told)")
	end;

# Alone: as each was told when it was over.
def alone: if any(.[]; .beside) then empty else
	"", (["fault", "cause", "outcome", "seconds", "repairs"] | row),
	(.[] | [.fault, .cause // "", .outcome, .seconds.verified // "-", (.acts // [] | join(", "))] | row)
	end;

map(select(.outcome != "impossible")) as $tried
| ($tried | map(select(.outcome == "healed"))) as $healed
| ($tried | map(select(.repairable))) as $repairable
| ($healed | map(select(.looks == 1).seconds.verified)) as $facts
| ($healed | map(select(.looks != 1).seconds.verified)) as $measures
| (if $rows then alone else empty end), beside,
  "",
  "\(length) faults: \($healed | length) healed, \($tried | outcome("noticed")) rightly told and left alone, \($tried | count(.outcome == "healed" or .outcome == "noticed" | not)) not, \(length - ($tried | length)) not possible here",
  "seconds to verified recovery: median \($healed | map(.seconds.verified) | median), of facts \($facts | median | shown("")) (\($facts | length)), of measures \($measures | median | shown("")) (\($measures | length))",
  (percent($tried | count(.seconds.detected); $tried | length) | figure("detected_percent"; ">="; 100)),
  (percent($repairable | outcome("healed"); $repairable | length) | figure("healed_percent"; ">="; 95)),
  ($tried | outcome("wrong act") | figure("wrong_acts"; "<="; 0)),
  ($facts | median | figure("fact_seconds"; "<="; 3)),
  ($measures | median | figure("measure_seconds"; "<="; 6))
