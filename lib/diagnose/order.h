/* SPDX-License-Identifier: MIT */
/* order - numbers in order, and what part of them is below what */
#ifndef SH_DIAGNOSE_ORDER_H
#define SH_DIAGNOSE_ORDER_H

#include <stddef.h>

/* Smallest first; no NaN among them. */
void sh_order(double *v, size_t n);
/* The value that a part Q of the N sorted values is below, interpolated; N above 0. */
double sh_order_quantile(const double *sorted, size_t n, double q);
/* The median distance of the N sorted values from MIDDLE; N above 0. */
double sh_order_median_off(const double *sorted, size_t n, double middle);

#endif
