/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "expr_cases.h"

static const struct expr_case literals[] = {
	{ "0", "int 0" },
	{ "007", "int 7" },
	{ "-1", "int -1" },
	{ "- 1", "int -1" },
	{ "--1", "int 1" },
	{ "9223372036854775807", "int 9223372036854775807" },
	{ "-9223372036854775808", "int -9223372036854775808" },
	{ "9223372036854775808", "parse 1:1: the integer is beyond 64 bits" },
	{ "-9223372036854775809", "parse 1:2: the integer is beyond 64 bits" },
	{ "0xff", "int 255" },
	{ "-0x10", "int -16" },
	{ "0XABu", "uint 171" },
	{ "0x", "parse 1:1: '0x' is no number or duration (units are ms s m h d w)" },
	{ "0xg", "parse 1:1: bad hexadecimal number" },
	{ "18446744073709551615u", "uint 18446744073709551615" },
	{ "18446744073709551616u", "parse 1:1: the integer is beyond 64 bits" },
	{ "7U", "uint 7" },
	{ "1.5", "double 1.5" },
	{ ".5", "double 0.5" },
	{ "1e3", "double 1000" },
	{ "1E-2", "double 0.01" },
	{ "-2.5e+1", "double -25" },
	{ "1e999", "parse 1:1: the number is too large" },
	{ "5m", "google.protobuf.Duration 5m" },
	{ "1h30m", "google.protobuf.Duration 1h30m" },
	{ "500ms", "google.protobuf.Duration 500ms" },
	{ "2w", "google.protobuf.Duration 14d" },
	{ "90s == 1m30s", "bool true" },
	{ "-5m", "google.protobuf.Duration -5m" },
	{ "5m == duration('5m')", "bool true" },
	{ "5q", "parse 1:1: '5q' is no number or duration (units are ms s m h d w)" },
	{ "1.5h", "parse 1:1: '1.5h' is no number or duration (units are ms s m h d w)" },
	{ "true", "bool true" },
	{ "false", "bool false" },
	{ "null", "null_type null" },
	{ "'a\"b'", "string a\"b" },
	{ "\"a'b\"", "string a'b" },
	{ "''", "string " },
	{ "''''''", "string " },
	{ "'''a'b\"c\nd'''", "string a'b\"c\nd" },
	{ "\"\"\"x\r\ny\"\"\"", "string x\ny" },
	{ "'\\n\\t\\\\\\'\\\"\\?\\`'", "string \n\t\\'\"?`" },
	{ "'\\x41\\101\\u00e9\\U0001F600'", "string AA\u00e9\U0001F600" },
	{ "'\\ud800'", "parse 1:2: bad escape in the string (use r'...' for a backslash as it is)" },
	{ "'\\d'", "parse 1:2: bad escape in the string (use r'...' for a backslash as it is)" },
	{ "'\\4'", "parse 1:2: bad escape in the string (use r'...' for a backslash as it is)" },
	{ "r'\\d+\\n'", "string \\d+\\n" },
	{ "R\"\"\"\\\"\"\"", "string \\" },
	{ "b'abc'", "bytes YWJj" },
	{ "b'\\xff\\000'", "bytes /wA=" },
	{ "rb'\\x'", "bytes XHg=" },
	{ "b'\u00e9' == b'\\xc3\\xa9'", "bool true" },
	{ "b'\\u0041'", "parse 1:3: bad escape in the string (use r'...' for a backslash as it is)" },
	{ "'open", "parse 1:1: the string is not closed" },
	{ "'open\n'", "parse 1:1: the string is not closed" },
	{ "'open\\", "parse 1:1: the string is not closed" },
	{ "'''open''", "parse 1:1: the string is not closed" },
	{ "[]", "list []" },
	{ "[1, 'a', [true],]", "list [1,\"a\",[true]]" },
	{ "{}", "map {}" },
	{ "{'a': 1, 2: 'b', true: null,}", "map {\"a\":1,\"2\":\"b\",\"true\":null}" },
	{ "{'a': 1, 'a': 2}", "error 1:10: the map has the same key twice" },
	{ "{1: 1, 1u: 2}", "error 1:8: the map has the same key twice" },
	{ "{1.5: 1}", "error 1:2: double cannot be a key" },
	{ "1 // one\n + 2", "int 3" },
};

