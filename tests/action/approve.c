/* SPDX-License-Identifier: MIT */
/* approve STATE PATH - make the present content of PATH its baseline, for tests of file-restore alone */
#include "config.h"

#include <stdio.h>

#include "base/clock.h"
#include "state/baseline.h"

int main(int argc, char **argv)
{
	struct sh_error err = SH_ERROR_INIT;

	if (argc != 3)
		return 2;
	if (sh_baseline_approve(argv[1], argv[2], "test", sh_clock_wall(), NULL, &err) == 0)
		return 0;
	fprintf(stderr, "%s\n", err.text);
	return 4;
}
