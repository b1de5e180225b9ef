/* SPDX-License-Identifier: MIT */
#include "config.h"

#include "repair/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/confine.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/seccomp.h"

/* Mounts and namespaces wait for the kernel; more than this is a machine in trouble. */
#define REPORT_WAIT 10000

static const char *const part_words[] = { "privileges", "capabilities", "user",	 "network",
					  "write",	"tmp",		"syscalls", "limits", NULL };

static const char *const keys[] = { "network",	   "write",	  "tmp",	"capabilities",
				    "user",	   "allow",	  "memory",	"file_size",
				    "processes", "open_files", "cpu",	"require",
				    "other_mounts", "unless", NULL };

/* Strings of a list as bits, by their place in WORDS. */
static int read_bits(const struct sh_node *node, const char *key, const char *const *words, unsigned *out,
		     struct sh_error *err)
{
	SH_CLEANUP_FREE const char **list = NULL;

	if (sh_node_strings(node, key, &list, err) < 0)
		return -1;
	for (size_t i = 0; list && list[i]; i++) {
		unsigned bit = 0;

		while (words[bit] && strcmp(words[bit], list[i]) != 0)
			bit++;
		if (!words[bit])
			return sh_node_fail(sh_node_get(node, key), err, "'%s': '%.60s' is unknown", key,
					    list[i]);
		*out |= 1U << bit;
	}
	return 0;
}

int sh_sandbox_read_require(const struct sh_node *map, unsigned *out, struct sh_error *err)
{
	return read_bits(map, "require", part_words, out, err);
}

static int read_capabilities(struct sh_sandbox *s, const struct sh_node *node, struct sh_error *err)
{
	SH_CLEANUP_FREE const char **list = NULL;

	if (sh_node_strings(node, "capabilities", &list, err) < 0)
		return -1;
	for (size_t i = 0; list && list[i]; i++) {
		int number = sh_capability_number(list[i]);

		if (number < 0)
			return sh_node_fail(sh_node_get(node, "capabilities"), err,
					    "'capabilities': '%.60s' is unknown", list[i]);
		s->capabilities |= (uint64_t)1 << number;
	}
	s->parts |= list ? SH_SANDBOX_CAPABILITIES : 0;
	return 0;
}

static int read_paths(struct sh_sandbox *s, const struct sh_node *node, struct sh_error *err)
{
	if (!sh_node_get(node, "write"))
		return 0;
	s->parts |= SH_SANDBOX_WRITE;
	return sh_node_strings(node, "write", &s->write, err);
}

static int read_limits(struct sh_sandbox *s, const struct sh_node *node, struct sh_error *err)
{
	if (sh_node_size(node, "memory", &s->memory, err) < 0 ||
	    sh_node_size(node, "file_size", &s->file_size, err) < 0 ||
	    sh_node_int(node, "processes", 1, 1 << 20, &s->processes, err) < 0 ||
	    sh_node_int(node, "open_files", 16, 1 << 20, &s->open_files, err) < 0 ||
	    sh_node_duration(node, "cpu", &s->cpu, err) < 0)
		return -1;
	s->parts |= SH_SANDBOX_LIMITS; /* no core dumps, if nothing else */
	return 0;
}

int sh_sandbox_read(struct sh_sandbox *s, const struct sh_node *node, struct sh_error *err)
{
	bool network = true, tmp = false;

	*s = (struct sh_sandbox){ .other_mounts = true };
	if (!node)
		return 0;
	if (sh_node_check_keys(node, "sandbox", keys, err) < 0 ||
	    sh_node_bool(node, "network", &network, err) < 0 ||
	    sh_node_bool(node, "tmp", &tmp, err) < 0 ||
	    sh_node_bool(node, "other_mounts", &s->other_mounts, err) < 0 ||
	    sh_node_strings(node, "unless", &s->unless, err) < 0 ||
	    sh_node_string(node, "user", &s->user, err) < 0 ||
	    read_bits(node, "allow", sh_seccomp_groups, &s->allow, err) < 0 ||
	    sh_sandbox_read_require(node, &s->require, err) < 0 ||
	    read_capabilities(s, node, err) < 0 || read_paths(s, node, err) < 0 ||
	    read_limits(s, node, err) < 0)
		return -1;
	s->network = network && sh_node_get(node, "network");
	s->parts |= SH_SANDBOX_PRIVILEGES | SH_SANDBOX_SYSCALLS;
	s->parts |= (network ? 0 : SH_SANDBOX_NETWORK) | (tmp ? SH_SANDBOX_TMP : 0) |
		    (s->user ? SH_SANDBOX_USER : 0);
	if (s->require & ~s->parts)
		return sh_node_fail(node, err, "'require' names what is not asked for");
	return 0;
}

