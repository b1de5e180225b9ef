/* SPDX-License-Identifier: MIT */
/* Packages installed, upgraded, downgraded and removed. */
#include "config.h"

#include <string.h>

#include "collect/event/event.h"
#include "collect/facts.h"
#include "collect/host/packages.h"
#include "collect/host/version.h"

static const char stamp_name[] = "packages.stamp";

/* The data base is read again only when it was touched. */
static bool is_same(struct sh_collect *c)
{
	const struct sh_fact *kept = sh_facts_get(&c->facts, stamp_name);
	SH_CLEANUP_BUF struct sh_buf stamp = SH_BUF_INIT;
	struct sh_error none = SH_ERROR_INIT;

	return kept && sh_packages_stamp(c, &stamp, &none) == 0 &&
	       !strcmp(kept->text, sh_buf_str(&stamp));
}

static int look(struct sh_collect *c, const struct sh_listing *before, struct sh_listing *now,
		struct sh_error *err)
{
	SH_CLEANUP_BUF struct sh_buf stamp = SH_BUF_INIT;

	(void)before;
	if (sh_packages_stamp(c, &stamp, err) < 0)
		return -1;
	/* The stamp is older than the list: what changes in between is seen next time. */
	if (sh_packages_read(c, now, err) < 0)
		return -1;
	sh_facts_put(&c->facts, stamp_name, sh_buf_str(&stamp), stamp.len);
	return 0;
}

static void changed(struct sh_collect *c, const char *name, const char *was, const char *is)
{
	int64_t time = is ? sh_packages_time(c, name) : 0;

	if (!is)
		sh_event_emit(c, 0, "package", name, "package_removed", "%s %s removed", name, was);
	else if (!was)
		sh_event_emit(c, time, "package", name, "package_installed", "%s %s installed", name,
			      is);
	else if (sh_version_compare(was, is) < 0)
		sh_event_emit(c, time, "package", name, "package_upgraded", "%s upgraded from %s to %s",
			      name, was, is);
	else
		sh_event_emit(c, time, "package", name, "package_downgraded",
			      "%s downgraded from %s to %s", name, was, is);
}

const struct sh_event_source sh_event_packages = {
	.name = "packages", .is_same = is_same, .look = look, .changed = changed
};