static const struct expr_case operators[] = {
	{ "1 + 2 * 3", "int 7" },
	{ "(1 + 2) * 3", "int 9" },
	{ "2 - 3 - 4", "int -5" },
	{ "7 / 2", "int 3" },
	{ "-7 / 2", "int -3" },
	{ "-7 % 3", "int -1" },
	{ "7 / 2.0", "double 3.5" },
	{ "1 + 0.5", "double 1.5" },
	{ "2u * 1.5", "double 3" },
	{ "1u + 2u", "uint 3" },
	{ "1u + 2", "error 1:4: no '+' for uint and int (int() makes one of the other)" },
	{ "1u - 2u", "error 1:4: the integer result is beyond 64 bits" },
	{ "8 / 10", "int 0" },
	{ "storage.online / storage.total", "double 0.8" },
	{ "storage.online / storage.total < 0.8", "bool false" },
	{ "1 / 0", "error 1:3: division by zero" },
	{ "1 % 0", "error 1:3: modulus by zero" },
	{ "1u / 0u", "error 1:4: division by zero" },
	{ "1.0 / 0.0", "error 1:5: division by zero" },
	{ "storage.total / storage.zero > 1", "error 1:15: division by zero" },
	{ "5.0 % 2.0", "error 1:5: no '%' for double and double (int() makes a whole number)" },
	{ "9223372036854775807 + 1", "error 1:21: the integer result is beyond 64 bits" },
	{ "-9223372036854775808 - 1", "error 1:22: the integer result is beyond 64 bits" },
	{ "-9223372036854775808 / -1", "error 1:22: the integer result is beyond 64 bits" },
	{ "-9223372036854775808 % -1", "error 1:22: the integer result is beyond 64 bits" },
	{ "-(-9223372036854775808)", "error 1:1: the integer result is beyond 64 bits" },
	{ "'a' + 'b'", "string ab" },
	{ "b'a' + b'b' == b'ab'", "bool true" },
	{ "[1] + [2, 3]", "list [1,2,3]" },
	{ "tags + ['d']", "list [\"a\",\"b\",\"c\",\"d\"]" },
	{ "'a' + 1", "error 1:5: no '+' for string and int (string() makes text of a number)" },
	{ "'a' * 2", "error 1:5: no '*' for string and int (double() makes a number of text)" },
	{ "-'a'", "error 1:1: no '-' of string" },
	{ "!true", "bool false" },
	{ "!!true", "bool true" },
	{ "!1", "error 1:1: no '!' of int" },
	{ "1 < 2", "bool true" },
	{ "2 <= 2", "bool true" },
	{ "3 > 2 && 3 >= 3", "bool true" },
	{ "1 < 1.5", "bool true" },
	{ "1u < 2", "bool true" },
	{ "-1 < 0u", "bool true" },
	{ "0u > -1.5", "bool true" },
	{ "9007199254740993 == 9007199254740992.0", "bool false" },
	{ "9007199254740993 > 9007199254740992.0", "bool true" },
	{ "9223372036854775807 < 9223372036854775808.0", "bool true" },
	{ "18446744073709551615u < 18446744073709551616.0", "bool true" },
	{ "-9223372036854775808 == -9223372036854775808.0", "bool true" },
	{ "1 == 1.0 && 1 == 1u && 1u == 1.0", "bool true" },
	{ "1 == '1'", "bool false" },
	{ "1 != '1'", "bool true" },
	{ "null == none", "bool true" },
	{ "null == 0", "bool false" },
	{ "1 < '1'", "error 1:3: no '<' between int and string (double() makes a number of text)" },
	{ "[1] < [2]", "error 1:5: no '<' between list and list" },
	{ "null >= 1", "error 1:6: no '>=' between null_type and int" },
	{ "false < true", "bool true" },
	{ "'a' < 'b' && 'a' < 'aa' && 'Z' < 'a'", "bool true" },
	{ "b'a' < b'b'", "bool true" },
	{ "double('NaN') == double('NaN')", "bool false" },
	{ "double('NaN') != double('NaN')", "bool true" },
	{ "double('NaN') < 1 || double('NaN') >= 1", "bool false" },
	{ "1 < double('NaN') || 1u >= double('NaN')", "bool false" },
	{ "[1, 2.0] == [1.0, 2]", "bool true" },
	{ "[1] == [1, 2]", "bool false" },
	{ "tags == ['a', 'b', 'c']", "bool true" },
	{ "{'a': 1, 'b': 2} == {'b': 2.0, 'a': 1u}", "bool true" },
	{ "{'a': 1} == {'b': 1}", "bool false" },
	{ "deep == {'list': [{'k': 1}, {'k': 2}]}", "bool true" },
	{ "'b' in tags", "bool true" },
	{ "'z' in tags", "bool false" },
	{ "2 in numbers", "bool true" },
	{ "'cpu' in host", "bool true" },
	{ "1 in {1.0 == 1: 2}", "bool false" },
	{ "1 in {1: 2}", "bool true" },
	{ "1.0 in {1: 2}", "bool true" },
	{ "1 in 2", "error 1:3: 'in' needs a list or map, not int" },
	{ "'a' in 'abc'", "error 1:5: 'in' needs a list or map, not string (write text.contains(part))" },
	{ "true ? 1 : 2", "int 1" },
	{ "false ? 1 : true ? 2 : 3", "int 2" },
	{ "1 ? 2 : 3", "error 1:3: true or false expected before '?', not int" },
	{ "true ? 1 : 1 / 0", "int 1" },
	{ "true || false && false", "bool true" },
	{ "1 + 1 == 2 && !false", "bool true" },
	{ "-2 + 3", "int 1" },
	{ "tags[1]", "string b" },
	{ "numbers[0]", "double 3" },
	{ "tags[1.0]", "string b" },
	{ "tags[1.5]", "error 1:5: the index is not a whole number" },
	{ "tags[3]", "error 1:5: the index is outside the list of 3" },
	{ "tags[-1]", "error 1:5: the index is outside the list of 3" },
	{ "tags['a']", "error 1:5: a list has no item string" },
	{ "host['cpu']['usage']", "double 20" },
	{ "{1: 'a', 2: 'b'}[2]", "string b" },
	{ "{'a b': 1}.`a b`", "int 1" },
	{ "deep.list[1].k", "double 2" },
	{ "1[0]", "error 1:2: int has no items" },
	{ "'a'.b", "error 1:5: string has no field 'b'" },
	{ ".flag", "bool true" },
	{ "[1, 2].map(flag, .flag)", "list [true,true]" },
};