void sh_sandbox_release(struct sh_sandbox *s)
{
	free(s->write);
	free(s->unless);
	*s = (struct sh_sandbox){ .parts = 0 };
}

static int find_user(struct sh_sandbox_use *u, struct sh_error *err)
{
	const struct passwd *pw = getpwnam(u->sandbox->user);

	if (!pw)
		return sh_error_set(err, SH_ERRC_CONFIG, "sandbox: there is no user '%s'",
				    u->sandbox->user);
	u->uid = pw->pw_uid;
	u->gid = pw->pw_gid;
	return 0;
}

int sh_sandbox_prepare(struct sh_sandbox_use *u, const struct sh_sandbox *s, const json_t *parameters,
		       const char *state, struct sh_error *err)
{
	*u = (struct sh_sandbox_use){ .sandbox = s, .report = { -1, -1 } };
	if (!s->parts)
		return 0;
	if (!sh_sandbox_applies(s, parameters)) {
		u->off = true;
		u->missing = s->parts;
		return 0;
	}
	u->write = sh_sandbox_paths(s->write, parameters, state, err);
	if (!u->write)
		return -1;
	if (s->user && find_user(u, err) < 0)
		return -1;
	return pipe2(u->report, O_CLOEXEC) < 0 ? sh_error_sys(err, "cannot make a pipe") : 0;
}

static void note(struct sh_sandbox_use *u, unsigned part, int rc)
{
	if (u->sandbox->parts & part)
		*(rc == 0 ? &u->enforced : &u->missing) |= part;
}

/* The parent's view is nobody's business any more: mounts before Landlock, which hides other processes. */
static void enter_mounts(struct sh_sandbox_use *u)
{
	const struct sh_sandbox *s = u->sandbox;
	const char *const *write = s->parts & SH_SANDBOX_WRITE ? (const char *const *)u->write : NULL;
	int rc;

	if (!(s->parts & (SH_SANDBOX_WRITE | SH_SANDBOX_TMP)))
		return;
	rc = sh_confine_write_mounts(write, s->other_mounts, s->parts & SH_SANDBOX_TMP);
	note(u, SH_SANDBOX_TMP, rc);
	/* It would hide the processes that the action is to look into. */
	if (rc < 0 && write && !(s->allow & SH_SECCOMP_TRACE))
		rc = sh_confine_write_landlock(write);
	note(u, SH_SANDBOX_WRITE, rc);
}

static int set_limit(__rlimit_resource_t what, uint64_t most)
{
	struct rlimit now, lim = { most, most };

	if (getrlimit(what, &now) < 0)
		return -errno;
	if (lim.rlim_max > now.rlim_max)
		lim.rlim_cur = lim.rlim_max = now.rlim_max;
	return setrlimit(what, &lim) < 0 ? -errno : 0;
}

static int enter_limits(const struct sh_sandbox *s)
{
	const struct {
		__rlimit_resource_t what;
		uint64_t most;
	} limit[] = { { RLIMIT_AS, s->memory },
		      { RLIMIT_FSIZE, s->file_size },
		      { RLIMIT_NPROC, (uint64_t)s->processes },
		      { RLIMIT_NOFILE, (uint64_t)s->open_files },
		      { RLIMIT_CPU, (uint64_t)((s->cpu + SH_SEC - 1) / SH_SEC) } };
	int rc = set_limit(RLIMIT_CORE, 0);

	for (size_t i = 0; rc == 0 && i < sizeof(limit) / sizeof(limit[0]); i++)
		if (limit[i].most)
			rc = set_limit(limit[i].what, limit[i].most);
	return rc;
}

