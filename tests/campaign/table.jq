def median: sort | if length == 0 then null else .[(length - 1) / 2 | floor] end;
map(select(.outcome != "impossible")) as $tried
| ($tried | map(select(.outcome == "healed"))) as $healed
| "",
  "\(length) faults: \($healed | length) healed, \($tried | map(select(.outcome == "noticed")) | length) rightly told and left alone, \($tried | map(select(.outcome == "healed" or .outcome == "noticed" | not)) | length) not, \(length - ($tried | length)) not possible here",
  "seconds to verified recovery: median \($healed | map(.seconds.verified) | median)"