static const struct expr_case unknowns[] = {
	{ "storage.utilization > 90", "bool true" },
	{ "storage.absent > 90", "unknown storage.absent" },
	{ "nothing.at.all > 90", "unknown nothing" },
	{ "host['memory']", "unknown memory" },
	{ "host.cpu.idle + 1", "unknown host.cpu.idle" },
	{ "!nothing", "unknown nothing" },
	{ "-nothing", "unknown nothing" },
	{ "[1, nothing]", "unknown nothing" },
	{ "{'a': nothing}", "unknown nothing" },
	{ "nothing ? 1 : 2", "unknown nothing" },
	{ "size(nothing)", "unknown nothing" },
	{ "nothing == nothing", "unknown nothing" },
	{ "nothing || true", "bool true" },
	{ "true || nothing", "bool true" },
	{ "nothing || false", "unknown nothing" },
	{ "false || nothing", "unknown nothing" },
	{ "nothing && false", "bool false" },
	{ "false && nothing", "bool false" },
	{ "nothing && true", "unknown nothing" },
	{ "true && nothing", "unknown nothing" },
	{ "nothing || nothing2 || true", "bool true" },
	{ "nothing && nothing2", "unknown nothing" },
	{ "1 / 0 > 0 || true", "bool true" },
	{ "1 / 0 > 0 && false", "bool false" },
	{ "1 / 0 > 0 || false", "error 1:3: division by zero" },
	{ "1 / 0 > 0 || nothing", "unknown nothing" },
	{ "nothing || 1 / 0 > 0", "unknown nothing" },
	{ "(1 / 0 > 0 || true) && 2 % 0 == 0", "error 1:26: modulus by zero" },
	{ "(nothing || true) && other", "unknown other" },
	{ "1 || true", "bool true" },
	{ "1 || false", "error 1:1: true or false expected, not int" },
	{ "true && 'x'", "error 1:9: true or false expected, not string" },
	{ "has(storage.utilization)", "bool true" },
	{ "has(storage.absent)", "bool false" },
	{ "has(nothing.absent)", "bool false" },
	{ "has(nothing.absent.deeper)", "bool false" },
	{ "has(tags.a)", "error 1:10: list has no fields" },
	{ "has({'a': null}.a)", "bool true" },
	{ "!has(storage.absent) || storage.absent > 1", "bool true" },
	{ "has(host.name) && host.name == 'db-1'", "bool true" },
	{ "not_yet(cpu.usage) > 1", "unknown cpu.usage" },
	{ "not_yet(cpu.usage) > 1 || flag", "bool true" },
	{ "broken() || false", "error 1:1: broken: out of order" },
	{ "broken() || true", "bool true" },
};

