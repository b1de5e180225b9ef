/* SPDX-License-Identifier: MIT */
/*
 * hog - keep a device busy: DIR SECONDS [WRITERS]
 *
 * Each writer rewrites a 64 MiB file of its own in 4 MiB pieces, past the page
 * cache, with an fsync after each, until the time is over or it is told to end.
 * The files are removed at the end.
 */
#include "config.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define PIECE ((size_t)4 << 20)
#define PIECES 16
#define MOST 32

static volatile sig_atomic_t over;

struct writer {
	pthread_t thread;
	char path[4096];
	time_t until;
};

static void end(int sig)
{
	(void)sig;
	over = 1;
}

static void *write_file(void *arg)
{
	const struct writer *w = arg;
	int fd = open(w->path, O_WRONLY | O_CREAT | O_TRUNC | O_DIRECT | O_CLOEXEC, 0600);
	void *piece = NULL;

	if (fd < 0 || posix_memalign(&piece, 4096, PIECE) != 0) {
		perror(w->path);
		return NULL;
	}
	memset(piece, 0x5a, PIECE);
	for (off_t i = 0; !over && time(NULL) < w->until; i = (i + 1) % PIECES)
		if (pwrite(fd, piece, PIECE, i * (off_t)PIECE) < 0 || fsync(fd) < 0)
			break;
	free(piece);
	close(fd);
	unlink(w->path);
	return NULL;
}

int main(int argc, char **argv)
{
	const struct sigaction action = { .sa_handler = end };
	int writers = argc > 3 ? (int)strtol(argv[3], NULL, 10) : 4;
	static struct writer writer[MOST];

	if (argc < 3 || writers < 1 || writers > MOST) {
		fprintf(stderr, "usage: hog DIR SECONDS [WRITERS]\n");
		return 2;
	}
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	for (int i = 0; i < writers; i++) {
		snprintf(writer[i].path, sizeof(writer[i].path), "%s/hog.%d", argv[1], i);
		writer[i].until = time(NULL) + strtol(argv[2], NULL, 10);
		if (pthread_create(&writer[i].thread, NULL, write_file, &writer[i]) != 0)
			return 1;
	}
	for (int i = 0; i < writers; i++)
		pthread_join(writer[i].thread, NULL);
	return 0;
}
