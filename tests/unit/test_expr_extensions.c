/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "expr_cases.h"

static const struct expr_case math[] = {
	{ "math.sign(-7) + math.sign(9) + math.sign(0)", "int 0" },
	{ "math.sign(3u)", "uint 1" },
	{ "math.sign(-0.25)", "double -1" },
	{ "math.sign(double('NaN'))", "double NaN" },
	{ "math.sign('a')", "error 1:6: no math.sign for (string)" },
	{ "math.sqrt(16)", "double 4" },
	{ "math.sqrt(2.25)", "double 1.5" },
	{ "math.sqrt(-1)", "double NaN" },
	{ "math.isInf(double('-inf')) && !math.isInf(1e300) && !math.isInf(3)", "bool true" },
	{ "math.isFinite(3) && !math.isNaN(3u)", "bool true" },
	{ "math.isNaN('a')", "error 1:6: no math.isNaN for (string)" },
	{ "math.bitAnd(12, 10)", "int 8" },
	{ "math.bitOr(12u, 3u)", "uint 15" },
	{ "math.bitXor(-1, 1)", "int -2" },
	{ "math.bitNot(5)", "int -6" },
	{ "math.bitNot(0u) == 18446744073709551615u", "bool true" },
	{ "math.bitAnd(storage.total, 2) != 0", "bool true" },
	{ "math.bitAnd(1, 1u)", "error 1:6: no math.bitAnd for (int, uint)" },
	{ "math.bitAnd(1.5, 1)", "error 1:6: no math.bitAnd for (double, int)" },
	{ "math.bitShiftLeft(3, 2)", "int 12" },
	{ "math.bitShiftLeft(1u, 64)", "uint 0" },
	{ "math.bitShiftRight(-1, 60)", "int 15" },
	{ "math.bitShiftRight(256u, 4)", "uint 16" },
	{ "math.bitShiftRight(1, -1)", "error 1:6: math.bitShiftRight: a shift by less than 0" },
	{ "math.bitShiftLeft(1, 2u)", "error 1:6: no math.bitShiftLeft for (int, uint)" },
	{ "math.bitand(1, 2)", "parse 1:6: unknown function 'math.bitand' (did you mean 'math.bitAnd'?)" },
};

static const struct expr_case lists[] = {
	{ "tags.slice(1, 3)", "list [\"b\",\"c\"]" },
	{ "tags.slice(2, 2)", "list []" },
	{ "tags.slice(0, 4)", "error 1:6: slice: outside the list of 3" },
	{ "tags.slice(-1, 1)", "error 1:6: slice: outside the list of 3" },
	{ "tags.slice(2, 1)", "error 1:6: slice: outside the list of 3" },
	{ "[[1, [2]], 3, []].flatten()", "list [1,[2],3]" },
	{ "[[1, [2, [4]]], 3].flatten(2)", "list [1,2,[4],3]" },
	{ "[[1]].flatten(0)", "list [[1]]" },
	{ "[[1]].flatten(-1)", "error 1:7: flatten: a depth below 0" },
	{ "[1, 2.0, 1.0, 'a', 2, 'a', [3], [3.0]].distinct()", "list [1,2,\"a\",[3]]" },
	{ "lists.range(4)", "list [0,1,2,3]" },
	{ "lists.range(0) == [] && lists.range(-3) == []", "bool true" },
	{ "lists.range(1000000)", "error 1:7: the result is too large" },
	{ "lists.range('a')", "error 1:7: no lists.range for (string)" },
	{ "numbers.sort()", "list [1,2,3]" },
	{ "['b', '', 'ab', 'a'].sort()", "list [\"\",\"a\",\"ab\",\"b\"]" },
	{ "[3, 1u, 2.5, -4].sort()", "list [-4,1,2.5,3]" },
	{ "[5m, 30s].sort()[0] == 30s", "bool true" },
	{ "[].sort() == [] && [[1]].map(x, 1).sort() == [1]", "bool true" },
	{ "[1, 'a'].sort()", "error 1:10: no order of int and string" },
	{ "[[1]].sort()", "error 1:7: no order of list and list" },
	{ "[1.0, double('NaN')].sort()", "error 1:22: NaN has no place in an order" },
	{ "[[2, 'x'], [1, 'y'], [2, 'a']].sortBy(p, p[0]).map(p, p[1])", "list [\"y\",\"x\",\"a\"]" },
	{ "deep.list.sortBy(e, -e.k).map(e, e.k)", "list [2,1]" },
	{ "deep.list.sortBy(e, e.nothing)", "unknown nothing" },
	{ "host.sortBy(k, k)", "error 1:6: sortBy needs a list" },
	{ "[1].sortBy(x)", "parse 1:12: sortBy takes a variable first, such as x, and an expression" },
	{ "tags.first() + tags.map(t, t).last()", "string ac" },
	{ "[].first()", "unknown first()" },
	{ "tags.filter(t, t > 'x').last() == 'y' || flag", "bool true" },
	{ "tags.last()", "int 0" }, /* the caller's, which takes a path */
	{ "'a'.first()", "error 1:5: no first for (string)" },
	{ "tags.reverse()", "list [\"c\",\"b\",\"a\"]" },
	{ "1.0.reverse()", "error 1:5: no reverse for (double)" },
	{ "[1].flaten()", "parse 1:5: unknown function 'flaten' (did you mean 'flatten'?)" },
};

