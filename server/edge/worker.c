/* SPDX-License-Identifier: Apache-2.0 */
#include "server/edge/worker.h"

#include <stdlib.h>

#include "core/base/err.h"
#include "server/edge/client.h"
#include "server/edge/conn.h"
#include "server/edge/counters.h"
#include "server/edge/fanout.h"
#include "server/edge/host.h"
#include "server/edge/http.h"
#include "server/edge/hub.h"
#include "server/edge/ws.h"
#include "sys/log.h"

#define RESTART_RETRY_MS 1500
#define MEASURE_TICKS 4 /* so often is each connection looked at */

tsr_time tsr_worker_now(const struct tsr_worker *worker)
{
	return tsr_loop_now(worker->thread.loop);
}

void tsr_worker_post(
	struct tsr_worker *from, unsigned to, tsr_mail_fn run, void *item, uint64_t number)
{
	tsr_thread_post(&from->thread, to, run, item, number);
}

void tsr_worker_post_hub(struct tsr_worker *from, tsr_mail_fn run, void *item, uint64_t number)
{
	tsr_thread_post(&from->thread, tsr_edge_hub_index(from->edge), run, item, number);
}

/* ---- time ----------------------------------------------------------------------------- */

static void cut_off(struct tsr_conn *conn)
{
	tsr_metrics_refuse(TSR_ERR_EXPIRED);
	/* A head or body that does not come is told so; everything else is silence. */
	if (conn->http && conn->http->state != TSR_HTTP_IDLE && !conn->is_ending)
		tsr_http_answer_error(
			conn->http, conn->http->state == TSR_HTTP_WAIT ? 503 : 408, true);
	else
		tsr_conn_destroy(conn);
}

static void check_deadlines(struct tsr_worker *worker)
{
	tsr_time now = tsr_worker_now(worker);

	tsr_list_each (pos, next, &worker->conn_list) {
		struct tsr_conn *conn = tsr_list_entry(pos, struct tsr_conn, link);

		if (now >= conn->deadline)
			cut_off(conn);
	}
}

/* Some of the connections at each tick. */
static void measure(struct tsr_worker *worker)
{
	worker->ticks++;
	tsr_list_each (pos, next, &worker->conn_list) {
		struct tsr_conn *conn = tsr_list_entry(pos, struct tsr_conn, link);

		if (conn->ws && (conn->id + worker->ticks) % MEASURE_TICKS == 0)
			tsr_client_measure(conn->ws->client);
	}
}

static void on_tick(void *user)
{
	struct tsr_worker *worker = user;

	check_deadlines(worker);
	if (!worker->tick)
		return; /* the last connection went, and with it the worker */
	measure(worker);
	tsr_host_tick(worker);
	tsr_fanout_tick(worker);
	tsr_timer_set(worker->tick, tsr_worker_now(worker) + TSR_SECOND);
}

/* ---- stopping ------------------------------------------------------------------------- */

static void finish(struct tsr_worker *worker)
{
	if (!worker->tick)
		return;
	tsr_timer_close(&worker->tick);
	tsr_timer_close(&worker->grace);
	tsr_timer_close(&worker->gather);
	tsr_host_finish(worker);
	tsr_fanout_finish(worker);
	tsr_worker_post_hub(worker, tsr_hub_on_worker_ended, NULL, worker->thread.index);
	tsr_loop_stop(worker->thread.loop);
}

void tsr_worker_conn_gone(struct tsr_worker *worker)
{
	if (worker->is_stopping && tsr_list_is_empty(&worker->conn_list))
		finish(worker);
}

static void on_grace(void *user)
{
	struct tsr_worker *worker = user;

	tsr_list_each (pos, next, &worker->conn_list)
		tsr_conn_destroy(tsr_list_entry(pos, struct tsr_conn, link));
}

static void close_listeners(struct tsr_worker *worker)
{
	for (unsigned i = 0; i < worker->n_listeners; i++)
		tsr_listener_close(&worker->listeners[i]);
	worker->n_listeners = 0;
}

static void say_goodbye(struct tsr_conn *conn)
{
	if (conn->ws)
		tsr_client_close(conn->ws->client, TSR_CLOSE_RESTART, "", RESTART_RETRY_MS);
	else if (!conn->http)
		tsr_conn_destroy(conn); /* not even TLS yet */
	else if (conn->http->state == TSR_HTTP_IDLE)
		tsr_conn_end(conn);
}

