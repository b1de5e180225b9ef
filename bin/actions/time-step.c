/* SPDX-License-Identifier: MIT */
/*
 * time-step - set a clock right at once that is wrong by more than can be slewed
 *
 * By the median of what the declared time servers say: two at least must answer
 * and agree within a second, and the step must not be larger than the site
 * allows. SNTP: RFC 4330.
 */
#include "config.h"

#include <arpa/inet.h>
#include <math.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "action/action.h"
#include "base/clock.h"
#include "base/file.h"

#define ANSWER_MS 2000
#define MOST_SERVERS 16
#define AGREE 1.0 /* s */
#define SMALL 0.5 /* s: a time daemon slews that */
#define DEFAULT_MOST (60 * SH_MIN)
#define EPOCH_1900 2208988800.0
#define PACKET 48

static const struct sh_param params[] = {
	{ "time", SH_PARAM_OBJECT, true },
	{ NULL, SH_PARAM_STRING, false },
};

static const struct sh_param time_params[] = {
	{ "servers", SH_PARAM_STRINGS, true },
	{ "max_step", SH_PARAM_DURATION, false },
	{ NULL, SH_PARAM_STRING, false },
};

static socklen_t parse_address(const char *text, struct sockaddr_storage *out)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)out;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)out;

	memset(out, 0, sizeof(*out));
	if (inet_pton(AF_INET, text, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons(123);
		return sizeof(*v4);
	}
	if (inet_pton(AF_INET6, text, &v6->sin6_addr) == 1) {
		v6->sin6_family = AF_INET6;
		v6->sin6_port = htons(123);
		return sizeof(*v6);
	}
	return 0;
}

static double read_time(const unsigned char *p)
{
	double seconds = 0, fraction = 0;

	for (int i = 0; i < 4; i++) {
		seconds = seconds * 256 + p[i];
		fraction = fraction * 256 + p[4 + i];
	}
	return seconds - EPOCH_1900 + fraction / 4294967296.0;
}

static double now_seconds(void)
{
	return (double)sh_clock_wall() / (double)SH_SEC;
}

/* How far this clock is behind the server's, in seconds; NaN without a proper answer. */
static double offset_of(const char *server)
{
	unsigned char q[PACKET] = { 0x23 }, a[PACKET]; /* version 4, client */
	struct sockaddr_storage to;
	socklen_t len = parse_address(server, &to);
	SH_CLEANUP_FD int fd = len ? socket(to.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0) : -1;
	struct pollfd p = { .fd = fd, .events = POLLIN };
	int64_t cookie = sh_clock_mono();
	double sent = now_seconds(), back;

	memcpy(q + 40, &cookie, sizeof(cookie)); /* comes back as it is, and tells our answer */
	if (fd < 0 || connect(fd, (const struct sockaddr *)&to, len) < 0 || send(fd, q, PACKET, 0) != PACKET ||
	    poll(&p, 1, ANSWER_MS) != 1 || recv(fd, a, PACKET, 0) != PACKET)
		return NAN;
	back = now_seconds();
	/* Of a server (mode 4) that is synchronised itself, and to our question. */
	if ((a[0] & 7) != 4 || (a[0] >> 6) == 3 || a[1] == 0 || a[1] > 15 || memcmp(a + 24, &cookie, sizeof(cookie)))
		return NAN;
	return (read_time(a + 32) - sent + read_time(a + 40) - back) / 2;
}

static int by_value(const void *x, const void *y)
{
	double a = *(const double *)x, b = *(const double *)y;

	return (a > b) - (a < b);
}

static int read_params(const struct sh_action_call *call, const json_t **out, struct sh_error *err)
{
	struct sockaddr_storage a;
	const json_t *list;
	json_t *s;
	size_t i;

	*out = sh_param_json(call->parameters, "time");
	if (sh_params_check(*out, time_params, "time", err) < 0)
		return -1;
	list = sh_param_json(*out, "servers");
	if (json_array_size(list) < 2 || json_array_size(list) > MOST_SERVERS)
		return sh_error_set(err, SH_ERRC_INPUT, "'servers' must name two or more");
	json_array_foreach((json_t *)(uintptr_t)list, i, s)
		if (!parse_address(json_string_value(s), &a))
			return sh_error_set(err, SH_ERRC_INPUT, "'%.60s' is no address of a server",
					    json_string_value(s));
	return 0;
}

static int measure(const json_t *p, double *offset, json_t *output, struct sh_error *err)
{
	double seen[MOST_SERVERS];
	size_t n = 0, i;
	json_t *s;

	json_array_foreach((json_t *)(uintptr_t)sh_param_json(p, "servers"), i, s) {
		double o = offset_of(json_string_value(s));

		if (isfinite(o))
			seen[n++] = o;
	}
	json_object_set_new(output, "answers", json_integer((json_int_t)n));
	if (n < 2)
		return sh_error_set(err, SH_ERRC_UNAVAILABLE, "fewer than two time servers answer");
	qsort(seen, n, sizeof(*seen), by_value);
	if (seen[n - 1] - seen[0] > AGREE)
		return sh_error_set(err, SH_ERRC_CONFIG, "the time servers differ by %.1f s: none is believed",
				    seen[n - 1] - seen[0]);
	*offset = seen[n / 2];
	json_object_set_new(output, "offset_s", json_real(*offset));
	return 0;
}

static int step(double offset, struct sh_error *err)
{
	int64_t now = sh_clock_wall() + (int64_t)(offset * (double)SH_SEC);
	struct timespec t = { .tv_sec = now / SH_SEC, .tv_nsec = now % SH_SEC };

	return clock_settime(CLOCK_REALTIME, &t) < 0 ? sh_error_sys(err, "cannot set the clock") : 0;
}

static int run(const struct sh_action_call *call, json_t *output, struct sh_error *err)
{
	double offset, most;
	const json_t *p;

	if (read_params(call, &p, err) < 0 || measure(p, &offset, output, err) < 0)
		return -1;
	most = (double)sh_param_duration(p, "max_step", DEFAULT_MOST) / (double)SH_SEC;
	if (fabs(offset) < SMALL)
		return sh_error_set(err, SH_ERRC_UNAVAILABLE, "the clock is right to %.3f s", fabs(offset));
	if (fabs(offset) > most)
		return sh_error_set(err, SH_ERRC_CONFIG, "a step of %.0f s is more than the site allows", offset);
	return step(offset, err);
}

/* Without servers that agree nobody knows. */
static int check(const struct sh_action_call *call, json_t *output, struct sh_error *err)
{
	struct sh_error unknown = SH_ERROR_INIT;
	double offset;
	const json_t *p;

	if (read_params(call, &p, err) < 0)
		return -1;
	if (measure(p, &offset, output, &unknown) < 0)
		sh_action_state(output, "unknown");
	else
		sh_action_state(output, fabs(offset) < SMALL ? "done" : "not_done");
	return 0;
}

int main(int argc, char **argv)
{
	static const struct sh_action action = { "time-step", params, run, check, NULL };

	return sh_action_main(&action, argc, argv);
}
