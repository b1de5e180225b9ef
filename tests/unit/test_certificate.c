/* SPDX-License-Identifier: MIT */
/* The dates of a certificate, in text that ends where it likes. */
#include "config.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "action/certificate.c"
#include "tap.h"

/* TEXT with nothing readable behind its end. */
static const char *at_the_end(char *page, long size, const char *text)
{
	return memcpy(page + size - strlen(text) - 1, text, strlen(text) + 1);
}

int main(void)
{
	static const char *const broken[] = { "notAfter=", "notAfter=2026-11-21", "notAfter=2026-11-21 ", "notAfter=x",
					      "notAfter=2026-11-21\nnotBefore=2026-11-20 00:00:00Z\n", "notAf" };
	long size = sysconf(_SC_PAGESIZE);
	char *page = mmap(NULL, (size_t)size * 2, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int64_t time = 0, same = 0;

	if (page == MAP_FAILED || mprotect(page + size, (size_t)size, PROT_NONE) < 0)
		return 99;
	sh_time_parse("2026-11-21T15:04:05Z", 20, &same);
	OK(read_date(at_the_end(page, size, "notAfter=2026-11-21 15:04:05Z"), "notAfter=", &time) == 0 && time == same,
	   "a date is read to the second");
	for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++)
		OK(read_date(at_the_end(page, size, broken[i]), "notAfter=", &time) < 0,
		   "half a date is none, and nothing behind it is read: case %zu", i);
	return plan_done();
}