static const struct expr_case sets[] = {
	{ "sets.contains(tags, ['c', 'a'])", "bool true" },
	{ "sets.contains(tags, ['a', 'z'])", "bool false" },
	{ "sets.contains([], []) && sets.contains([1], [])", "bool true" },
	{ "sets.contains([1, 2.0], [1.0, 2u])", "bool true" },
	{ "sets.equivalent([1, 1, 2], [2, 1])", "bool true" },
	{ "sets.equivalent([1, 2], [2, 1, 3]) || sets.equivalent([1, 2], [1])", "bool false" },
	{ "sets.intersects(tags, ['z', 'b'])", "bool true" },
	{ "sets.intersects([[1]], [[2]]) || sets.intersects([], [1])", "bool false" },
	{ "sets.contains(tags, 'a')", "error 1:6: no sets.contains for (list, string)" },
	{ "sets.contain([], [])", "parse 1:6: unknown function 'sets.contain' (did you mean 'sets.contains'?)" },
};

static const struct expr_case regexes[] = {
	{ "regex.extract('disk sda1 full', 'sd[a-z]')", "string sda" },
	{ "regex.extract('disk sda1 full', 'disk ([a-z]+)([0-9])?$')",
	  "error 1:7: regex.extract: the pattern has more than one group ((?:...) makes none)" },
	{ "regex.extract('eth0: down', '^(\\\\w+):')", "string eth0" },
	{ "regex.extract('eth0', 'wlan')", "unknown regex.extract()" },
	{ "regex.extract('eth0', 'wlan') == 'x' || flag", "bool true" },
	{ "regex.extract('b', 'b(x)?')", "unknown regex.extract()" },
	{ "regex.extract(host.name, '(' + '')", "error 1:7: bad pattern: missing closing parenthesis" },
	{ "regex.extract(host.name, '(')", "parse 1:26: bad pattern: missing closing parenthesis" },
	{ "regex.extractAll('a1 b22 c', '[a-z]([0-9]+)')", "list [\"1\",\"22\"]" },
	{ "regex.extractAll('aXbX', 'x')", "list []" },
	{ "regex.extractAll('h\u00e9', '.')", "list [\"h\",\"\u00e9\"]" },
	{ "regex.extractAll('baac', 'a*')", "list [\"\",\"aa\",\"\"]" },
	{ "regex.extractAll('', 'x*')", "list [\"\"]" },
	{ "regex.extractAll('ab', '(a)(b)' + '')",
	  "error 1:7: regex.extractAll: the pattern has more than one group ((?:...) makes none)" },
	{ "regex.replace('a-b-c', '-', '+')", "string a+b+c" },
	{ "regex.replace('a-b-c', '-', '+', 1)", "string a+b-c" },
	{ "regex.replace('a-b-c', '-', '+', 0)", "string a-b-c" },
	{ "regex.replace('k=v', '(k)=(v)', '\\\\2\\\\\\\\\\\\1 \\\\0')", "string v\\k k=v" },
	{ "regex.replace('aa', '^a', 'b')", "string ba" },
	{ "regex.replace('ab', 'x*', '-')", "string -a-b-" },
	{ "regex.replace('a', 'b', '\\\\1')",
	  "error 1:7: regex.replace: bad replacement (\\0 to \\9 are groups, \\\\ a backslash)" },
	{ "regex.replace('a', 'b', '\\\\x')",
	  "error 1:7: regex.replace: bad replacement (\\0 to \\9 are groups, \\\\ a backslash)" },
	{ "regex.replace('a', 1, '')", "error 1:7: no regex.replace for (string, int, string)" },
};

