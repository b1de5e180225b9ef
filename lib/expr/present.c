/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "expr/present.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/num.h"
#include "expr/collect.h"
#include "expr/instant.h"
#include "expr/net.h"

void sh_present_double(double d, struct sh_buf *out)
{
	char text[SH_DOUBLE_MAX_TEXT];

	if (isnan(d))
		sh_buf_addstr(out, "NaN");
	else if (isinf(d))
		sh_buf_addstr(out, d < 0 ? "-Infinity" : "Infinity");
	else
		sh_buf_add(out, text, sh_format_double(text, d));
}

void sh_present_seconds(int64_t ns, struct sh_buf *out)
{
	uint64_t abs = ns < 0 ? 0 - (uint64_t)ns : (uint64_t)ns;
	char digits[16];
	int n = 9;

	sh_buf_addf(out, "%s%" PRIu64, ns < 0 ? "-" : "", abs / (uint64_t)SH_SEC);
	if (abs % (uint64_t)SH_SEC) {
		snprintf(digits, sizeof(digits), "%09" PRIu64, abs % (uint64_t)SH_SEC);
		while (digits[n - 1] == '0')
			n--;
		sh_buf_addf(out, ".%.*s", n, digits);
	}
	sh_buf_addch(out, 's');
}

void sh_present_base64(struct sh_span s, struct sh_buf *out)
{
	static const char set[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < s.len; i += 3) {
		size_t left = s.len - i;
		unsigned v = (unsigned)(unsigned char)s.p[i] << 16;

		if (left > 1)
			v |= (unsigned)(unsigned char)s.p[i + 1] << 8;
		if (left > 2)
			v |= (unsigned char)s.p[i + 2];
		sh_buf_addch(out, set[v >> 18]);
		sh_buf_addch(out, set[v >> 12 & 63]);
		sh_buf_addch(out, left > 1 ? set[v >> 6 & 63] : '=');
		sh_buf_addch(out, left > 2 ? set[v & 63] : '=');
	}
}

void sh_present_quoted(struct sh_span s, struct sh_buf *out)
{
	sh_buf_addch(out, '"');
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c == '"' || c == '\\')
			sh_buf_addf(out, "\\%c", c);
		else if (c == '\n')
			sh_buf_addstr(out, "\\n");
		else if (c == '\t')
			sh_buf_addstr(out, "\\t");
		else if (c < 0x20)
			sh_buf_addf(out, "\\u%04x", c);
		else
			sh_buf_addch(out, (char)c);
	}
	sh_buf_addch(out, '"');
}

static void put_nested(const struct sh_value *v, struct sh_buf *out)
{
	SH_CLEANUP_BUF struct sh_buf text = SH_BUF_INIT;

	switch (v->type) {
	case SH_VALUE_STRING:
		sh_present_quoted(v->u.s, out);
		break;
	case SH_VALUE_BYTES:
	case SH_VALUE_DURATION:
	case SH_VALUE_TIMESTAMP:
	case SH_VALUE_IP:
	case SH_VALUE_CIDR:
		sh_value_text(v, &text);
		sh_present_quoted((struct sh_span){ text.data, text.len }, out);
		break;
	default:
		sh_value_text(v, out);
	}
}

static void put_list(const struct sh_value *v, struct sh_buf *out)
{
	size_t n = sh_value_count(v);

	sh_buf_addch(out, '[');
	for (size_t i = 0; i < n; i++) {
		struct sh_value item = sh_value_item(v, i);

		if (i)
			sh_buf_addch(out, ',');
		put_nested(&item, out);
	}
	sh_buf_addch(out, ']');
}

static void put_map(const struct sh_value *v, struct sh_buf *out)
{
	struct sh_map_walk w = { .map = v };
	bool first = true;

	sh_buf_addch(out, '{');
	while (sh_map_step(&w)) {
		SH_CLEANUP_BUF struct sh_buf key = SH_BUF_INIT;

		if (!first)
			sh_buf_addch(out, ',');
		first = false;
		sh_value_text(&w.key, &key);
		sh_present_quoted((struct sh_span){ key.data, key.len }, out);
		sh_buf_addch(out, ':');
		put_nested(&w.value, out);
	}
	sh_buf_addch(out, '}');
}

