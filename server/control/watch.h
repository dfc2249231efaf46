/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_CONTROL_WATCH_H
#define TSR_CONTROL_WATCH_H

#include <stdbool.h>

#include "core/base/attr.h"
#include "core/base/slice.h"
#include "sys/loop.h"

/*
 * watch: for whoever watches the service: HTTP GET of /livez (200 while the process turns),
 * /readyz (200, or 503 with a sentence) and /metrics (Prometheus), on metrics.sock and, when
 * --metrics was given, on a loopback port. One request per connection.
 */
#define TSR_WATCH_CLIENTS 16
#define TSR_WATCH_PATIENCE (10 * TSR_SECOND)
#define TSR_WATCH_METRICS (256 * 1024) /* most bytes of a metrics text */

/* What is asked of the owner. */
struct tsr_watch_source {
	bool (*is_ready)(void *user, const char **why);
	/* Writes the text, returns its length. */
	size_t (*write_metrics)(void *user, char *out, size_t cap);
};

struct tsr_watch;

/* Borrows the listening descriptors; -1: none. Keeps source. */
TSR_CHECKED int tsr_watch_open(struct tsr_watch **out, struct tsr_loop *loop, int unix_fd,
	int tcp_fd, const struct tsr_watch_source *source, void *user);
void tsr_watch_close(struct tsr_watch **watch);

#endif
