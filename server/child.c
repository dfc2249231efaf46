/* SPDX-License-Identifier: Apache-2.0 */
#include "server/child.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"
#include "core/base/msg.h"
#include "ipc.pb-c.h"
#include "proto/unpack.h"
#include "sys/cert.h"
#include "sys/files.h"
#include "sys/log.h"
#include "sys/metrics.h"

#define STATS_EVERY (2 * TSR_SECOND)
#define STATS_LEN 60000 /* fits one packet with its frame */
#define KEY_LEN 65536

struct tsr_child_link {
	struct tsr_loop *loop;
	bool is_media;
	struct tsr_ipc *ipc;
	struct tsr_timer *stats;
	const struct tsr_child_events *events;
	void *user;
	bool is_busy, is_closed;
	char text[STATS_LEN];
};

static int send_up(struct tsr_child_link *link, const Tessera__Ipc__FromChild *message)
{
	uint8_t packet[TSR_IPC_PACKET_LEN];
	size_t len = tessera__ipc__from_child__get_packed_size(message);

	if (len > sizeof(packet))
		return TSR_ERR_TOO_BIG;
	tessera__ipc__from_child__pack(message, packet);
	return tsr_ipc_send(link->ipc, tsr_slice(packet, len), NULL, 0);
}

static void on_stats_due(void *user)
{
	struct tsr_child_link *link = user;
	Tessera__Ipc__Stats stats = TESSERA__IPC__STATS__INIT;
	Tessera__Ipc__FromChild up = TESSERA__IPC__FROM_CHILD__INIT;

	stats.prometheus.data = (uint8_t *)link->text;
	stats.prometheus.len = tsr_metrics_write(link->text, sizeof(link->text));
	up.body_case = TESSERA__IPC__FROM_CHILD__BODY_STATS;
	up.stats = &stats;
	if (tsr_ipc_queued(link->ipc) == 0 && send_up(link, &up) != 0)
		tsr_log(TSR_LOG_DEBUG, "stats not sent"); /* the next one says it all again */
	tsr_timer_set(link->stats, tsr_loop_now(link->loop) + STATS_EVERY);
}

/* ---- from the supervisor ---- */

static void handle_certificate(struct tsr_child_link *link, const Tessera__Ipc__SetCertificate *set,
	int *fds, size_t n_fds)
{
	struct tsr_msg *key = NULL;
	int r = n_fds == 1 ? tsr_memfd_read(&key, fds[0], KEY_LEN) : TSR_ERR_FORMAT;

	if (r != 0)
		tsr_log(TSR_LOG_ERROR, "certificate not received", TSR_ERR("err", r));
	else if (link->events->on_certificate)
		link->events->on_certificate(link->user,
			tsr_slice(set->chain_pem.data, set->chain_pem.len), tsr_msg_slice(key));
	tsr_cert_wipe(&key);
}

static void handle_peer(
	struct tsr_child_link *link, const Tessera__Ipc__PeerLink *peer, int *fds, size_t n_fds)
{
	bool is_media = link->is_media || strcmp(peer->role, "media") == 0;
	void (*take)(void *user, int fd) =
		is_media ? link->events->on_media : link->events->on_peer;

	if (n_fds != 1 || !take)
		return;
	take(link->user, fds[0]);
	fds[0] = -1;
}

static void dispatch(
	struct tsr_child_link *link, const Tessera__Ipc__ToChild *message, int *fds, size_t n_fds)
{
	const struct tsr_child_events *events = link->events;

	switch (message->body_case) {
	case TESSERA__IPC__TO_CHILD__BODY_STOP:
		if (events->on_stop)
			events->on_stop(link->user, message->stop->grace_ms * TSR_MS);
		break;
	case TESSERA__IPC__TO_CHILD__BODY_RELOAD:
		if (events->on_reload)
			events->on_reload(link->user);
		break;
	case TESSERA__IPC__TO_CHILD__BODY_PEER:
		handle_peer(link, message->peer, fds, n_fds);
		break;
	case TESSERA__IPC__TO_CHILD__BODY_CERTIFICATE:
		handle_certificate(link, message->certificate, fds, n_fds);
		break;
	case TESSERA__IPC__TO_CHILD__BODY_STATS:
		if (events->on_stats)
			events->on_stats(link->user, message->stats->role,
				tsr_slice(message->stats->prometheus.data,
					message->stats->prometheus.len));
		break;
	default:
		break;
	}
}

static void leave(struct tsr_child_link *link)
{
	link->is_busy = false;
	if (link->is_closed)
		free(link);
}

static void on_packet(void *user, struct tsr_slice packet, int *fds, size_t n_fds)
{
	struct tsr_child_link *link = user;
	struct tsr_arena arena;

	if (tsr_proto_unpack(
		    &tessera__ipc__to_child__descriptor, packet, TSR_IPC_PACKET_LEN, &arena) != 0) {
		tsr_log(TSR_LOG_ERROR, "supervisor not understood");
		return;
	}
	link->is_busy = true;
	dispatch(link, (const Tessera__Ipc__ToChild *)arena.message, fds, n_fds);
	tsr_arena_finish(&arena);
	leave(link);
}

/* A child without a supervisor holds ports that a new one cannot have: it goes at once. */
static void on_close(void *user, int err)
{
	struct tsr_child_link *link = user;

	tsr_log(TSR_LOG_WARN, "supervisor gone", TSR_ERR("err", err));
	link->is_busy = true;
	if (link->events->on_stop)
		link->events->on_stop(link->user, 0);
	leave(link);
}

static const struct tsr_ipc_events ipc_events = { on_packet, on_close };

int tsr_child_link_open(struct tsr_child_link **out, struct tsr_loop *loop,
	const struct tsr_child *child, const struct tsr_child_events *events, void *user)
{
	struct tsr_child_link *link = calloc(1, sizeof(*link));
	int r;

	*out = NULL;
	if (!link)
		return TSR_ERR_NOMEM;
	link->loop = loop;
	link->is_media = strcmp(child->role, "media") == 0;
	link->events = events;
	link->user = user;
	if ((r = tsr_ipc_open(&link->ipc, loop, child->supervisor_fd, &ipc_events, link)) != 0 ||
		(r = tsr_timer_open(&link->stats, loop, on_stats_due, link)) != 0) {
		tsr_child_link_close(&link);
		return r;
	}
	tsr_timer_set(link->stats, tsr_loop_now(loop) + STATS_EVERY);
	*out = link;
	return 0;
}

void tsr_child_link_close(struct tsr_child_link **link_)
{
	struct tsr_child_link *link = *link_;

	*link_ = NULL;
	if (!link)
		return;
	tsr_ipc_close(&link->ipc);
	tsr_timer_close(&link->stats);
	link->is_closed = true;
	if (!link->is_busy)
		free(link);
}

void tsr_child_link_ready(struct tsr_child_link *link)
{
	Tessera__Ipc__Ready ready = TESSERA__IPC__READY__INIT;
	Tessera__Ipc__FromChild up = TESSERA__IPC__FROM_CHILD__INIT;

	up.body_case = TESSERA__IPC__FROM_CHILD__BODY_READY;
	up.ready = &ready;
	if (send_up(link, &up) != 0)
		tsr_log(TSR_LOG_ERROR, "ready not said");
	on_stats_due(link);
}