static const struct expr_case coded[] = {
	{ "base64.encode(b'disk')", "string ZGlzaw==" },
	{ "base64.encode(b'') + base64.encode(b'abc')", "string YWJj" },
	{ "string(base64.decode('ZGlza3M='))", "string disks" },
	{ "base64.decode('+/+/') == b'\\xfb\\xff\\xbf'", "bool true" },
	{ "size(base64.decode(''))", "int 0" },
	{ "base64.decode('ZGlza3M')", "error 1:8: base64.decode: the text is no base64" },
	{ "base64.decode('Z===')", "error 1:8: base64.decode: the text is no base64" },
	{ "base64.decode('ZG=zaw==')", "error 1:8: base64.decode: the text is no base64" },
	{ "base64.encode('a')", "error 1:8: no base64.encode for (string)" },
	{ "base64.encode(bytes(text)) == 'aMOpbGxv'", "bool true" },
	{ "strings.quote('a\"b\\\\\\n\\t\\x07\u00e9')", "string \"a\\\"b\\\\\\n\\t\\a\u00e9\"" },
	{ "strings.quote(1)", "error 1:9: no strings.quote for (int)" },
};

static const struct expr_case bound[] = {
	{ "cel.bind(x, 2 + 3, x * x)", "int 25" },
	{ "cel.bind(x, 1, cel.bind(x, x + 1, x))", "int 2" },
	{ "cel.bind(l, numbers.map(n, n * 2), l.exists(n, n == 6) && size(l) == 3)", "bool true" },
	{ "[1, 2].map(n, cel.bind(m, n + 1, m * n))", "list [2,6]" },
	{ "cel.bind(x, nothing.at.all, 1)", "int 1" },
	{ "cel.bind(x, nothing.at.all, x > 1 || flag)", "bool true" },
	{ "cel.bind(x, nothing.at.all, x > 1)", "unknown nothing" },
	{ "cel.bind(x, 1 / 0, flag || x > 1)", "bool true" },
	{ "cel.bind(x, 1 / 0, 2 % 0 + x)", "error 1:22: modulus by zero" },
	{ "cel.bind(x, 1 / 0, (x > 0 || true) && x > 1)", "error 1:15: division by zero" },
	{ "cel.bind(x, nothing.a, cel.bind(y, x, has(y.b)))", "bool false" },
	{ "cel.bind(x, 1, 2", "parse 1:17: ')' expected at the end (the '(' at 1:9 is open)" },
	{ "cel.bind(1, 2, 3)",
	  "parse 1:10: cel.bind takes a variable first, such as x, its value, and an expression" },
	{ "cel.bind(x, x, 1)", "int 1" },
	{ "cel.bind(flag, !flag, flag)", "bool false" },
	{ "cel.blind(x, 1, x)", "parse 1:5: unknown function 'cel.blind' (did you mean 'cel.bind'?)" },
};

static const struct expr_case types[] = {
	{ "type(5m) == google.protobuf.Duration", "bool true" },
	{ "type(now()) == google.protobuf.Timestamp && type(now()) != google.protobuf.Duration",
	  "bool true" },
	{ "google.protobuf.Any", "unknown google" },
	{ "a.Timestamp", "unknown a" },
};

