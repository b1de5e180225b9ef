# What busy.jq found, for people.
def figure($name): "figure busy_\($name) \(length) <= 0 \(if . == [] then "met" else "missed" end)";
.[0]
| "\(.seconds) s of load, \(.restarts) restarts by an operator: \(.outcome); \(.acts | length) acts; the loop took \(.cost.cpu_percent) % of a processor and \(.cost.pss_kib / 102.4 | round / 10) MiB",
  (.fired[] | "  \(.severity)  \(.rule) of \(.entity), \(.times) times\(if .while_away then ", while it was away" else "" end): \(.says)"),
  (.plans[] | "  plan \(.playbook // "of no playbook"): \(.decision), \(.times) times"),
  (.notices | group_by(gsub("[0-9]+(m?s[0-9]*)*"; "N"))[] | "  notice: \(.[0])\(if length > 1 then ", and \(length - 1) like it" else "" end)"),
  (.acts | figure("acts")),
  (.wrong | figure("false_alarms"))