static const struct expr_case calls[] = {
	{ "last(cpu.usage)", "int 0" },
	{ "[last(a), last(b.c), size('x'), last(d)]", "list [0,1,1,2]" },
	{ "over(host.cpu.usage, 5m)", "string host.cpu.usage" },
	{ "host.cpu.usage.over(5m)", "string host.cpu.usage" },
	{ "over(a.b, 5m, 1 + 1)", "int 2" },
	{ "over(a.b, nothing)", "unknown nothing" },
	{ "over(1, 5m)", "parse 1:1: over takes the name of a metric first, such as cpu.usage" },
	{ "over(a[0], 5m)", "parse 1:1: over takes the name of a metric first, such as cpu.usage" },
	{ "last()", "parse 1:1: last takes 1 argument, not 0" },
	{ "over(a)", "parse 1:1: over takes 2 to 3 arguments, not 1" },
	{ "a.over()", "parse 1:3: over takes 1 to 2 arguments, not 0" },
	{ "math.least()", "parse 1:6: math.least takes at least 1 argument, not 0" },
	{ "siez('a')", "parse 1:1: unknown function 'siez' (did you mean 'size'?)" },
	{ "'a'.startswith('b')",
	  "parse 1:5: unknown function 'startswith' (did you mean 'startsWith'?)" },
	{ "lasst(a)", "parse 1:1: unknown function 'lasst' (did you mean 'last'?)" },
	{ "frobnicate(1)", "parse 1:1: unknown function 'frobnicate'" },
	{ "contains('a', 'b')", "parse 1:1: contains is a method (write value.contains(...))" },
	{ "1.int()", "parse 1:3: int is no method (write int(...))" },
	{ "'1'.int()", "parse 1:5: int is no method (write int(...))" },
};

static const struct expr_case macros[] = {
	{ "numbers.all(x, x > 0)", "bool true" },
	{ "numbers.all(x, x > 1)", "bool false" },
	{ "[].all(x, 1 / 0 == 0)", "bool true" },
	{ "[1, 0].all(x, 1 / x > 1)", "bool false" },
	{ "[0, 1].all(x, 1 / x > 0)", "error 1:17: division by zero" },
	{ "numbers.exists(x, x == 2)", "bool true" },
	{ "[0, 1].exists(x, 1 / x > 0)", "bool true" },
	{ "[0, 1].exists(x, 1 / x > 5)", "error 1:20: division by zero" },
	{ "[1, 2].exists(x, nothing > x)", "unknown nothing" },
	{ "[1, 2].exists(x, nothing > x || x == 2)", "bool true" },
	{ "[1, 2].all(x, x)", "error 1:15: true or false expected, not int" },
	{ "numbers.exists_one(x, x > 2)", "bool true" },
	{ "numbers.existsOne(x, x > 1)", "bool false" },
	{ "[0, 1].exists_one(x, 1 / x == 1)", "error 1:24: division by zero" },
	{ "numbers.filter(x, x > 1)", "list [3,2]" },
	{ "numbers.map(x, x * 2)", "list [6,2,4]" },
	{ "numbers.map(x, x > 1, x * 2)", "list [6,4]" },
	{ "tags.map(t, t + '!')", "list [\"a!\",\"b!\",\"c!\"]" },
	{ "[[1, 2], [3]].map(l, l.map(x, x + size(l)))", "list [[3,4],[4]]" },
	{ "[1].map(x, [2].map(x, x))", "list [[2]]" },
	{ "host.exists(k, k == 'name')", "bool true" },
	{ "{'a': 1, 'b': 2}.map(k, k)", "list [\"a\",\"b\"]" },
	{ "{'a': 1, 'b': 2}.filter(k, k > 'a')", "list [\"b\"]" },
	{ "{'a': 1, 'b': 2}.all(k, v, v > 0 && k < 'c')", "bool true" },
	{ "['x', 'y'].exists(i, v, i == 1 && v == 'y')", "bool true" },
	{ "['x', 'y'].transformList(i, v, string(i) + v)", "list [\"0x\",\"1y\"]" },
	{ "[5, 6].transformMap(i, v, v > 5, v * 2)", "map {\"1\":12}" },
	{ "{'a': 'b'}.transformMapEntry(k, v, {v: k})", "map {\"b\":\"a\"}" },
	{ "[1, 1].transformMapEntry(i, v, {v: i})", "error 1:8: the map has the same key twice" },
	{ "[1].transformMapEntry(i, v, v)", "error 1:5: transformMapEntry needs a map of one entry" },
	{ "1.0.map(x, x)", "error 1:5: a list or map expected, not double" },
	{ "nothing.map(x, x)", "unknown nothing" },
	{ "[1].map(1, 2)", "parse 1:9: map takes a variable first, such as x, and an expression" },
	{ "[1].map(x.y, 2)", "parse 1:9: map takes a variable first, such as x, and an expression" },
	{ "[1].transformMap(x, 2)",
	  "parse 1:21: transformMap takes two variables first, such as x, and an expression" },
	{ "[1].all(x, x, x)", "parse 1:12: both variables have the same name" },
	{ "[1].all(x, true, true)", "parse 1:16: ')' expected, not ','" },
	{ "[1].filter(x)", "parse 1:12: filter takes a variable first, such as x, and an expression" },
	{ "has(a)", "parse 1:1: has() takes a field, such as has(storage.utilization)" },
	{ "has(a.b", "parse 1:8: ')' expected at the end (the '(' at 1:4 is open)" },
};

