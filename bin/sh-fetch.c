/* SPDX-License-Identifier: MIT */
/*
 * sh-fetch - one HTTP request or TLS handshake, its outcome as one line of JSON
 *
 * The URL is the operand; what else it needs is one object on standard input, so
 * that no secret is ever among the arguments:
 *
 *   timeout_ms   for all of it, 5000
 *   method       GET
 *   headers      list of "NAME: VALUE"
 *   redirects    how many are followed, 0
 *   ca           file of the certificates that are trusted, instead of the system's
 *   match        text wanted in the body: "matched"
 *   expect       pattern wanted in the body: "expected"
 *   body         how many bytes of the body are wanted: they follow the line, "length" of them
 *   handshake    true: no request, only the TLS handshake
 *   name         with handshake: for whom the certificate is, where that is not the host
 */
#include "config.h"

#include <curl/curl.h>
#include <errno.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "expr/regex.h"

#define DEFAULT_TIMEOUT_MS 5000
#define MAX_TIMEOUT_MS 3600000
#define MAX_SEARCHED ((size_t)1 << 20) /* of the body, for a text or pattern */
#define MAX_BODY ((size_t)64 << 20)
#define MAX_HEADER ((size_t)256 << 10)
#define MAX_REDIRECTS 20
#define DAY 86400
#define HAS_EXPIRED 10 /* X509_V_ERR_CERT_HAS_EXPIRED */

struct fetch {
	const json_t *in; /* borrowed */
	long timeout_ms;
	size_t wanted;    /* bytes of the body that the caller wants */
	CURL *h;
	struct curl_slist *headers, *connect_to;
	char reason[CURL_ERROR_SIZE];
	const char *refused; /* why we broke off ourselves, NULL otherwise */
	char *body;
	size_t kept, cap, seen, header_seen;
};

static int usage(void)
{
	fputs("usage: sh-fetch URL\n"
	      "Options are one JSON object on standard input: "
	      "{\"timeout_ms\":1000,\"match\":\"text\"}.\n",
	      stderr);
	return 2;
}

static const char *text_of(const struct fetch *f, const char *key)
{
	return json_string_value(json_object_get(f->in, key));
}

static bool read_options(struct fetch *f)
{
	const json_t *timeout = json_object_get(f->in, "timeout_ms");
	json_int_t ms = timeout ? json_integer_value(timeout) : DEFAULT_TIMEOUT_MS;
	json_int_t body = json_integer_value(json_object_get(f->in, "body"));

	if (!json_is_object(f->in) || ms < 1 || ms > MAX_TIMEOUT_MS || body < 0 ||
	    body > (json_int_t)MAX_BODY)
		return false;
	f->timeout_ms = (long)ms;
	f->wanted = (size_t)body;
	return true;
}

static bool grow(struct fetch *f, size_t len)
{
	size_t cap = f->cap ? f->cap : 16384;
	char *more;

	while (cap < f->kept + len)
		cap *= 2;
	if (cap == f->cap)
		return true;
	more = realloc(f->body, cap);
	if (!more)
		return false;
	f->body = more;
	f->cap = cap;
	return true;
}

/* Keep what is wanted or searched; the rest is read and forgotten, up to a point. */
static size_t take_body(char *data, size_t one, size_t n, void *arg)
{
	struct fetch *f = arg;
	size_t most = f->wanted > MAX_SEARCHED ? f->wanted : MAX_SEARCHED;
	size_t room = most - f->kept, len = n < room ? n : room;

	(void)one; /* always 1 */
	f->seen += n;
	if (f->seen > MAX_BODY || (f->wanted && f->seen > f->wanted)) {
		f->refused = "the answer is too large";
		return 0;
	}
	if (len && !grow(f, len))
		return 0;
	if (len)
		memcpy(f->body + f->kept, data, len);
	f->kept += len;
	return n;
}

static size_t take_header(const char *data, size_t one, size_t n, void *arg)
{
	struct fetch *f = arg;

	(void)data;
	f->header_seen += one * n;
	if (f->header_seen <= MAX_HEADER)
		return one * n;
	f->refused = "the header of the answer is too large";
	return 0;
}

