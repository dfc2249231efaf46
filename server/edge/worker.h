/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_EDGE_WORKER_H
#define TSR_EDGE_WORKER_H

#include "core/base/list.h"
#include "core/base/msg.h"
#include "server/edge/edge.h"
#include "server/edge/table.h"
#include "server/thread.h"
#include "sys/tcp.h"
#include "sys/tls.h"

/*
 * worker: one thread of connections. It accepts on its own listeners; a connection stays here.
 * Sessions whose first member came to this thread are owned here.
 */
#define TSR_SCRATCH_LEN 16384

struct tsr_rtp_sent;

struct tsr_worker {
	struct tsr_thread thread;
	struct tsr_edge *edge;
	struct tsr_listener *listeners[TSR_CHILD_PORTS * 8];
	unsigned n_listeners;
	struct tsr_tls_ctx *tls;  /* NULL until the certificate came */
	struct tsr_msg *keys;     /* struct tsr_node_keys; NULL until control came */
	struct tsr_timer *tick;   /* once a second */
	struct tsr_timer *grace;  /* when stopping: the end of patience */
	struct tsr_timer *gather; /* when what was put off becomes due */
	struct tsr_table conns;
	struct tsr_list conn_list; /* tsr_conn.link */
	struct tsr_list dirty;     /* tsr_conn.dirty_link: have something new to send */
	struct tsr_list put_off;   /* tsr_conn.dirty_link too: have something that may wait */
	struct tsr_table hosts;
	struct tsr_list host_list; /* tsr_host.link */
	struct tsr_list fanouts;   /* tsr_fanout.link */
	unsigned ticks;
	const struct tsr_rtp_sent *opening; /* of the StreamOpen that the engine is at */
	bool is_stopping;
	uint8_t scratch[TSR_SCRATCH_LEN]; /* for one read inside one function */
};

/* Gives a worker that runs nothing yet; it must be in edge->threads before its thread runs. */
TSR_CHECKED int tsr_worker_create(struct tsr_worker **out, struct tsr_edge *edge, unsigned index);

/* The thread's function: runs the loop until the worker was stopped and all is closed. */
void *tsr_worker_run(void *worker);

/* When all threads have ended. NULL is fine. */
void tsr_worker_destroy(struct tsr_worker *worker);

/* Posts, from this worker, to another (or itself) and to the hub. */
void tsr_worker_post(
	struct tsr_worker *from, unsigned to, tsr_mail_fn run, void *item, uint64_t number);
void tsr_worker_post_hub(struct tsr_worker *from, tsr_mail_fn run, void *item, uint64_t number);

tsr_time tsr_worker_now(const struct tsr_worker *worker);

/* A connection was freed: when stopping, perhaps the last. */
void tsr_worker_conn_gone(struct tsr_worker *worker);

/* Mail from the hub. */
void tsr_worker_on_certificate(void *worker, void *tls_ctx, uint64_t unused); /* takes */
void tsr_worker_on_keys(void *worker, void *msg, uint64_t unused);            /* takes */
void tsr_worker_on_stop(void *worker, void *unused, uint64_t grace_us);

#endif
