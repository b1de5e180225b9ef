/* SPDX-License-Identifier: MIT */
/*
 * A plugin: how many connections a local TCP port has, from /proc/net/tcp.
 *	cc -o /etc/selfheal/plugins/ports ports.c -ljansson
 *	checks: {web-connections: {plugin: ports, settings: {ports: [80, 443]}}}
 * One sample a port, told apart by a dimension.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#define ESTABLISHED 1

static long count(unsigned wanted)
{
	static const char *const file[] = { "/proc/net/tcp", "/proc/net/tcp6" };
	char line[512];
	long n = 0;

	for (int i = 0; i < 2; i++) {
		FILE *f = fopen(file[i], "r");
		unsigned port, state;

		while (f && fgets(line, sizeof(line), f))
			if (sscanf(line, " %*d: %*[0-9A-F]:%x %*[0-9A-F]:%*x %x", &port, &state) == 2)
				n += port == wanted && state == ESTABLISHED;
		if (f)
			fclose(f);
	}
	return n;
}

int main(void)
{
	json_error_t error;
	json_t *in = json_loadf(stdin, 0, &error), *port;
	json_t *ports = json_object_get(json_object_get(in, "settings"), "ports");
	size_t i;

	if (!json_array_size(ports)) {
		fprintf(stderr, "settings need a list of ports\n");
		return EXIT_FAILURE;
	}
	json_array_foreach(ports, i, port)
		printf("{\"kind\":\"sample\",\"dims\":{\"port\":\"%lld\"},"
		       "\"metrics\":{\"connections\":{\"established\":%ld}}}\n",
		       (long long)json_integer_value(port),
		       count((unsigned)json_integer_value(port)));
	json_decref(in);
	return EXIT_SUCCESS;
}