/* The filter last: it would stand in the way of the rest. */
static void enter_privileges(struct sh_sandbox_use *u)
{
	const struct sh_sandbox *s = u->sandbox;
	bool own_network = false;
	int rc;

	if (s->parts & SH_SANDBOX_NETWORK)
		own_network = sh_confine_network() == 0;
	note(u, SH_SANDBOX_LIMITS, enter_limits(s));
	if (s->parts & SH_SANDBOX_USER)
		note(u, SH_SANDBOX_USER,
		     sh_confine_user(u->uid, u->gid, s->parts & SH_SANDBOX_CAPABILITIES));
	if (s->parts & SH_SANDBOX_CAPABILITIES)
		note(u, SH_SANDBOX_CAPABILITIES, sh_confine_capabilities(s->capabilities));
	rc = sh_seccomp_give_up((~s->allow & (SH_SECCOMP_NETWORK - 1)) |
				(s->parts & SH_SANDBOX_NETWORK ? SH_SECCOMP_NETWORK : 0));
	note(u, SH_SANDBOX_SYSCALLS, rc);
	note(u, SH_SANDBOX_NETWORK, own_network ? 0 : rc);
}

void sh_sandbox_enter(void *arg)
{
	struct sh_sandbox_use *u = arg;
	const unsigned *answer = (const unsigned[]){ 0, 0 };

	if (!u->sandbox->parts || u->off)
		return;
	/* Landlock and filters need it of who is not root. */
	note(u, SH_SANDBOX_PRIVILEGES, sh_confine_privileges());
	enter_mounts(u);
	enter_privileges(u);
	answer = (const unsigned[]){ u->enforced, u->missing };
	if (sh_write_all(u->report[1], answer, 2 * sizeof(*answer)) < 0)
		_exit(125);
	close(u->report[1]);
}

int sh_sandbox_result(struct sh_sandbox_use *u, struct sh_error *err)
{
	struct pollfd answer = { u->report[0], POLLIN, 0 };
	unsigned parts[2];

	if (!u->sandbox->parts || u->off)
		return 0;
	close(u->report[1]);
	u->report[1] = -1;
	while (poll(&answer, 1, REPORT_WAIT) < 0 && errno == EINTR)
		;
	if (!(answer.revents & POLLIN) || read(u->report[0], parts, sizeof(parts)) != sizeof(parts))
		return sh_error_set(err, SH_ERRC_SYSTEM, "the sandbox could not be made");
	u->enforced = parts[0];
	u->missing = parts[1];
	return 0;
}

static json_t *words_of(unsigned parts)
{
	json_t *list = json_array();

	for (unsigned i = 0; part_words[i]; i++)
		if (parts >> i & 1)
			json_array_append_new(list, json_string(part_words[i]));
	return list;
}

json_t *sh_sandbox_words_record(unsigned enforced, unsigned missing)
{
	return json_pack("{s:o, s:o}", "enforced", words_of(enforced), "missing", words_of(missing));
}

json_t *sh_sandbox_record(const struct sh_sandbox_use *u)
{
	return u->sandbox->parts ? sh_sandbox_words_record(u->enforced, u->missing) : NULL;
}

char *sh_sandbox_text(unsigned parts)
{
	struct sh_buf text = SH_BUF_INIT;

	for (unsigned i = 0; part_words[i]; i++)
		if (parts >> i & 1)
			sh_buf_addf(&text, "%s%s", text.len ? ", " : "", part_words[i]);
	return sh_buf_take(&text);
}

void sh_sandbox_use_release(struct sh_sandbox_use *u)
{
	sh_sandbox_paths_free(u->write);
	for (int i = 0; i < 2; i++)
		if (u->sandbox && u->sandbox->parts && u->report[i] >= 0)
			close(u->report[i]);
	*u = (struct sh_sandbox_use){ .report = { -1, -1 } };
}
