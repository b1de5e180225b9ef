# SPDX-License-Identifier: MIT
# rules.awk FILE...: what stock diagnoses say, and how stock rules describe their faults,
# each text once, as entries of a template for catalogues. Of YAML it knows the forms that those files have: one line, plain or
# in double quotes, or lines below ">-". With -v all=1 every text, however often.

# A text of nothing but values is the same in every language.
function give(text, rest) {
	rest = text
	gsub(/\{[^{}]*\}/, "", rest)
	if (!all && (text in given || rest !~ /[A-Za-z]/))
		return
	given[text]
	gsub(/\\/, "\\\\&", text)
	gsub(/"/, "\\\"", text)
	printf "\nmsgid \"%s\"\nmsgstr \"\"\n", text
}

function finish() {
	if (folded != "")
		give(folded)
	folded = ""
}

{
	match($0, /^ */)
	depth = RLENGTH
}
folding && depth > below {
	folded = folded (folded == "" ? "" : " ") substr($0, depth + 1)
	next
}
{
	finish()
	folding = 0
}
FNR == 1 {
	words = FILENAME ~ /(^|\/)rules\// ? "^ *(- )?description: " : "^ *(- )?(title|recommendation|because): "
}
$0 ~ words {
	match($0, /^ *(- )?/)
	below = RLENGTH
	value = $0
	sub(/^ *(- )?[a-z]*: /, "", value)
	if (value == ">-") {
		folding = 1
	} else if (value ~ /^"/) {
		value = substr(value, 2, length(value) - 2)
		gsub(/\\"/, "\"", value)
		give(value)
	} else {
		give(value)
	}
}
END {
	finish()
}
