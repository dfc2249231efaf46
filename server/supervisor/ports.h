/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_SUPERVISOR_PORTS_H
#define TSR_SUPERVISOR_PORTS_H

#include "core/base/attr.h"
#include "server/child.h"
#include "server/options.h"

/* ports: binds every port once: per port, address family and edge thread one listener of a
 * SO_REUSEPORT set. They stay open until the program ends, so that a connection that comes while
 * the edge restarts waits instead of being refused. */

/* Fills in listeners and ports of the child (n_threads is set). Says what is wrong on stderr. */
TSR_CHECKED int tsr_ports_open(struct tsr_child *child, const struct tsr_options *options);

/* Listens on ADDR:PORT for --metrics. */
TSR_CHECKED int tsr_ports_open_metrics(int *fd, const char *where);

#endif
