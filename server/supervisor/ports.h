/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_SUPERVISOR_PORTS_H
#define TSR_SUPERVISOR_PORTS_H

#include "core/base/attr.h"
#include "server/child.h"
#include "server/options.h"

/* ports: binds every port once: per port, address family and thread one listener, and one UDP
 * socket, of a SO_REUSEPORT set. They stay open until the program ends, so that a connection that
 * comes while the edge restarts waits instead of being refused. */

/* Fills in listeners, UDP sockets and ports of the child (n_threads is set). Says what is wrong on
 * stderr. */
TSR_CHECKED int tsr_ports_open(struct tsr_child *child, const struct tsr_options *options);

/* Fills in the addresses that clients are told for audio and video: those given, or those of the
 * interfaces, this machine's own (loopback) when it is asked for or there is no other. */
TSR_CHECKED int tsr_ports_find_addresses(
	struct tsr_child *child, const struct tsr_options *options, bool with_loopback);

/* Listens on ADDR:PORT for --metrics. */
TSR_CHECKED int tsr_ports_open_metrics(int *fd, const char *where);

#endif
