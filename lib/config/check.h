/* SPDX-License-Identifier: MIT */
/*
 * check - one active check, as the site declares it
 *
 * A check is a map with the key of its kind (tcp: HOST:PORT) and further keys.
 * Kinds are rows of one table: the form of their argument, their keys, their
 * defaults. A new kind is a word of the enumeration and a row; a new key is a
 * member here and a row of the keys.
 */
#ifndef SH_CONFIG_CHECK_H
#define SH_CONFIG_CHECK_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "config/node.h"

enum sh_check_kind {
	SH_CHECK_HTTP,
	SH_CHECK_TLS,
	SH_CHECK_TCP,
	SH_CHECK_UDP,
	SH_CHECK_UNIX,
	SH_CHECK_PING,
	SH_CHECK_DNS,
	SH_CHECK_NTP,
	SH_CHECK_SSH,
	SH_CHECK_SMTP,
	SH_CHECK_REDIS,
	SH_CHECK_POSTGRES,
	SH_CHECK_FILE,
	SH_CHECK_DIRECTORY,
	SH_CHECK_MOUNT,
	SH_CHECK_CHECKSUM,
	SH_CHECK_FRESH,
	SH_CHECK_PROCESS,
	SH_CHECK_COMMAND,
	SH_CHECK_PLUGIN,
	SH_CHECK_SCRAPE,
	SH_CHECK_READ,
	SH_CHECK_LOG,
	SH_CHECK_JOURNAL,
	SH_CHECK_KINDS
};

/* What the argument of a kind looks like. */
enum sh_check_form {
	SH_FORM_ADDRESS, /* HOST:PORT; the port may be left out where the kind has one */
	SH_FORM_HOST,
	SH_FORM_URL,     /* http:// or https:// */
	SH_FORM_PATH,    /* absolute, plain */
	SH_FORM_NAME,    /* of a file: letters, digits and "._-", not beginning with '.' or '-' */
	SH_FORM_TEXT,
	SH_FORM_ARGV,    /* a program by its absolute path, and its arguments */
};

#define SH_CHECK_MAX_KEYS 12

struct sh_check_row {
	const char *name;
	enum sh_check_form form;
	uint16_t port;      /* where the address has none; 0: it must have one */
	int64_t timeout;    /* default, ns; 0: five seconds */
	const char *format; /* default of the key "format", NULL none */
	const char *need;   /* a key that must be given, NULL none */
	const char *key[SH_CHECK_MAX_KEYS]; /* beside those of every check; NULL-terminated */
};

extern const struct sh_check_row sh_check_rows[SH_CHECK_KINDS];

#define SH_CHECK_UNSET (-1)
#define SH_CHECK_TARGET "{target}"

/*
 * Strings are borrowed from the configuration; arrays and json_t are owned. What
 * was not given is NULL, false, or SH_CHECK_UNSET for numbers, sizes and durations.
 */
struct sh_check {
	enum sh_check_kind kind;
	const char *address; /* the argument; NULL for a command */
	const char **argv;   /* of a command, else NULL */
	const char **hosts;  /* each takes the place of {target} in the argument; NULL none */
	const char *targets; /* a file that holds such, one a line; NULL none */
	int64_t timeout;     /* ns */
	const char *format;

	int64_t *status;     /* wanted ones, 0-terminated; NULL: any below 400 */
	const char *match;   /* http: text in the body; directory: pattern of names; log, journal: of entries */
	const char *expect;  /* pattern that the answer matches */
	const char *send;    /* what is sent first */
	int64_t redirects;   /* how many are followed */
	const char *method;
	json_t *headers;      /* name -> value */
	json_t *header_files; /* name -> path of the file that holds the value */
	const char *ca;       /* file of certificates to be trusted */
	int64_t min_days;     /* left of a certificate */
	const char *name;     /* tls: that the certificate is for; dns: that is asked for */
	const char *type;     /* dns: of record */
	const char **answer;  /* dns: all of these are among the answers */
	int64_t count;        /* ping: how many */
	int64_t max_loss;     /* ping: percent */
	const char *password_file, *user, *database;
	int64_t max_offset;   /* ntp: ns */
	bool absent;          /* file: wanted not to be there */
	bool recursive;
	int64_t min_size, max_size, max_age; /* bytes, ns */
	int64_t permissions;
	const char *owner;
	int64_t min, max;     /* how many of them */
	const char *device, *fstype;
	const char **options; /* mount: all of these are among its options */
	const char *sha256;
	const char *exe, *cmdline;
	const char *ignore;   /* log, journal: pattern of entries that are left out */
	const char *from;     /* log, journal: "start" or "end" */
	int64_t max_behind;   /* log: bytes */
	const char *path;     /* journal: directory of its files */
	json_t *settings;     /* handed to a plugin */
	bool any_host;        /* plugin: it may speak for other hosts */
};

/* Whether TEXT, without {target}, is an argument of the kind. Not for commands. */
bool sh_check_argument_fits(enum sh_check_kind kind, const char *text);
/* What the kind wants, for messages: "HOST:PORT". */
const char *sh_check_argument_form(enum sh_check_kind kind);

/* HOST and PORT of what a check asks over the network; false when it asks nothing there. */
bool sh_check_endpoint(const struct sh_check *k, char *host, size_t size, uint16_t *port);

/* A check among those of a service. To be released even after a failure. */
int sh_check_load(struct sh_check *check, const struct sh_node *node, struct sh_error *err);
void sh_check_release(struct sh_check *check);

struct sh_check_entry;
struct sh_config_entry;
/* An entry of the section "checks". */
int sh_check_entry_load(struct sh_check_entry *entry, const struct sh_config_entry *from,
			struct sh_error *err);
void sh_check_entry_release(struct sh_check_entry *entry);

#endif