static const struct expr_case mistakes[] = {
	{ "", "parse 1:1: the expression is empty" },
	{ "  \n ", "parse 2:2: the expression is empty" },
	{ "a = 1", "parse 1:3: unexpected '=' (did you mean '=='?)" },
	{ "a => 1", "parse 1:3: unexpected '=' (did you mean '>='?)" },
	{ "a =< 1", "parse 1:3: unexpected '=' (did you mean '<='?)" },
	{ "a & b", "parse 1:3: unexpected '&' (did you mean '&&'?)" },
	{ "a | b", "parse 1:3: unexpected '|' (did you mean '||'?)" },
	{ "a =~ 'x'", "parse 1:3: unexpected '=' (did you mean '=='?)" },
	{ "a and b", "parse 1:3: unexpected 'and' (did you mean '&&'?)" },
	{ "a > 1 OR b", "parse 1:7: unexpected 'OR' (did you mean '||'?)" },
	{ "a > 90%", "parse 1:7: nothing after '%' (percent is written without its sign)" },
	{ "a b", "parse 1:3: unexpected 'b' after the expression" },
	{ "a >", "parse 1:4: a value expected at the end" },
	{ "(1", "parse 1:3: ')' expected at the end (the '(' at 1:1 is open)" },
	{ "1)", "parse 1:2: unexpected ')' after the expression (nothing opened it)" },
	{ "[1", "parse 1:3: ',' or ']' expected at the end (the '[' at 1:1 is open)" },
	{ "[1 2]", "parse 1:4: ',' or ']' expected, not '2'" },
	{ "{1}", "parse 1:3: ':' after a key expected, not '}'" },
	{ "{1: 2", "parse 1:6: ',' or '}' expected at the end (the '{' at 1:1 is open)" },
	{ "a + (b * [1, 2)", "parse 1:15: ',' or ']' expected, not ')' (the '[' at 1:10 is open)" },
	{ "size(\n  (1 + 2", "parse 2:9: ')' expected at the end (the '(' at 2:3 is open)" },
	{ "size(a, (b)", "parse 1:12: ',' or ')' expected at the end (the '(' at 1:5 is open)" },
	{ "a[1", "parse 1:4: ']' expected at the end (the '[' at 1:2 is open)" },
	{ "a.all(x, x", "parse 1:11: ')' expected at the end (the '(' at 1:6 is open)" },
	{ "cel.bind(x, 1, x", "parse 1:17: ')' expected at the end (the '(' at 1:9 is open)" },
	{ "a]", "parse 1:2: unexpected ']' after the expression (nothing opened it)" },
	{ "a <> b", "parse 1:4: a value expected, not '>' (did you mean '!='?)" },
	{ "not a", "parse 1:5: unexpected 'a' after the expression (did you mean '!'?)" },
	{ "a contains 'b'", "parse 1:3: unexpected 'contains' after the expression "
			    "(write it as a method: text.contains(part))" },
	{ "Thing{a: 1}", "parse 1:6: unexpected '{' after the expression "
			 "(there are no messages; {\"key\": 1} is a map)" },
	{ "storage.total > '5'", "error 1:15: no '>' between double and string "
				 "(double() makes a number of text)" },
	{ "5m > 300", "error 1:4: no '>' between google.protobuf.Duration and int "
		      "(a duration is written 5m or 90s)" },
	{ "now() > 300", "error 1:7: no '>' between google.protobuf.Timestamp and int "
			 "(timestamp() makes one of seconds)" },
	{ "'' < []", "error 1:4: no '<' between string and list" },
	{ "a ? b", "parse 1:6: ':' of the conditional expected at the end" },
	{ "a.", "parse 1:3: a name after '.' expected at the end" },
	{ "a.1", "parse 1:2: unexpected '.1' after the expression" },
	{ "a.(b)", "parse 1:3: a name after '.' expected, not '('" },
	{ "a.``", "parse 1:3: '`' without a name and a closing '`'" },
	{ "`a`", "parse 1:1: a value expected, not 'a'" },
	{ "if", "parse 1:1: 'if' is a reserved word (write condition ? a : b)" },
	{ "while + 1", "parse 1:1: 'while' is a reserved word" },
	{ "host.if", "unknown host.if" },
	{ "a\n  + @", "parse 2:5: unexpected '@'" },
	{ "'\u00e9\u00e9' @", "parse 1:6: unexpected '@'" },
	{ "a \x01", "parse 1:3: unexpected byte 0x01" },
	{ "'\xff'", "parse 1:1: the string is not UTF-8" },
	{ "'a'.matches('(')", "parse 1:13: bad pattern: missing closing parenthesis" },
};