void tsr_worker_on_stop(void *user, void *unused, uint64_t grace_us)
{
	struct tsr_worker *worker = user;

	(void)unused;
	worker->is_stopping = true;
	close_listeners(worker);
	tsr_timer_set(worker->grace, tsr_worker_now(worker) + (tsr_time)grace_us);
	tsr_list_each (pos, next, &worker->conn_list)
		say_goodbye(tsr_list_entry(pos, struct tsr_conn, link));
	tsr_worker_conn_gone(worker);
}

/* ---- beginning ------------------------------------------------------------------------ */

static int open_listeners(struct tsr_worker *worker)
{
	const struct tsr_child *child = worker->edge->child;
	unsigned max = sizeof(worker->listeners) / sizeof(worker->listeners[0]);

	for (size_t i = 0; i < child->n_listeners; i++) {
		const struct tsr_child_listener *listener = &child->listeners[i];
		int r;

		if (listener->thread != worker->thread.index)
			continue;
		if (worker->n_listeners == max)
			return TSR_ERR_FULL;
		r = tsr_listener_open(&worker->listeners[worker->n_listeners], worker->thread.loop,
			listener->fd, tsr_conn_accept, worker);
		if (r != 0)
			return r;
		worker->n_listeners++;
	}
	return 0;
}

/* Nobody is accepted before there is a certificate: he would be turned away. */
void tsr_worker_on_certificate(void *user, void *ctx, uint64_t unused)
{
	struct tsr_worker *worker = user;
	bool is_first = !worker->tls;
	int r;

	(void)unused;
	tsr_tls_ctx_unref(&worker->tls);
	worker->tls = ctx;
	if (!is_first || worker->is_stopping)
		return;
	if ((r = open_listeners(worker)) != 0)
		tsr_log(TSR_LOG_ERROR, "not listening", TSR_ERR("err", r));
}

void tsr_worker_on_keys(void *user, void *msg, uint64_t unused)
{
	struct tsr_worker *worker = user;

	(void)unused;
	tsr_msg_unref(&worker->keys);
	worker->keys = msg;
}

int tsr_worker_create(struct tsr_worker **out, struct tsr_edge *edge, unsigned index)
{
	struct tsr_worker *worker = calloc(1, sizeof(*worker));
	int r;

	*out = NULL;
	if (!worker)
		return TSR_ERR_NOMEM;
	worker->edge = edge;
	tsr_list_init(&worker->conn_list);
	tsr_list_init(&worker->dirty);
	tsr_list_init(&worker->put_off);
	tsr_list_init(&worker->host_list);
	tsr_list_init(&worker->fanouts);
	if ((r = tsr_thread_init(&worker->thread, index, edge->n_workers + 1, worker)) != 0 ||
		(r = tsr_timer_open(&worker->tick, worker->thread.loop, on_tick, worker)) != 0 ||
		(r = tsr_timer_open(&worker->grace, worker->thread.loop, on_grace, worker)) != 0 ||
		(r = tsr_timer_open(&worker->gather, worker->thread.loop, tsr_conn_on_gathered,
			 worker)) != 0) {
		tsr_worker_destroy(worker);
		return r;
	}
	tsr_loop_set_tail(worker->thread.loop, tsr_conn_flush_dirty, worker);
	worker->thread.all = edge->threads;
	edge->threads[index] = &worker->thread;
	tsr_timer_set(worker->tick, tsr_worker_now(worker) + TSR_SECOND);
	*out = worker;
	return 0;
}

void *tsr_worker_run(void *user)
{
	struct tsr_worker *worker = user;

	tsr_loop_run(worker->thread.loop);
	tsr_thread_finish(&worker->thread);
	return NULL;
}

void tsr_worker_destroy(struct tsr_worker *worker)
{
	if (!worker)
		return;
	close_listeners(worker);
	tsr_timer_close(&worker->tick);
	tsr_timer_close(&worker->grace);
	tsr_timer_close(&worker->gather);
	tsr_tls_ctx_unref(&worker->tls);
	tsr_msg_unref(&worker->keys);
	tsr_table_finish(&worker->conns);
	tsr_table_finish(&worker->hosts);
	if (worker->thread.loop)
		tsr_thread_free(&worker->thread);
	free(worker);
}
