/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "expr/value.h"

#include "base/clock.h"

struct sh_value sh_value_unknown(void)
{
	return (struct sh_value){ .type = SH_VALUE_UNKNOWN };
}

struct sh_value sh_value_null(void)
{
	return (struct sh_value){ .type = SH_VALUE_NULL };
}

struct sh_value sh_value_bool(bool b)
{
	return (struct sh_value){ .type = SH_VALUE_BOOL, .u.b = b };
}

struct sh_value sh_value_int(int64_t i)
{
	return (struct sh_value){ .type = SH_VALUE_INT, .u.i = i };
}

struct sh_value sh_value_uint(uint64_t u)
{
	return (struct sh_value){ .type = SH_VALUE_UINT, .u.u = u };
}

struct sh_value sh_value_double(double d)
{
	return (struct sh_value){ .type = SH_VALUE_DOUBLE, .u.d = d };
}

struct sh_value sh_value_duration(int64_t ns)
{
	return (struct sh_value){ .type = SH_VALUE_DURATION, .u.i = ns };
}

struct sh_value sh_value_timestamp(int64_t ns)
{
	int64_t sec = ns / SH_SEC, rest = ns % SH_SEC;

	if (rest < 0) {
		rest += SH_SEC;
		sec--;
	}
	return (struct sh_value){ .type = SH_VALUE_TIMESTAMP, .u.t = { sec, (int32_t)rest } };
}

struct sh_value sh_value_string(struct sh_span s)
{
	return (struct sh_value){ .type = SH_VALUE_STRING, .u.s = s };
}

static struct sh_value from_json(const json_t *json, bool exact)
{
	switch (json_typeof(json)) {
	case JSON_TRUE:
		return sh_value_bool(true);
	case JSON_FALSE:
		return sh_value_bool(false);
	case JSON_INTEGER:
		return exact ? sh_value_int(json_integer_value(json))
			     : sh_value_double((double)json_integer_value(json));
	case JSON_REAL:
		return sh_value_double(json_real_value(json));
	case JSON_STRING:
		return sh_value_string((struct sh_span){ json_string_value(json),
							 json_string_length(json) });
	case JSON_ARRAY:
		return (struct sh_value){ .type = SH_VALUE_LIST, .is_json = true,
					  .json_exact = exact, .u.json = json };
	case JSON_OBJECT:
		return (struct sh_value){ .type = SH_VALUE_MAP, .is_json = true,
					  .json_exact = exact, .u.json = json };
	case JSON_NULL:
		break;
	}
	return sh_value_null();
}

struct sh_value sh_value_from_json(const json_t *json)
{
	return from_json(json, false);
}

struct sh_value sh_value_from_json_exact(const json_t *json)
{
	return from_json(json, true);
}

const char *sh_value_type_name(enum sh_value_type type)
{
	switch (type) {
	case SH_VALUE_UNKNOWN:
		return "unknown";
	case SH_VALUE_ERROR:
		return "error";
	case SH_VALUE_NULL:
		return "null_type";
	case SH_VALUE_BOOL:
		return "bool";
	case SH_VALUE_INT:
		return "int";
	case SH_VALUE_UINT:
		return "uint";
	case SH_VALUE_DOUBLE:
		return "double";
	case SH_VALUE_STRING:
		return "string";
	case SH_VALUE_BYTES:
		return "bytes";
	case SH_VALUE_LIST:
		return "list";
	case SH_VALUE_MAP:
		return "map";
	case SH_VALUE_DURATION:
		return "google.protobuf.Duration";
	case SH_VALUE_TIMESTAMP:
		return "google.protobuf.Timestamp";
	case SH_VALUE_TYPE:
		return "type";
	case SH_VALUE_IP:
		return "net.IP";
	case SH_VALUE_CIDR:
		return "net.CIDR";
	}
	return "unknown";
}