#define RUN(table) expr_run_cases(table, sizeof(table) / sizeof((table)[0]))

static void test_facts(void)
{
	struct sh_error err = SH_ERROR_INIT;
	struct sh_expr *e = sh_expr_parse("over(a.b, 5m) > 1 && a.c.d[0].x == over(a.b, duration('2h'))"
					  " && has(h.i) && [1].all(v, v == w) && type(1) == int"
					  " && t.contains('x') && 3h > 1s",
					  expr_functions, &err);
	static const char *const want[] = { "a.b", "a.c.d", "h.i", "w", "t" };
	size_t n = sizeof(want) / sizeof(want[0]);

	OK(e != NULL, "it parses: %s", err.text);
	for (size_t i = 0; i < n; i++)
		OK(sh_expr_path(e, i) && !strcmp(sh_expr_path(e, i), want[i]), "path %zu is %s", i,
		   want[i]);
	OK(sh_expr_path(e, n) == NULL, "there are %zu paths", n);
	OK(sh_expr_needs_past(e), "it needs the past");
	OK(sh_expr_window(e) == 2 * SH_HOUR, "its window is the longest duration given");
	sh_expr_free(e);
	e = sh_expr_parse("a > 1 && broken()", expr_functions, &err);
	OK(!sh_expr_needs_past(e) && sh_expr_window(e) == 0, "a plain one needs none");
	OK(!strcmp(sh_expr_text(e), "a > 1 && broken()"), "the text is as given");
	sh_expr_free(e);
}

static void test_truth(void)
{
	static const struct {
		const char *expr;
		enum sh_truth want;
		const char *word; /* in error or missing */
	} cases[] = {
		{ "storage.utilization > 90", SH_TRUE, "" },
		{ "storage.utilization > 99", SH_FALSE, "" },
		{ "storage.nothing > 99", SH_UNKNOWN, "storage.nothing" },
		{ "1 / 0 == 1", SH_UNKNOWN, "1:3: division by zero" },
		{ "storage.utilization", SH_UNKNOWN, "1:1: true or false expected, not double" },
	};
	json_t *record = json_loads(expr_record, 0, NULL);

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct sh_eval eval = { .lookup = json_lookup, .user = record };
		struct sh_error err = SH_ERROR_INIT;
		struct sh_expr *e = sh_expr_parse(cases[i].expr, NULL, &err);

		OK(sh_expr_truth(e, &eval) == cases[i].want, "truth of %s", cases[i].expr);
		OK(!strcmp(eval.error[0] ? eval.error : eval.missing, cases[i].word), "it says '%s'",
		   cases[i].word);
		sh_expr_free(e);
	}
	json_decref(record);
}

int main(void)
{
	RUN(literals);
	RUN(operators);
	RUN(unknowns);
	RUN(calls);
	RUN(macros);
	RUN(mistakes);
	test_facts();
	test_truth();
	return plan_done();
}
