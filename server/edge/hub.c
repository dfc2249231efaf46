/* SPDX-License-Identifier: Apache-2.0 */
#include "server/edge/hub.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "core/base/err.h"
#include "server/edge/counters.h"
#include "server/edge/pack_control.h"
#include "server/edge/worker.h"
#include "sys/log.h"

#define STOP_MARGIN (200 * TSR_MS)

/* ---- the supervisor ------------------------------------------------------------------- */

/* Connections can be taken as soon as there is a certificate; the rest waits by itself. */
void tsr_hub_note_ready(struct tsr_hub *hub)
{
	if (hub->is_ready || !hub->has_certificate || !hub->has_keys)
		return;
	hub->is_ready = true;
	tsr_child_link_ready(hub->supervisor);
}

static void on_certificate(void *user, struct tsr_slice chain_pem, struct tsr_slice key_pem)
{
	struct tsr_hub *hub = user;
	struct tsr_tls_ctx *ctx;
	int r = tsr_tls_ctx_create_server(&ctx, chain_pem, key_pem);

	if (r != 0) {
		tsr_log(TSR_LOG_ERROR, "certificate not usable", TSR_ERR("err", r));
		return;
	}
	for (unsigned i = 0; i < hub->edge->n_workers; i++)
		tsr_thread_post(
			&hub->thread, i, tsr_worker_on_certificate, tsr_tls_ctx_ref(ctx), 0);
	tsr_tls_ctx_unref(&ctx);
	hub->has_certificate = true;
	tsr_hub_note_ready(hub);
}

static void on_peer(void *user, int fd)
{
	tsr_hub_take_control(user, fd);
}

static void on_media(void *user, int fd)
{
	tsr_hub_take_media(user, fd);
}

static void on_grace(void *user)
{
	struct tsr_hub *hub = user;

	tsr_loop_stop(hub->thread.loop);
}

static void on_stop(void *user, tsr_time grace)
{
	struct tsr_hub *hub = user;

	if (hub->is_stopping)
		return;
	hub->is_stopping = true;
	tsr_log(TSR_LOG_INFO, "stopping");
	grace = grace > 2 * STOP_MARGIN ? grace - STOP_MARGIN : grace / 2;
	for (unsigned i = 0; i < hub->edge->n_workers; i++)
		tsr_thread_post(&hub->thread, i, tsr_worker_on_stop, NULL, (uint64_t)grace);
	tsr_timer_set(hub->grace, tsr_loop_now(hub->thread.loop) + grace + STOP_MARGIN / 2);
}

static const struct tsr_child_events supervisor_events = {
	.on_stop = on_stop,
	.on_certificate = on_certificate,
	.on_peer = on_peer,
	.on_media = on_media,
};

void tsr_hub_on_worker_ended(void *user, void *unused, uint64_t worker)
{
	struct tsr_hub *hub = user;

	(void)unused;
	(void)worker;
	if (++hub->n_ended == hub->edge->n_workers)
		tsr_loop_stop(hub->thread.loop);
}

/* ---- life ----------------------------------------------------------------------------- */

static void on_tick(void *user)
{
	const struct tsr_metric *held = &tsr_edge_counters.screen_bytes;
	struct tsr_hub *hub = user;

	tsr_metric_count(
		held, (int64_t)atomic_load(&hub->edge->screen_bytes) - tsr_metric_value(held));
	tsr_hub_control_tick(hub);
	tsr_hub_enter_tick(hub);
	if (++hub->ticks % 10 == 0)
		tsr_hub_send(hub,
			tsr_pack_heartbeat((uint32_t)tsr_metric_value(&tsr_edge_counters.sessions),
				(uint32_t)tsr_metric_value(&tsr_edge_counters.members)));
	tsr_timer_set(hub->tick, tsr_loop_now(hub->thread.loop) + TSR_SECOND);
}

int tsr_hub_create(struct tsr_hub **out, struct tsr_edge *edge)
{
	struct tsr_hub *hub = calloc(1, sizeof(*hub));
	int r;

	*out = NULL;
	if (!hub)
		return TSR_ERR_NOMEM;
	hub->edge = edge;
	tsr_list_init(&hub->calls);
	tsr_directory_init(&hub->directory);
	hub->once = tsr_once_create();
	if (!hub->once) {
		tsr_hub_destroy(hub);
		return TSR_ERR_NOMEM;
	}
	if ((r = tsr_thread_init(
		     &hub->thread, tsr_edge_hub_index(edge), edge->n_workers + 1, hub)) != 0 ||
		(r = tsr_timer_open(&hub->tick, hub->thread.loop, on_tick, hub)) != 0 ||
		(r = tsr_timer_open(&hub->grace, hub->thread.loop, on_grace, hub)) != 0 ||
		(r = tsr_child_link_open(&hub->supervisor, hub->thread.loop, edge->child,
			 &supervisor_events, hub)) != 0) {
		tsr_hub_destroy(hub);
		return r;
	}
	hub->thread.all = edge->threads;
	edge->threads[hub->thread.index] = &hub->thread;
	hub->started_at = tsr_loop_now(hub->thread.loop);
	tsr_timer_set(hub->tick, hub->started_at + TSR_SECOND);
	*out = hub;
	return 0;
}

void tsr_hub_run(struct tsr_hub *hub)
{
	if (hub->edge->child->peer_fd >= 0)
		tsr_hub_take_control(hub, hub->edge->child->peer_fd);
	if (hub->edge->child->media_fd >= 0)
		tsr_hub_take_media(hub, hub->edge->child->media_fd);
	tsr_loop_run(hub->thread.loop);
}

void tsr_hub_destroy(struct tsr_hub *hub)
{
	if (!hub)
		return;
	tsr_hub_control_finish(hub);
	tsr_hub_media_finish(hub);
	tsr_child_link_close(&hub->supervisor);
	tsr_timer_close(&hub->tick);
	tsr_timer_close(&hub->grace);
	tsr_thread_finish(&hub->thread);
	tsr_directory_finish(&hub->directory);
	tsr_once_destroy(hub->once);
	tsr_table_finish(&hub->calls_by_id);
	if (hub->thread.loop)
		tsr_thread_free(&hub->thread);
	free(hub);
}
