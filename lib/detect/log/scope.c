/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "detect/log/scope.h"

#include "base/num.h"
#include "record/fault.h"

static void set_number(json_t *object, size_t word, double v)
{
	char name[SH_U64_MAX_TEXT + 1];

	name[sh_format_u64(name, word)] = '\0';
	json_object_set_new(object, name, json_real(v));
}

static void set_fields(json_t *log, const struct sh_log_answer *a)
{
	json_t *fields = json_object(), *means = json_object();
	json_t *least = json_object(), *most = json_object();

	for (size_t i = 0; i < a->n_fields; i++) {
		const struct sh_log_field *f = &a->field[i];

		set_number(fields, f->word, f->value);
		if (!f->count)
			continue;
		set_number(means, f->word, f->mean);
		set_number(least, f->word, f->min);
		set_number(most, f->word, f->max);
	}
	json_object_set_new(log, "fields", fields);
	json_object_set_new(log, "means", means);
	json_object_set_new(log, "least", least);
	json_object_set_new(log, "most", most);
}

json_t *sh_log_scope(struct sh_span text, int severity, int64_t time, const struct sh_log_answer *a)
{
	json_t *log = json_object();

	json_object_set_new(log, "text", json_stringn(text.p ? text.p : "", text.len));
	if (severity >= 0)
		json_object_set_new(log, "level", json_string(sh_severity_words[severity]));
	json_object_set_new(log, "template", json_string(a->id));
	json_object_set_new(log, "template_text", json_string(a->text));
	json_object_set_new(log, "count", json_integer((json_int_t)a->count));
	if (a->count > 1)
		json_object_set_new(log, "age",
				    json_real(time > a->previous
						      ? ((double)time - (double)a->previous) / 1e9
						      : 0.0));
	json_object_set_new(log, "is_new", json_boolean(a->is_new));
	json_object_set_new(log, "rare", json_boolean(a->rare));
	json_object_set_new(log, "rate", json_real(a->rate));
	json_object_set_new(log, "usual", json_real(a->usual));
	json_object_set_new(log, "errors_rate", json_real(a->errors_rate));
	json_object_set_new(log, "errors_usual", json_real(a->errors_usual));
	set_fields(log, a);
	return log;
}