void sh_value_text(const struct sh_value *v, struct sh_buf *out)
{
	char duration[SH_DURATION_TEXT], address[SH_NET_TEXT];
	struct sh_net net;

	switch (v->type) {
	case SH_VALUE_UNKNOWN:
	case SH_VALUE_ERROR:
		sh_buf_addch(out, '?');
		break;
	case SH_VALUE_NULL:
		sh_buf_addstr(out, "null");
		break;
	case SH_VALUE_BOOL:
		sh_buf_addstr(out, v->u.b ? "true" : "false");
		break;
	case SH_VALUE_INT:
		sh_buf_addf(out, "%" PRId64, v->u.i);
		break;
	case SH_VALUE_UINT:
		sh_buf_addf(out, "%" PRIu64, v->u.u);
		break;
	case SH_VALUE_DOUBLE:
		sh_present_double(v->u.d, out);
		break;
	case SH_VALUE_STRING:
	case SH_VALUE_TYPE:
		sh_buf_add(out, v->u.s.p, v->u.s.len);
		break;
	case SH_VALUE_BYTES:
		sh_present_base64(v->u.s, out);
		break;
	case SH_VALUE_LIST:
		put_list(v, out);
		break;
	case SH_VALUE_MAP:
		put_map(v, out);
		break;
	case SH_VALUE_DURATION:
		sh_buf_add(out, duration, sh_duration_format(duration, v->u.i));
		break;
	case SH_VALUE_TIMESTAMP:
		sh_instant_format(v->u.t, out);
		break;
	case SH_VALUE_IP:
	case SH_VALUE_CIDR:
		net = sh_net_of(v);
		sh_buf_addstr(out, sh_net_text(&net, v->type == SH_VALUE_CIDR, address));
		break;
	}
}

static json_t *json_double(double d)
{
	if (isnan(d))
		return json_string("NaN");
	if (isinf(d))
		return json_string(d < 0 ? "-Infinity" : "Infinity");
	if (d == trunc(d) && fabs(d) < 9007199254740992.0)
		return json_integer((json_int_t)d);
	return json_real(d);
}

static json_t *json_text(const struct sh_value *v)
{
	SH_CLEANUP_BUF struct sh_buf text = SH_BUF_INIT;

	if (v->type == SH_VALUE_DURATION)
		sh_present_seconds(v->u.i, &text);
	else
		sh_value_text(v, &text);
	return json_stringn(sh_buf_str(&text), text.len);
}

static json_t *json_list(const struct sh_value *v)
{
	json_t *array = json_array();
	size_t n = sh_value_count(v);

	for (size_t i = 0; i < n; i++) {
		struct sh_value item = sh_value_item(v, i);
		json_t *j = sh_value_to_json(&item);

		json_array_append_new(array, j ? j : json_null());
	}
	return array;
}

static json_t *json_map(const struct sh_value *v)
{
	struct sh_map_walk w = { .map = v };
	json_t *object = json_object();

	while (sh_map_step(&w)) {
		SH_CLEANUP_BUF struct sh_buf key = SH_BUF_INIT;
		json_t *j = sh_value_to_json(&w.value);

		sh_value_text(&w.key, &key);
		json_object_set_new(object, sh_buf_str(&key), j ? j : json_null());
	}
	return object;
}

json_t *sh_value_to_json(const struct sh_value *v)
{
	switch (v->type) {
	case SH_VALUE_UNKNOWN:
	case SH_VALUE_ERROR:
	case SH_VALUE_TYPE:
		return NULL;
	case SH_VALUE_NULL:
		return json_null();
	case SH_VALUE_BOOL:
		return json_boolean(v->u.b);
	case SH_VALUE_INT:
		return json_integer(v->u.i);
	case SH_VALUE_UINT:
		return v->u.u > INT64_MAX ? json_real((double)v->u.u)
					  : json_integer((json_int_t)v->u.u);
	case SH_VALUE_DOUBLE:
		return json_double(v->u.d);
	case SH_VALUE_STRING:
	case SH_VALUE_BYTES:
	case SH_VALUE_DURATION:
	case SH_VALUE_TIMESTAMP:
	case SH_VALUE_IP:
	case SH_VALUE_CIDR:
		return json_text(v);
	case SH_VALUE_LIST:
		return json_list(v);
	case SH_VALUE_MAP:
		return json_map(v);
	}
	return NULL;
}
