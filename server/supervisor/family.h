/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_SUPERVISOR_FAMILY_H
#define TSR_SUPERVISOR_FAMILY_H

#include <sys/types.h>

#include "core/base/attr.h"
#include "server/child.h"
#include "sys/loop.h"

/*
 * family: the child processes. Each has a link to here, and the edge one to each other. One that
 * dies is started anew: at once, then after 100 ms, 200 ms .. 10 s when it dies again within 30 s.
 * The survivor gets the other end of the new peer link.
 */
enum tsr_family_role { TSR_FAMILY_CONTROL, TSR_FAMILY_EDGE, TSR_FAMILY_MEDIA, TSR_FAMILY_N };

struct tsr_family_events {
	void (*on_ready)(void *user);                      /* all serve */
	void (*on_hopeless)(void *user, const char *role); /* it never came up */
	void (*on_all_gone)(void *user);                   /* after tsr_family_stop() */
};

struct tsr_family;

struct tsr_process {
	struct tsr_family *family;
	enum tsr_family_role role;
	pid_t pid; /* 0: not running */
	struct tsr_ipc *link;
	struct tsr_timer *restart;
	tsr_time started_at;
	unsigned n_failures; /* in a row */
	bool is_ready, was_ready;
	/* By the peer's role: his end is in use already; this one goes to the next start. */
	int pending_fds[TSR_FAMILY_N];
};

struct tsr_family {
	struct tsr_loop *loop;
	const struct tsr_child *all; /* what there is to hand out */
	bool is_verbose, is_stopping;
	tsr_time grace;
	const struct tsr_family_events *events;
	void *user;
	struct tsr_msg *chain;
	int key_fd; /* memfd */
	struct tsr_process processes[TSR_FAMILY_N];
};

/* Keeps all, events and user. */
TSR_CHECKED int tsr_family_init(struct tsr_family *family, struct tsr_loop *loop,
	const struct tsr_child *all, bool is_verbose, const struct tsr_family_events *events,
	void *user);
void tsr_family_finish(struct tsr_family *family); /* kills what still runs */

void tsr_family_start(struct tsr_family *family);

/* For every edge from now on, a running one too. Copies. */
void tsr_family_set_certificate(
	struct tsr_family *family, struct tsr_slice chain_pem, struct tsr_slice key_pem);

/* Takes note of who died; at every SIGCHLD. */
void tsr_family_reap(struct tsr_family *family);

/* Asks the edge to end within grace, then the others, which the edge needs until then. */
void tsr_family_stop(struct tsr_family *family, tsr_time grace);
void tsr_family_kill(struct tsr_family *family);

pid_t tsr_family_pid(const struct tsr_family *family, enum tsr_family_role role);

#endif