/* No proxy from the environment, no protocol but HTTP, also after a redirect. */
static void limit(struct fetch *f)
{
	json_int_t redirects = json_integer_value(json_object_get(f->in, "redirects"));

#if LIBCURL_VERSION_NUM >= 0x075500
	curl_easy_setopt(f->h, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(f->h, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
#else
	curl_easy_setopt(f->h, CURLOPT_PROTOCOLS, CURLPROTO_HTTP | CURLPROTO_HTTPS);
	curl_easy_setopt(f->h, CURLOPT_REDIR_PROTOCOLS, CURLPROTO_HTTP | CURLPROTO_HTTPS);
#endif
#if LIBCURL_VERSION_NUM >= 0x075700
	curl_easy_setopt(f->h, CURLOPT_QUICK_EXIT, 1L); /* do not wait for a look-up that hangs */
#endif
	curl_easy_setopt(f->h, CURLOPT_NOPROXY, "*");
	curl_easy_setopt(f->h, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(f->h, CURLOPT_TIMEOUT_MS, f->timeout_ms);
	curl_easy_setopt(f->h, CURLOPT_CONNECTTIMEOUT_MS, f->timeout_ms);
	curl_easy_setopt(f->h, CURLOPT_FOLLOWLOCATION, redirects > 0 ? 1L : 0L);
	curl_easy_setopt(f->h, CURLOPT_MAXREDIRS,
			 (long)(redirects > MAX_REDIRECTS ? MAX_REDIRECTS : redirects));
}

static void shape_request(struct fetch *f)
{
	const char *method = text_of(f, "method"), *ca = text_of(f, "ca");
	const json_t *list = json_object_get(f->in, "headers"), *item;
	size_t i;

	if (method && !strcmp(method, "HEAD"))
		curl_easy_setopt(f->h, CURLOPT_NOBODY, 1L);
	else if (method)
		curl_easy_setopt(f->h, CURLOPT_CUSTOMREQUEST, method);
	if (ca) {
		curl_easy_setopt(f->h, CURLOPT_CAINFO, ca);
		curl_easy_setopt(f->h, CURLOPT_CAPATH, NULL);
	}
	json_array_foreach(list, i, item)
		if (json_string_value(item))
			f->headers = curl_slist_append(f->headers, json_string_value(item));
	curl_easy_setopt(f->h, CURLOPT_HTTPHEADER, f->headers);
	curl_easy_setopt(f->h, CURLOPT_USERAGENT, "selfheal/" PACKAGE_VERSION);
}

/* https://HOST:PORT is where to connect; with a name, that is whom to expect there. */
static bool shape_handshake(struct fetch *f, const char *url)
{
	const char *name = text_of(f, "name"), *at = url + strlen("https://"), *port;
	char text[1024];

	curl_easy_setopt(f->h, CURLOPT_CONNECT_ONLY, 1L);
	if (!name)
		return true;
	port = strrchr(at, ':');
	if (strncmp(url, "https://", 8) != 0 || !port)
		return false;
	snprintf(text, sizeof(text), "::%s", at);
	f->connect_to = curl_slist_append(NULL, text);
	curl_easy_setopt(f->h, CURLOPT_CONNECT_TO, f->connect_to);
	snprintf(text, sizeof(text), "https://%s%s", name, port);
	curl_easy_setopt(f->h, CURLOPT_URL, text);
	return true;
}

static bool prepare(struct fetch *f, const char *url)
{
	f->h = curl_easy_init();
	if (!f->h)
		return false;
	curl_easy_setopt(f->h, CURLOPT_URL, url);
	curl_easy_setopt(f->h, CURLOPT_CERTINFO, 1L);
	curl_easy_setopt(f->h, CURLOPT_ERRORBUFFER, f->reason);
	curl_easy_setopt(f->h, CURLOPT_WRITEFUNCTION, take_body);
	curl_easy_setopt(f->h, CURLOPT_WRITEDATA, f);
	curl_easy_setopt(f->h, CURLOPT_HEADERFUNCTION, take_header);
	curl_easy_setopt(f->h, CURLOPT_HEADERDATA, f);
	if (f->wanted)
		curl_easy_setopt(f->h, CURLOPT_ACCEPT_ENCODING, ""); /* whatever can be unpacked */
	limit(f);
	shape_request(f);
	return !json_is_true(json_object_get(f->in, "handshake")) || shape_handshake(f, url);
}

static double ms_of(CURL *h, CURLINFO what)
{
	curl_off_t us = 0;

	curl_easy_getinfo(h, what, &us);
	return (double)us / 1000;
}

/* A phase that did not happen is left out. */
static void say_phase(json_t *out, const char *name, double from, double to)
{
	if (to > 0 && to >= from)
		json_object_set_new(out, name, json_real(to - from));
}

static void say_times(const struct fetch *f, json_t *out, bool whole)
{
	double looked_up = ms_of(f->h, CURLINFO_NAMELOOKUP_TIME_T);
	double connected = ms_of(f->h, CURLINFO_CONNECT_TIME_T);
	double secured = ms_of(f->h, CURLINFO_APPCONNECT_TIME_T);

	say_phase(out, "dns_ms", 0, looked_up);
	say_phase(out, "connect_ms", looked_up, connected);
	say_phase(out, "tls_ms", connected, secured);
	say_phase(out, "first_byte_ms", secured > 0 ? secured : connected,
		  ms_of(f->h, CURLINFO_STARTTRANSFER_TIME_T));
	if (whole)
		json_object_set_new(out, "time_ms", json_real(ms_of(f->h, CURLINFO_TOTAL_TIME_T)));
}

/* Of a certificate that is not accepted curl says nothing but why, in OpenSSL's numbers. */
static void say_expired(const struct fetch *f, CURLcode rc, json_t *out)
{
	const curl_version_info_data *v = curl_version_info(CURLVERSION_NOW);
	long reason = 0;

	if (rc != CURLE_PEER_FAILED_VERIFICATION || !v->ssl_version || strncmp(v->ssl_version, "OpenSSL", 7) != 0)
		return;
	curl_easy_getinfo(f->h, CURLINFO_SSL_VERIFYRESULT, &reason);
	if (reason == HAS_EXPIRED)
		json_object_set_new(out, "certificate_expired", json_integer(1));
}

/* Whole days until the server's own certificate ends. */
static void say_certificate(const struct fetch *f, json_t *out)
{
	static const char expires[] = "Expire date:";
	struct curl_certinfo *info = NULL;

	if (curl_easy_getinfo(f->h, CURLINFO_CERTINFO, &info) != CURLE_OK || !info ||
	    info->num_of_certs < 1)
		return;
	for (const struct curl_slist *line = info->certinfo[0]; line; line = line->next) {
		time_t end, left;

		if (strncmp(line->data, expires, sizeof(expires) - 1) != 0)
			continue;
		end = curl_getdate(line->data + sizeof(expires) - 1, NULL);
		left = end - time(NULL);
		if (end != -1)
			json_object_set_new(out, "certificate_days",
					    json_integer((left - (left < 0 ? DAY - 1 : 0)) / DAY));
	}
}

static void search_body(struct fetch *f, json_t *out)
{
	const char *match = text_of(f, "match"), *expect = text_of(f, "expect");
	size_t len = f->kept < MAX_SEARCHED ? f->kept : MAX_SEARCHED;
	char why[120] = "";
	void *regex;
	int found;

	if (match)
		json_object_set_new(out, "matched",
				    json_boolean(len && memmem(f->body, len, match, strlen(match))));
	if (!expect)
		return;
	regex = sh_regex_compile((struct sh_span){ expect, strlen(expect) }, why, sizeof(why));
	found = regex ? sh_regex_search(regex, (struct sh_span){ f->body, len }, why, sizeof(why)) : -1;
	sh_regex_free(regex);
	json_object_set_new(out, "expected", json_boolean(found > 0));
	if (found < 0)
		json_object_set_new(out, "error", json_string(why));
}

/* NULL: it is not that no connection came about. */
static const char *why_unconnected(const struct fetch *f, CURLcode rc)
{
	bool looked_up = ms_of(f->h, CURLINFO_NAMELOOKUP_TIME_T) > 0;
	long reason = 0;

	curl_easy_getinfo(f->h, CURLINFO_OS_ERRNO, &reason);
	if (rc == CURLE_COULDNT_RESOLVE_HOST || (rc == CURLE_OPERATION_TIMEDOUT && !looked_up))
		return "unresolved";
	if (rc == CURLE_OPERATION_TIMEDOUT && ms_of(f->h, CURLINFO_CONNECT_TIME_T) <= 0)
		return "timed_out";
	return rc != CURLE_COULDNT_CONNECT    ? NULL :
	       reason == ECONNREFUSED	      ? "refused" :
	       reason == ETIMEDOUT	      ? "timed_out" :
	       reason == EADDRNOTAVAIL	      ? "no_port" :
	       reason == ENETUNREACH	      ? "unreachable" :
	       reason == EHOSTUNREACH	      ? "unreachable" :
						NULL;
}

static void say_unconnected(const struct fetch *f, CURLcode rc, json_t *out)
{
	const char *figure = why_unconnected(f, rc);

	if (figure)
		json_object_set_new(out, figure, json_integer(1));
}

static json_t *outcome(struct fetch *f, CURLcode rc)
{
	json_t *out = json_object();
	const char *type = NULL;
	long status = 0;

	curl_easy_getinfo(f->h, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(f->h, CURLINFO_CONTENT_TYPE, &type);
	if (status)
		json_object_set_new(out, "status", json_integer(status));
	say_times(f, out, rc == CURLE_OK);
	say_unconnected(f, rc, out);
	say_expired(f, rc, out);
	say_certificate(f, out);
	if (rc == CURLE_OK)
		search_body(f, out);
	else
		json_object_set_new(out, "error",
				    json_string(f->refused ? f->refused :
						*f->reason ? f->reason : curl_easy_strerror(rc)));
	if (f->wanted && rc == CURLE_OK) {
		json_object_set_new(out, "length", json_integer((json_int_t)f->kept));
		if (type)
			json_object_set_new(out, "type", json_string(type));
	}
	return out;
}

static int write_outcome(const struct fetch *f, const json_t *out)
{
	bool body = json_object_get(out, "length") && f->kept;

	if (json_dumpf(out, stdout, JSON_COMPACT | JSON_REAL_PRECISION(15)) >= 0 &&
	    putchar('\n') >= 0 && (!body || fwrite(f->body, f->kept, 1, stdout) == 1) &&
	    fflush(stdout) == 0)
		return 0;
	fputs("sh-fetch: cannot write standard output\n", stderr);
	return 4;
}

static int fetch(struct fetch *f, const char *url)
{
	json_t *out;
	int rc;

	if (!prepare(f, url)) {
		fputs("sh-fetch: cannot prepare the request\n", stderr);
		return 4;
	}
	out = outcome(f, curl_easy_perform(f->h));
	rc = write_outcome(f, out);
	json_decref(out);
	return rc;
}

int main(int argc, char **argv)
{
	struct fetch f = { 0 };
	json_t *in;
	int rc;

	if (argc != 2 || argv[1][0] == '-')
		return usage();
	in = json_loadf(stdin, 0, NULL);
	f.in = in;
	if (!read_options(&f)) {
		json_decref(in);
		return usage();
	}
	curl_global_init(CURL_GLOBAL_DEFAULT);
	rc = fetch(&f, argv[1]);
	curl_slist_free_all(f.headers);
	curl_slist_free_all(f.connect_to);
	curl_easy_cleanup(f.h);
	free(f.body);
	json_decref(in);
	return rc;
}
