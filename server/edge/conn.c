/* SPDX-License-Identifier: Apache-2.0 */
#include "server/edge/conn.h"

#include <stdlib.h>
#include <unistd.h>

#include "core/base/err.h"
#include "server/edge/counters.h"
#include "server/edge/fanout.h"
#include "server/edge/http.h"
#include "server/edge/hub.h"
#include "server/edge/worker.h"
#include "server/edge/ws.h"

#define HANDSHAKE_TIME (10 * TSR_SECOND)
enum { SLICES_MAX = 32, WRITE_BYTES = TSR_TLS_RECORD_LEN };

static void on_open(void *user)
{
	struct tsr_conn *conn = user;

	if (tsr_tls_kind(conn->tls) == TSR_TLS_STUN) {
		tsr_worker_post_hub(
			conn->worker, tsr_hub_on_tcp, NULL, (uint64_t)tsr_tls_release(conn->tls));
		tsr_conn_destroy(conn);
		return;
	}
	conn->http = tsr_http_create(conn, tsr_tls_kind(conn->tls) != TSR_TLS_SECURE);
	if (!conn->http)
		tsr_conn_destroy(conn);
}

static void on_data(void *user)
{
	struct tsr_conn *conn = user;

	if (conn->is_ending)
		return;
	if (conn->ws)
		tsr_ws_handle_data(conn->ws);
	else if (conn->http)
		tsr_http_handle_data(conn->http);
}

static void on_room(void *user)
{
	tsr_conn_flush(user);
}

static void on_close(void *user, int err)
{
	struct tsr_conn *conn = user;

	if (!conn->http && !conn->ws) {
		tsr_metric_count(&tsr_edge_counters.handshakes_failed, 1);
		tsr_metrics_refuse(err);
	}
	tsr_conn_destroy(conn);
}

static const struct tsr_tls_events tls_events = {
	.on_open = on_open,
	.on_data = on_data,
	.on_room = on_room,
	.on_close = on_close,
};

static struct tsr_conn *conn_create(struct tsr_worker *worker, const struct tsr_addr *peer)
{
	struct tsr_conn *conn = calloc(1, sizeof(*conn));

	if (!conn)
		return NULL;
	conn->worker = worker;
	conn->deadline = TSR_TIME_NEVER;
	conn->source_hash = tsr_addr_prefix_hash(peer);
	tsr_addr_prefix(peer, conn->source);
	tsr_list_init(&conn->link);
	tsr_list_init(&conn->dirty_link);
	if (tsr_table_add(&worker->conns, conn, &conn->id) != 0) {
		free(conn);
		return NULL;
	}
	tsr_list_append(&worker->conn_list, &conn->link);
	tsr_metric_up(&tsr_edge_counters.connections);
	return conn;
}

void tsr_conn_accept(void *user, int fd, const struct tsr_addr *peer)
{
	struct tsr_worker *worker = user;
	struct tsr_conn *conn;

	tsr_metric_count(&tsr_edge_counters.accepted, 1);
	if (!worker->tls || worker->is_stopping) {
		close(fd);
		return;
	}
	if (!tsr_sources_take(worker->edge->sources, tsr_addr_prefix_hash(peer))) {
		tsr_metrics_refuse(TSR_ERR_FULL);
		close(fd);
		return;
	}
	conn = conn_create(worker, peer);
	if (!conn) {
		tsr_sources_give(worker->edge->sources, tsr_addr_prefix_hash(peer));
		close(fd);
		return;
	}
	if (tsr_tls_open_server(&conn->tls, worker->tls, worker->thread.loop, fd, HANDSHAKE_TIME,
		    &tls_events, conn) != 0)
		tsr_conn_destroy(conn);
}

void tsr_conn_destroy(struct tsr_conn *conn)
{
	struct tsr_worker *worker = conn->worker;

	tsr_ws_destroy(conn->ws);
	tsr_http_destroy(conn->http);
	tsr_tls_close(&conn->tls);
	tsr_sendq_finish(&conn->out);
	tsr_list_remove(&conn->link);
	tsr_list_remove(&conn->dirty_link);
	tsr_table_remove(&worker->conns, conn->id);
	tsr_sources_give(worker->edge->sources, conn->source_hash);
	tsr_metric_down(&tsr_edge_counters.connections);
	free(conn);
	tsr_worker_conn_gone(worker);
}

