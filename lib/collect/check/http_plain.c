/* SPDX-License-Identifier: MIT */
/* A request of plain HTTP by a probe of our own, without the helper. */
#include "config.h"

#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/address.h"
#include "base/clock.h"
#include "collect/check/http.h"
#include "collect/check/http_answer.h"
#include "collect/check/net.h"
#include "expr/regex.h"

#define SCHEME "http://"

/* What is more is left to those who know all of URLs. */
bool sh_http_take_apart(const char *url, struct sh_http_target *t)
{
	struct sh_address a;
	size_t len;

	if (!url || strncmp(url, SCHEME, strlen(SCHEME)) != 0)
		return false;
	url += strlen(SCHEME);
	len = strcspn(url, "/?");
	t->path = url + len;
	for (const char *p = url; *p; p++)
		if (*p <= ' ' || *p >= 0x7f || *p == '#' || *p == '\\')
			return false;
	if (!len || len >= sizeof(t->authority) || strstr(t->path, "/."))
		return false;
	memcpy(t->authority, url, len);
	t->authority[len] = '\0';
	return sh_address_parse(t->authority, &a);
}

/* Whether the header may be sent as it is, by somebody who does not know what it means. */
static bool is_harmless(const char *name, const char *value)
{
	static const char *const meant[] = { "host", "connection", "content-length", "transfer-encoding", "te",
					     "expect", "upgrade", "accept-encoding", "trailer", NULL };

	for (const char *const *m = meant; *m; m++)
		if (!strcasecmp(*m, name))
			return false;
	return value && *value && !strpbrk(value, "\r\n") && !strpbrk(name, "\r\n: ");
}

bool sh_http_is_plain(const struct sh_check *k)
{
	struct sh_http_target t;
	const char *name;
	json_t *value;

	if (k->ca || k->header_files || k->min_days != SH_CHECK_UNSET || k->redirects > 0)
		return false;
	if (k->method && strcmp(k->method, "GET") != 0 && strcmp(k->method, "HEAD") != 0)
		return false;
	json_object_foreach(k->headers, name, value)
		if (!is_harmless(name, json_string_value(value)))
			return false;
	return sh_http_take_apart(k->address, &t);
}

bool sh_http_is_head(const struct sh_check *k)
{
	return k->method && !strcmp(k->method, "HEAD");
}

static bool has_header(const struct sh_check *k, const char *wanted)
{
	const char *name;
	json_t *value;

	json_object_foreach(k->headers, name, value)
		if (!strcasecmp(name, wanted))
			return true;
	return false;
}

void sh_http_request(const struct sh_check *k, struct sh_buf *b)
{
	struct sh_http_target t;
	const char *name;
	json_t *value;

	if (!sh_http_take_apart(k->address, &t))
		return;
	sh_buf_addf(b, "%s %s%s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n", k->method ? k->method : "GET",
		    *t.path == '/' ? "" : "/", t.path, t.authority);
	if (!has_header(k, "user-agent"))
		sh_buf_addf(b, "User-Agent: selfheal/%s\r\n", PACKAGE_VERSION);
	if (!has_header(k, "accept"))
		sh_buf_addf(b, "Accept: */*\r\n");
	json_object_foreach(k->headers, name, value)
		sh_buf_addf(b, "%s: %s\r\n", name, json_string_value(value));
	sh_buf_addf(b, "\r\n");
}

static bool holds(const struct sh_check *k, struct sh_span body, struct sh_outcome *out)
{
	char why[120] = "";
	void *regex = sh_regex_compile(sh_span_of(k->expect), why, sizeof(why));
	int found = regex ? sh_regex_search(regex, body, why, sizeof(why)) : -1;

	sh_regex_free(regex);
	if (found < 0)
		sh_outcome_fail(out, "cannot match the answer: %s", why);
	return found > 0;
}

static void judge(const struct sh_check *k, const struct sh_http_answer *a, struct sh_outcome *out)
{
	struct sh_span body = { sh_buf_str(&a->body), a->body.len };
	bool matched = k->match && memmem(body.p, body.len, k->match, strlen(k->match));

	sh_http_judge(k, a->status, matched, k->expect && holds(k, body, out), out);
}

static void add_phases(const struct sh_net_phases *took, struct sh_outcome *out)
{
	sh_outcome_add(out, "dns_ms", took->look_up);
	sh_outcome_add(out, "connect_ms", took->connect);
}

void sh_http_conclude(const struct sh_check *k, const struct sh_http_answer *a, bool whole,
		      const struct sh_net_phases *took, int64_t asked, struct sh_outcome *out)
{
	if (a->status)
		sh_outcome_add(out, "status", a->status);
	add_phases(took, out);
	if (a->first_byte)
		sh_outcome_add(out, "first_byte_ms", (double)(a->first_byte - asked) / (double)SH_MS);
	if (!whole)
		return;
	out->time_ms = took->look_up + took->connect + sh_net_since(asked);
	judge(k, a, out);
}

void sh_check_http_plain(const struct sh_check *k, int64_t deadline, struct sh_outcome *out)
{
	SH_CLEANUP_BUF struct sh_buf request = SH_BUF_INIT;
	struct sh_http_answer a = { .body = SH_BUF_INIT };
	struct sh_net_phases took;
	struct sh_http_target t;
	bool whole = false;
	int64_t asked;
	int fd;

	if (!sh_http_take_apart(k->address, &t)) {
		sh_outcome_fail(out, "'%.100s' is no address", k->address);
		return;
	}
	fd = sh_net_dial_phases(t.authority, 80, SOCK_STREAM, deadline, &took, out);
	asked = sh_clock_mono();
	sh_http_request(k, &request);
	if (fd >= 0) {
		whole = sh_net_send(fd, request.data, request.len, deadline, out) == 0 &&
			sh_http_read(fd, sh_http_is_head(k), deadline, &a, out) == 0;
		close(fd);
	}
	sh_http_conclude(k, &a, whole, &took, asked, out);
	sh_buf_release(&a.body);
}
