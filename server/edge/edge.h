/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_EDGE_EDGE_H
#define TSR_EDGE_EDGE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/crypto/sign.h"
#include "core/e2e/token.h"
#include "server/child.h"
#include "server/edge/limits.h"
#include "server/thread.h"

/*
 * edge: the process. Its threads are the workers (worker.h), each with its own listeners, TCP
 * connections (conn.h), sessions that it owns (host.h) and replicas of shared screens (fanout.h),
 * and the hub (hub.h) in the main thread, which speaks with control. They share nothing but what is
 * here, which does not change once they run, and speak by mail (thread.h).
 */
#define TSR_PROTOCOL_VERSION 1

struct tsr_worker;
struct tsr_hub;

struct tsr_edge {
	const struct tsr_child *child;
	unsigned n_workers;
	struct tsr_worker *workers[TSR_THREADS_MAX - 1];
	struct tsr_hub *hub;
	struct tsr_thread *threads[TSR_THREADS_MAX];
	struct tsr_sources *sources; /* the one table that all write: atomic counters */
	_Atomic bool is_media_up;    /* the hub says */
	_Atomic size_t screen_bytes; /* of screen frames that are held, wherever */
	bool with_hsts;
	uint32_t epoch_base; /* epochs of this process's sessions begin here */
};

/* Where the hub is in the numbering of threads. */
static inline unsigned tsr_edge_hub_index(const struct tsr_edge *edge)
{
	return edge->n_workers;
}

/* What control says once it is there; in a tsr_msg, one for all threads. */
struct tsr_node_keys {
	uint8_t token_key[TSR_SIGN_PUBLIC_LEN];
	char node[TSR_TOKEN_NODE_MAX + 1];
};

/* A connection's number in the whole process: its worker, then its id there. */
static inline uint64_t tsr_ref(unsigned worker, uint64_t id)
{
	return (uint64_t)worker << 56 | id;
}
static inline unsigned tsr_ref_worker(uint64_t ref)
{
	return (unsigned)(ref >> 56);
}
static inline uint64_t tsr_ref_id(uint64_t ref)
{
	return ref & (((uint64_t)1 << 56) - 1);
}

#endif
