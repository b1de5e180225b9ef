/* SPDX-License-Identifier: MIT */
/* sh-fetch - one HTTP request, its outcome as one line of JSON */
#include "config.h"

#include <curl/curl.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEFAULT_TIMEOUT_MS 5000
#define MAX_TIMEOUT_MS 600000
#define MAX_BODY ((size_t)1 << 20)

struct options {
	long timeout_ms;
	const char *match; /* text wanted in the body, NULL none; borrowed from the input */
};

struct body {
	char *data;
	size_t len;
};

static int usage(void)
{
	fputs("usage: sh-fetch URL\n"
	      "Options are one JSON object on standard input: "
	      "{\"timeout_ms\":1000,\"match\":\"text\"}.\n",
	      stderr);
	return 2;
}

static bool read_options(json_t *in, struct options *o)
{
	const json_t *timeout = json_object_get(in, "timeout_ms");
	json_int_t ms = timeout ? json_integer_value(timeout) : DEFAULT_TIMEOUT_MS;

	if (!json_is_object(in) || ms < 1 || ms > MAX_TIMEOUT_MS)
		return false;
	o->timeout_ms = (long)ms;
	o->match = json_string_value(json_object_get(in, "match"));
	return true;
}

/* Keep the first MAX_BODY bytes; the rest is read and forgotten. */
static size_t keep(char *data, size_t one, size_t n, void *arg)
{
	struct body *b = arg;
	size_t room = MAX_BODY - b->len, len = n < room ? n : room;

	(void)one; /* always 1 */
	if (len) {
		char *more = realloc(b->data, b->len + len);

		if (!more)
			return 0;
		b->data = more;
		memcpy(b->data + b->len, data, len);
		b->len += len;
	}
	return n;
}

/* No redirects, no proxy from the environment, no protocol but HTTP. */
static CURL *prepare(const char *url, const struct options *o, struct body *body, char *reason)
{
	CURL *h = curl_easy_init();

	if (!h)
		return NULL;
	curl_easy_setopt(h, CURLOPT_URL, url);
#if LIBCURL_VERSION_NUM >= 0x075500
	curl_easy_setopt(h, CURLOPT_PROTOCOLS_STR, "http,https");
#else
	curl_easy_setopt(h, CURLOPT_PROTOCOLS, CURLPROTO_HTTP | CURLPROTO_HTTPS);
#endif
	curl_easy_setopt(h, CURLOPT_NOPROXY, "*");
	curl_easy_setopt(h, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(h, CURLOPT_TIMEOUT_MS, o->timeout_ms);
	curl_easy_setopt(h, CURLOPT_CONNECTTIMEOUT_MS, o->timeout_ms);
	curl_easy_setopt(h, CURLOPT_USERAGENT, "selfheal/" PACKAGE_VERSION);
	curl_easy_setopt(h, CURLOPT_ERRORBUFFER, reason);
	curl_easy_setopt(h, CURLOPT_WRITEFUNCTION, keep);
	curl_easy_setopt(h, CURLOPT_WRITEDATA, body);
	return h;
}

static json_t *outcome(CURL *h, CURLcode rc, const char *reason, const struct options *o,
		       const struct body *body)
{
	json_t *out = json_object();
	curl_off_t total = 0;
	long status = 0;

	curl_easy_getinfo(h, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(h, CURLINFO_TOTAL_TIME_T, &total);
	if (status)
		json_object_set_new(out, "status", json_integer(status));
	if (rc == CURLE_OK)
		json_object_set_new(out, "time_ms", json_real((double)total / 1000));
	else
		json_object_set_new(out, "error",
				    json_string(*reason ? reason : curl_easy_strerror(rc)));
	if (o->match)
		json_object_set_new(out, "matched",
				    json_boolean(body->len && memmem(body->data, body->len, o->match,
								     strlen(o->match))));
	return out;
}

static int fetch(const char *url, const struct options *o)
{
	char reason[CURL_ERROR_SIZE] = "";
	struct body body = { NULL, 0 };
	CURL *h = prepare(url, o, &body, reason);
	json_t *out;
	int rc;

	if (!h) {
		fputs("sh-fetch: cannot start libcurl\n", stderr);
		return 4;
	}
	out = outcome(h, curl_easy_perform(h), reason, o, &body);
	rc = json_dumpf(out, stdout, JSON_COMPACT | JSON_REAL_PRECISION(15)) < 0 ||
	     putchar('\n') < 0 || fflush(stdout) ? 4 : 0;
	if (rc)
		fputs("sh-fetch: cannot write standard output\n", stderr);
	json_decref(out);
	curl_easy_cleanup(h);
	free(body.data);
	return rc;
}

int main(int argc, char **argv)
{
	struct options o;
	json_t *in;
	int rc;

	if (argc != 2 || argv[1][0] == '-')
		return usage();
	in = json_loadf(stdin, 0, NULL);
	if (!read_options(in, &o)) {
		json_decref(in);
		return usage();
	}
	curl_global_init(CURL_GLOBAL_DEFAULT);
	rc = fetch(argv[1], &o);
	curl_global_cleanup();
	json_decref(in);
	return rc;
}
