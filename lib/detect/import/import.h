/* SPDX-License-Identifier: MIT */
/*
 * import - rule files of Prometheus as rules of our own
 *
 * Reads groups of alerting and recording rules (the file format of Prometheus, or
 * a PrometheusRule object of Kubernetes, whose groups are under spec) and writes a
 * rules section in YAML. A rule that one record can decide becomes an expression
 * of our language, any other keeps its PromQL (key promql). What can be neither is
 * told with its place and is a comment in the output.
 */
#ifndef SH_DETECT_IMPORT_IMPORT_H
#define SH_DETECT_IMPORT_IMPORT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/error.h"

struct sh_import {
	bool exact;  /* keep PromQL for every rule: the very semantics of Prometheus */
	/* A rule, or a part of one, that could not be taken over; SH_ERRC_CONFIG, FILE:LINE:COLUMN. */
	void (*told)(void *arg, const struct sh_error *err);
	void *arg;
	/* Afterwards. */
	size_t native, promql, recording, refused;
};

/* -1 with SH_ERRC_CONFIG for a file that holds no groups. */
int sh_import_prometheus(struct sh_import *im, const char *file, const char *data, size_t len,
			 struct sh_buf *out, struct sh_error *err);

#endif
