/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_EDGE_CONN_H
#define TSR_EDGE_CONN_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/list.h"
#include "core/base/msg.h"
#include "server/edge/sendq.h"
#include "sys/tcp.h"
#include "sys/tls.h"

/*
 * conn: one TCP connection, from accept to close.
 *
 *	TLS handshake → HTTP requests (http.h) → perhaps a WebSocket (ws.h), for good
 *	plain HTTP    → one request, answered by a redirect
 *
 * Output of both goes through one queue. Time-outs are deadlines that the worker's tick looks at.
 */
struct tsr_worker;
struct tsr_http;
struct tsr_ws;

struct tsr_conn {
	struct tsr_worker *worker;
	uint64_t id; /* in worker->conns */
	struct tsr_tls *tls;
	struct tsr_list link;
	struct tsr_list dirty_link; /* in worker->dirty or put_off; else empty */
	bool is_dirty;              /* in worker->dirty */
	struct tsr_sendq out;
	struct tsr_http *http; /* until it becomes a WebSocket */
	struct tsr_ws *ws;
	tsr_time deadline; /* cut off then */
	uint64_t source_hash;
	char source[TSR_PREFIX_LEN];
	bool is_ending; /* nothing is read any more; ends when out is empty */
};

/* The listener's: takes fd. */
void tsr_conn_accept(void *worker, int fd, const struct tsr_addr *peer);

/* At once, without a word; whoever spoke through it is told. */
void tsr_conn_destroy(struct tsr_conn *conn);

/* Sends what is queued, then ends TLS and TCP in good order. */
void tsr_conn_end(struct tsr_conn *conn);

/* Has the queue written at the end of this turn, once however often it is called. */
void tsr_conn_mark_dirty(struct tsr_conn *conn);

/* Writes what the socket takes, pictures too. May destroy the connection. */
void tsr_conn_flush(struct tsr_conn *conn);

/* Whether a picture would be written at once: nothing waits in front of it. */
bool tsr_conn_has_room(const struct tsr_conn *conn);

struct tsr_conn *tsr_conn_find(const struct tsr_worker *worker, uint64_t id);
uint64_t tsr_conn_ref(const struct tsr_conn *conn);

/* The same within TSR_CONN_GATHER_TIME, together with what else comes until then: in a large
 * session changes come by the dozen, and a write for each of them to each member is most of what
 * they cost.
 */
#define TSR_CONN_GATHER_TIME (40 * TSR_MS)
void tsr_conn_put_off(struct tsr_conn *conn);
void tsr_conn_on_gathered(void *worker); /* the timer's */

/* At the end of the worker's turn: writes all dirty connections. */
void tsr_conn_flush_dirty(void *worker);

#endif
