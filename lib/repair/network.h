/* SPDX-License-Identifier: MIT */
/*
 * network - what makes this machine's view of others its own
 *
 * The name of the host, and each default route with the state of its interface and
 * how often its carrier changed: so it is noticed too when a cable was out between
 * two looks. Addresses and other interfaces come and go with containers.
 */
#ifndef SH_REPAIR_NETWORK_H
#define SH_REPAIR_NETWORK_H

/* Sorted lines, a new string. What cannot be read is left out. */
char *sh_network_identity(int root);

#endif
