/* SPDX-License-Identifier: MIT */
/* link-up - set a network interface up that somebody set down; undo sets it down again */
#include "config.h"

#include <errno.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "action/action.h"
#include "action/note.h"
#include "base/clock.h"
#include "base/file.h"

#define CARRIER_WITHIN (5 * SH_SEC)
#define POLL (50 * SH_MS)

static const struct sh_param params[] = {
	{ "interface", SH_PARAM_STRING, true },
	{ "up", SH_PARAM_BOOLEAN, true },
	{ NULL, SH_PARAM_STRING, false },
};

static int ask(const char *name, int request, struct ifreq *r, struct sh_error *err)
{
	SH_CLEANUP_FD int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (!*name || strlen(name) >= sizeof(r->ifr_name))
		return sh_error_set(err, SH_ERRC_INPUT, "'%.40s' is no name of an interface", name);
	snprintf(r->ifr_name, sizeof(r->ifr_name), "%s", name);
	if (fd < 0 || ioctl(fd, (unsigned long)request, r) < 0)
		return errno == ENODEV ?
			       sh_error_set(err, SH_ERRC_UNAVAILABLE, "there is no interface '%s'", name) :
			       sh_error_sys(err, "cannot ask or set interface '%s'", name);
	return 0;
}

static int flags_of(const char *name, short *flags, struct sh_error *err)
{
	struct ifreq r = { .ifr_flags = 0 };

	if (ask(name, SIOCGIFFLAGS, &r, err) < 0)
		return -1;
	*flags = r.ifr_flags;
	return 0;
}

static int set(const char *name, bool up, struct sh_error *err)
{
	struct ifreq r = { .ifr_flags = 0 };

	if (ask(name, SIOCGIFFLAGS, &r, err) < 0)
		return -1;
	r.ifr_flags = (short)(up ? r.ifr_flags | IFF_UP : r.ifr_flags & ~IFF_UP);
	return ask(name, SIOCSIFFLAGS, &r, err);
}

/* Asked of the driver: the flags lag behind. */
static int has_carrier(const char *name, struct sh_error *err)
{
	struct ethtool_value value = { .cmd = ETHTOOL_GLINK };
	struct ifreq r = { .ifr_data = (void *)&value };
	struct sh_error cannot = SH_ERROR_INIT;
	short flags;

	if (ask(name, SIOCETHTOOL, &r, &cannot) == 0)
		return value.data != 0;
	return flags_of(name, &flags, err) < 0 ? -1 : !!(flags & IFF_RUNNING);
}

static bool await_carrier(const char *name, struct sh_error *err)
{
	int64_t until = sh_clock_mono() + CARRIER_WITHIN;
	int has;

	while ((has = has_carrier(name, err)) == 0 && sh_clock_mono() < until)
		sh_clock_sleep(POLL);
	return has == 1;
}

static int run(const struct sh_action_call *call, json_t *output, struct sh_error *err)
{
	const char *name = sh_param_str(call->parameters, "interface");
	struct sh_note note;
	short flags;
	int rc;

	if (!sh_param_bool(call->parameters, "up"))
		return sh_error_set(err, SH_ERRC_CONFIG, "the site does not allow to set '%s' up", name);
	if (flags_of(name, &flags, err) < 0)
		return -1;
	if (flags & IFF_UP)
		return sh_error_set(err, SH_ERRC_UNAVAILABLE, "'%s' is up; what it lacks is a carrier or an address",
				    name);
	json_object_set_new(output, "interface", json_string(name));
	sh_note_init(&note, "links", call);
	rc = sh_note_write(&note, output, err);
	sh_note_release(&note);
	if (rc < 0 || set(name, true, err) < 0)
		return -1;
	return await_carrier(name, err) ? 0 :
		       sh_error_is_set(err) ? -1 :
		       sh_error_set(err, SH_ERRC_SYSTEM, "'%s' is up and has no carrier", name);
}

static int check(const struct sh_action_call *call, json_t *output, struct sh_error *err)
{
	short flags;

	if (flags_of(sh_param_str(call->parameters, "interface"), &flags, err) < 0)
		return -1;
	sh_action_state(output, flags & IFF_UP ? "done" : "not_done");
	return 0;
}

static int set_down(const struct sh_action_call *call, const json_t *known, struct sh_error *err)
{
	(void)known;
	return set(sh_param_str(call->parameters, "interface"), false, err);
}

static int undo(const struct sh_action_call *call, json_t *output, struct sh_error *err)
{
	return sh_note_undo("links", "interface", set_down, call, output, err);
}

int main(int argc, char **argv)
{
	static const struct sh_action action = { "link-up", params, run, check, undo };

	return sh_action_main(&action, argc, argv);
}
