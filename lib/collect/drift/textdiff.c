/* SPDX-License-Identifier: MIT */
/* The differences of two texts, by their longest common sequence of lines. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "collect/drift/operator.h"
#include "collect/text.h"

#define MAX_LINES 2000 /* that differ, of each: the table has the product of them */

struct lines {
	struct sh_span *item; /* owned */
	size_t n, cap;
};

static struct lines split(struct sh_span text)
{
	struct lines l = { NULL, 0, 0 };
	struct sh_span line;

	while (sh_text_line(&text, &line)) {
		sh_grow(l.item, l.n, l.cap);
		l.item[l.n++] = line;
	}
	return l;
}

static bool is_same(struct sh_span a, struct sh_span b)
{
	return a.len == b.len && (!a.len || !memcmp(a.p, b.p, a.len));
}

/* What stands before the value remains: "password = (secret)". */
static void add_line(struct sh_buf *out, char sign, struct sh_span line)
{
	SH_CLEANUP_FREE char *text = sh_strndup(line.p, line.len);
	size_t name = strcspn(text, "=:");

	sh_buf_addch(out, sign);
	if (!sh_drift_is_secret(text)) {
		sh_buf_add(out, line.p, line.len);
	} else if (name < line.len) {
		sh_buf_add(out, line.p, name + 1);
		sh_buf_addstr(out, " (secret)");
	} else {
		sh_buf_addstr(out, "(secret)");
	}
	sh_buf_addch(out, '\n');
}

/* length[i][k]: of the longest common sequence of what follows line i and line k. */
static unsigned short *make_table(const struct lines *a, const struct lines *b, size_t from,
				  size_t n, size_t m)
{
	unsigned short *t = sh_calloc((n + 1) * (m + 1), sizeof(*t));

	for (size_t i = n; i-- > 0;)
		for (size_t k = m; k-- > 0;) {
			unsigned short down = t[(i + 1) * (m + 1) + k], right = t[i * (m + 1) + k + 1];

			if (is_same(a->item[from + i], b->item[from + k]))
				t[i * (m + 1) + k] = (unsigned short)(t[(i + 1) * (m + 1) + k + 1] + 1);
			else
				t[i * (m + 1) + k] = down > right ? down : right;
		}
	return t;
}

static void add_differences(const struct lines *a, const struct lines *b, size_t from, size_t n,
			    size_t m, struct sh_buf *out)
{
	SH_CLEANUP_FREE unsigned short *t = make_table(a, b, from, n, m);
	size_t i = 0, k = 0;
	bool told = false;

	while (i < n || k < m) {
		if (i < n && k < m && is_same(a->item[from + i], b->item[from + k])) {
			i++;
			k++;
			told = false;
			continue;
		}
		if (!told)
			sh_buf_addf(out, "@@ line %zu, now %zu @@\n", from + i + 1, from + k + 1);
		told = true;
		if (k >= m || (i < n && t[(i + 1) * (m + 1) + k] >= t[i * (m + 1) + k + 1]))
			add_line(out, '-', a->item[from + i++]);
		else
			add_line(out, '+', b->item[from + k++]);
	}
}

void sh_drift_text_diff(struct sh_span a, struct sh_span b, struct sh_buf *out)
{
	struct lines x, y;
	size_t from = 0, n, m;

	if ((a.len && memchr(a.p, '\0', a.len)) || (b.len && memchr(b.p, '\0', b.len))) {
		sh_buf_addstr(out, "(content that is no text)\n");
		return;
	}
	x = split(a);
	y = split(b);
	n = x.n;
	m = y.n;
	while (from < n && from < m && is_same(x.item[from], y.item[from]))
		from++;
	while (n > from && m > from && is_same(x.item[n - 1], y.item[m - 1])) {
		n--;
		m--;
	}
	if (n - from > MAX_LINES || m - from > MAX_LINES)
		sh_buf_addf(out, "(%zu lines, now %zu, too different to show)\n", x.n, y.n);
	else
		add_differences(&x, &y, from, n - from, m - from, out);
	free(x.item);
	free(y.item);
}