void tsr_conn_end(struct tsr_conn *conn)
{
	if (conn->is_ending)
		return;
	conn->is_ending = true;
	conn->deadline = tsr_worker_now(conn->worker) + TSR_WS_CLOSE_TIME;
	tsr_tls_set_reading(conn->tls, false);
	tsr_conn_mark_dirty(conn);
}

void tsr_conn_mark_dirty(struct tsr_conn *conn)
{
	struct tsr_worker *worker = conn->worker;

	if (conn->is_dirty)
		return;
	conn->is_dirty = true;
	tsr_list_remove(&conn->dirty_link);
	tsr_list_append(&worker->dirty, &conn->dirty_link);
}

void tsr_conn_put_off(struct tsr_conn *conn)
{
	struct tsr_worker *worker = conn->worker;

	if (!tsr_list_is_empty(&conn->dirty_link))
		return;
	if (tsr_list_is_empty(&worker->put_off) && worker->gather)
		tsr_timer_set(worker->gather, tsr_worker_now(worker) + TSR_CONN_GATHER_TIME);
	tsr_list_append(&worker->put_off, &conn->dirty_link);
}

void tsr_conn_on_gathered(void *user)
{
	struct tsr_worker *worker = user;

	while (!tsr_list_is_empty(&worker->put_off))
		tsr_conn_mark_dirty(
			tsr_list_entry(worker->put_off.next, struct tsr_conn, dirty_link));
}

void tsr_conn_flush_dirty(void *user)
{
	struct tsr_worker *worker = user;

	while (!tsr_list_is_empty(&worker->dirty)) {
		struct tsr_conn *conn =
			tsr_list_entry(worker->dirty.next, struct tsr_conn, dirty_link);

		tsr_list_remove(&conn->dirty_link);
		conn->is_dirty = false;
		tsr_conn_flush(conn);
	}
}

bool tsr_conn_has_room(const struct tsr_conn *conn)
{
	return conn->out.n == 0 && !conn->is_ending;
}

/* Writes the queue until it is empty (0) or the socket is full (TSR_ERR_AGAIN). */
static int write_queue(struct tsr_conn *conn)
{
	struct tsr_slice slices[SLICES_MAX];
	size_t n, written;
	int r;

	while (conn->out.n > 0) {
		n = tsr_sendq_peek(&conn->out, slices, SLICES_MAX, WRITE_BYTES);
		r = tsr_tls_write(conn->tls, slices, n, &written);
		if (r != 0)
			return r;
		tsr_sendq_advance(&conn->out, written);
	}
	return 0;
}

/* The next picture for whoever watches on this connection, when nothing else waits. */
static bool pull_picture(struct tsr_conn *conn)
{
	struct tsr_msg *msg;

	if (!conn->ws || conn->ws->is_closing || conn->is_ending)
		return false;
	msg = tsr_fanout_pull(conn);
	return msg && tsr_sendq_add(&conn->out, msg, TSR_SENDQ_FREE) == 0;
}

void tsr_conn_flush(struct tsr_conn *conn)
{
	int r;

	if (!conn->tls || tsr_tls_kind(conn->tls) == TSR_TLS_NOTHING)
		return;
	do {
		r = write_queue(conn);
	} while (r == 0 && pull_picture(conn));
	if (r == TSR_ERR_AGAIN)
		return;
	if (r != 0) {
		tsr_conn_destroy(conn);
		return;
	}
	if (conn->is_ending)
		tsr_tls_shutdown(conn->tls);
	else if (conn->http && conn->http->state == TSR_HTTP_IDLE)
		tsr_http_handle_data(conn->http);
}

struct tsr_conn *tsr_conn_find(const struct tsr_worker *worker, uint64_t id)
{
	return tsr_table_find(&worker->conns, id);
}

uint64_t tsr_conn_ref(const struct tsr_conn *conn)
{
	return tsr_ref(conn->worker->thread.index, conn->id);
}
