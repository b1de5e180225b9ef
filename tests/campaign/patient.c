/* SPDX-License-Identifier: MIT */
/*
 * patient - a small HTTP service that can be made ill.
 *
 *   patient PORT PIDFILE DIRECTORY [CONFIG]
 *
 * Answers GET with DIRECTORY/index.html, and with 500 when that cannot be read or
 * DIRECTORY/journal cannot be appended to. With CONFIG it does not start unless the
 * file's first line is "version 1"; with PATIENT_LOCK in its environment not while that
 * file is there, which it makes. DIRECTORY/poison ends it a moment after each start.
 * What a datagram to DIRECTORY/control says happens to it as it would by a defect of its
 * own: "leak BYTES" a second, "descriptors COUNT", "zombies COUNT", "children COUNT" that
 * sleep, "spin" in a thread, "hang" in the request loop, "work MS" of processor time for
 * each answer, "sync" what is written, "crash".
 */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

static const char *directory;
static size_t leak; /* bytes a second */
static char *volatile lost; /* the newest of what leaked: what nobody holds a compiler leaves out */
static long work;   /* milliseconds for each answer */
static int sync_flag; /* O_SYNC: the journal is on the disk before the answer */

static void die(const char *what)
{
	fprintf(stderr, "patient: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void in_directory(char path[static 108], const char *name)
{
	snprintf(path, 108, "%s/%s", directory, name);
}

static int listen_at(uint16_t port)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons(port), .sin_addr = { htonl(INADDR_ANY) } };
	int one = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, (struct sockaddr *)&at, sizeof(at)) || listen(fd, 16))
		die("listen");
	return fd;
}

static int control_socket(void)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	in_directory(at.sun_path, "control");
	unlink(at.sun_path);
	if (bind(fd, (struct sockaddr *)&at, sizeof(at)))
		die("control");
	return fd;
}

static void write_pid(const char *path)
{
	FILE *file = fopen(path, "we");

	if (!file || fprintf(file, "%ld\n", (long)getpid()) < 0 || fclose(file))
		die(path);
}

static void check_config(const char *path)
{
	char line[64] = "";
	FILE *file = fopen(path, "re");

	if (!file)
		die(path);
	if (!fgets(line, sizeof(line), file) || strcmp(line, "version 1\n")) {
		fprintf(stderr, "patient: %s: line 1: 'version 1' is wanted\n", path);
		exit(1);
	}
	fclose(file);
}

static void take_lock(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);

	if (fd < 0 || dprintf(fd, "%ld\n", (long)getpid()) < 0 || close(fd))
		die(path);
}

static void eat_poison(void)
{
	char path[108];

	in_directory(path, "poison");
	if (access(path, F_OK))
		return;
	usleep(300000);
	abort();
}

/* The page, or NULL when it cannot be read or the request not be written down. */
static char *page(char buffer[static 4096])
{
	char path[108];
	int fd;
	ssize_t n;

	in_directory(path, "journal");
	fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | sync_flag, 0644);
	if (fd < 0)
		return NULL;
	n = write(fd, "request\n", 8);
	if (close(fd) || n != 8)
		return NULL;
	in_directory(path, "index.html");
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return NULL;
	n = read(fd, buffer, 4095);
	close(fd);
	if (n < 0)
		return NULL;
	buffer[n] = '\0';
	return buffer;
}

/* So much processor time, however long that takes. */
static void do_work(void)
{
	struct timespec t;
	long until;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	until = t.tv_sec * 1000 + t.tv_nsec / 1000000 + work;
	while (work && t.tv_sec * 1000 + t.tv_nsec / 1000000 < until)
		clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
}

static void answer(int client)
{
	struct timeval patience = { .tv_sec = 1 };
	char request[1024], body[4096];
	const char *text;

	setsockopt(client, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	if (recv(client, request, sizeof(request), 0) > 0) {
		do_work();
		text = page(body);
		dprintf(client, "HTTP/1.0 %s\r\nContent-Length: %zu\r\n\r\n%s", text ? "200 OK" : "500 Ill",
			text ? strlen(text) : 0, text ? text : "");
	}
	close(client);
}

static void *spin(void *unused)
{
	volatile unsigned long n = 0;

	(void)unused;
	while (n + 1)
		n++;
	return NULL;
}

static void waste_descriptors(long count)
{
	while (count-- > 0 && open("/dev/null", O_RDONLY | O_CLOEXEC) >= 0)
		;
}

static void make_children(long count, bool sleeping)
{
	while (count-- > 0) {
		pid_t pid = fork();

		if (pid == 0 && sleeping)
			sleep(1000);
		if (pid == 0)
			_exit(0);
		if (pid < 0)
			return;
	}
}

static void obey(int control)
{
	char order[64], *number;
	ssize_t n = recv(control, order, sizeof(order) - 1, 0);
	pthread_t thread;

	if (n <= 0)
		return;
	order[n] = 0;
	number = strchr(order, ' ');
	if (!strncmp(order, "leak", 4))
		leak = number ? strtoul(number, NULL, 10) : 0;
	else if (!strncmp(order, "descriptors", 11))
		waste_descriptors(number ? atol(number) : 0);
	else if (!strncmp(order, "zombies", 7))
		make_children(number ? atol(number) : 0, false);
	else if (!strncmp(order, "children", 8))
		make_children(number ? atol(number) : 0, true);
	else if (!strncmp(order, "work", 4))
		work = number ? atol(number) : 0;
	else if (!strncmp(order, "sync", 4))
		sync_flag = O_SYNC;
	else if (!strncmp(order, "spin", 4))
		pthread_create(&thread, NULL, spin, NULL);
	else if (!strncmp(order, "hang", 4))
		for (;;)
			pause();
	else if (!strncmp(order, "crash", 5))
		abort();
}

/* A tenth of a second's leak, touched so that it is resident. */
static void leak_on(void)
{
	lost = leak ? malloc(leak / 10) : NULL;
	if (lost)
		memset(lost, 1, leak / 10);
}

int main(int argc, char **argv)
{
	struct pollfd fds[2];

	if (argc < 4) {
		fprintf(stderr, "usage: patient PORT PIDFILE DIRECTORY [CONFIG]\n");
		return 2;
	}
	directory = argv[3];
	signal(SIGPIPE, SIG_IGN);
	if (argc > 4)
		check_config(argv[4]);
	if (getenv("PATIENT_LOCK"))
		take_lock(getenv("PATIENT_LOCK"));
	fds[0] = (struct pollfd){ .fd = listen_at((uint16_t)strtoul(argv[1], NULL, 10)), .events = POLLIN };
	fds[1] = (struct pollfd){ .fd = control_socket(), .events = POLLIN };
	write_pid(argv[2]);
	eat_poison();
	for (;;) {
		poll(fds, 2, 100);
		leak_on();
		if (fds[1].revents & POLLIN)
			obey(fds[1].fd);
		if (fds[0].revents & POLLIN) {
			int client = accept(fds[0].fd, NULL, NULL);

			if (client >= 0)
				answer(client);
			else
				usleep(10000);
		}
	}
}