static const struct expr_case nets[] = {
	{ "ip('10.1.2.3')", "net.IP 10.1.2.3" },
	{ "ip('2001:DB8:0:0::7')", "net.IP 2001:db8::7" },
	{ "ip('10.1.2')", "error 1:1: ip(): the text is no address" },
	{ "ip('10.1.2.03')", "error 1:1: ip(): the text is no address" },
	{ "ip('fe80::1%eth0')", "error 1:1: ip(): the text is no address" },
	{ "ip('::ffff:1.2.3.4')", "error 1:1: ip(): the text is no address" },
	{ "ip(10)", "error 1:1: no ip for (int)" },
	{ "isIP('::') && isIP('0.0.0.0') && !isIP('x') && !isIP('10.0.0.0/8')", "bool true" },
	{ "ip('::1') == ip('0:0:0:0:0:0:0:1') && ip('10.0.0.1') != ip('10.0.0.2')", "bool true" },
	{ "ip('10.0.0.1') < ip('10.0.0.2')", "error 1:16: no '<' between net.IP and net.IP" },
	{ "ip.isCanonical('::1') && !ip.isCanonical('::01')", "bool true" },
	{ "ip('::1').family() - ip('1.2.3.4').family()", "int 2" },
	{ "ip('127.3.2.1').isLoopback() && ip('::1').isLoopback() && !ip('::2').isLoopback()",
	  "bool true" },
	{ "ip('0.0.0.0').isUnspecified() && !ip('0.0.0.1').isUnspecified()", "bool true" },
	{ "ip('224.0.0.251').isLinkLocalMulticast() && ip('ff02::fb').isLinkLocalMulticast()",
	  "bool true" },
	{ "ip('169.254.9.9').isLinkLocalUnicast() && ip('febf::1').isLinkLocalUnicast()", "bool true" },
	{ "ip('10.0.0.1').isGlobalUnicast() && ip('2001:db8::1').isGlobalUnicast()", "bool true" },
	{ "ip('255.255.255.255').isGlobalUnicast() || ip('ff0e::1').isGlobalUnicast()", "bool false" },
	{ "'a'.isLoopback()", "error 1:5: no isLoopback for (string)" },
	{ "'a'.isGlobalUnicast()", "error 1:5: no isGlobalUnicast for (string)" },
	{ "cidr('10.4.0.1/14')", "net.CIDR 10.4.0.1/14" },
	{ "cidr('10.4.0.1/14').masked()", "net.CIDR 10.4.0.0/14" },
	{ "cidr('2001:db8::/33').prefixLength()", "int 33" },
	{ "cidr('10.4.0.1/14').ip()", "net.IP 10.4.0.1" },
	{ "cidr('10.0.0.0')", "error 1:1: cidr(): the text is no network, such as 10.0.0.0/8" },
	{ "cidr('10.0.0.0/33')", "error 1:1: cidr(): the text is no network, such as 10.0.0.0/8" },
	{ "isCIDR('::/0') && isCIDR('1.2.3.4/32') && !isCIDR('1.2.3.4/08') && !isCIDR('::/')",
	  "bool true" },
	{ "cidr('10.4.0.0/14').containsIP('10.7.255.255')", "bool true" },
	{ "cidr('10.4.0.0/14').containsIP(ip('10.8.0.0'))", "bool false" },
	{ "cidr('0.0.0.0/0').containsIP('::1')", "bool false" },
	{ "cidr('10.0.0.0/8').containsIP('x')", "error 1:20: containsIP: the text is no address" },
	{ "cidr('10.0.0.0/8').containsCIDR('10.9.0.0/16')", "bool true" },
	{ "cidr('10.0.0.0/8').containsCIDR(cidr('10.0.0.0/7'))", "bool false" },
	{ "cidr('10.0.0.0/8').containsCIDR('10.0.0.1')", "error 1:20: containsCIDR: the text is no network" },
	{ "string(ip('::1')) + ' ' + string(cidr('::/0'))", "string ::1 ::/0" },
	{ "[ip('::1'), cidr('::/0')]", "list [\"::1\",\"::/0\"]" },
	{ "type(ip('::1')) == net.IP && type(cidr('::/0')) == net.CIDR", "bool true" },
	{ "net.rx_bytes", "unknown net" },
};

#define RUN(table) expr_run_cases(table, sizeof(table) / sizeof((table)[0]))

int main(void)
{
	RUN(math);
	RUN(lists);
	RUN(sets);
	RUN(regexes);
	RUN(coded);
	RUN(bound);
	RUN(types);
	RUN(nets);
	return plan_done();
}
