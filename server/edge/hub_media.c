/* SPDX-License-Identifier: Apache-2.0 */
/* hub_media: the link to media. What it says is parsed like anything from outside, and goes to the
 * owner of the session that it names. */
#include <stdlib.h>

#include "core/base/err.h"
#include "media.pb-c.h"
#include "proto/unpack.h"
#include "server/edge/counters.h"
#include "server/edge/host.h"
#include "server/edge/hub.h"
#include "server/edge/pack_media.h"
#include "sys/files.h"
#include "sys/log.h"

enum { PACKET_BUDGET = 512 * 1024 }; /* statistics are many small parts */

#define SAYS(name) TESSERA__MEDIA__FROM_MEDIA__BODY_##name

static uint64_t session_of(const Tessera__Media__FromMedia *message)
{
	switch (message->body_case) {
	case SAYS(TRANSPORT_OPENED):
		return message->transport_opened->session;
	case SAYS(TRANSPORT_STATE):
		return message->transport_state->session;
	case SAYS(SPEAKERS):
		return message->speakers->session;
	case SAYS(STATS):
		return message->stats->session;
	case SAYS(FAILED):
		return message->failed->session;
	default:
		return 0;
	}
}

static void on_packet(void *user, struct tsr_slice packet, int *fds, size_t n_fds)
{
	struct tsr_hub *hub = user;
	struct tsr_arena *arena = calloc(1, sizeof(*arena));
	uint64_t session;
	int r = TSR_ERR_NOMEM;

	(void)fds;
	(void)n_fds;
	if (arena)
		r = tsr_proto_unpack_within(&tessera__media__from_media__descriptor, packet,
			TSR_IPC_PACKET_LEN, PACKET_BUDGET, arena);
	if (r != 0) {
		tsr_log(TSR_LOG_WARN, "packet from media not understood", TSR_ERR("err", r));
		free(arena);
		return;
	}
	session = session_of((const void *)arena->message);
	if (tsr_ref_id(session) != 0 && tsr_ref_worker(session) < hub->edge->n_workers) {
		tsr_thread_post(&hub->thread, tsr_ref_worker(session), tsr_host_on_media, arena,
			tsr_ref_id(session));
		return;
	}
	tsr_arena_finish(arena);
	free(arena);
}

static void lose_media(struct tsr_hub *hub)
{
	if (!hub->media)
		return;
	tsr_ipc_close(&hub->media);
	atomic_store(&hub->edge->is_media_up, false);
	for (unsigned i = 0; i < hub->edge->n_workers; i++)
		tsr_thread_post(&hub->thread, i, tsr_host_on_media_lost, NULL, 0);
}

static void on_close(void *user, int err)
{
	tsr_log(TSR_LOG_WARN, "media is away", TSR_ERR("err", err));
	lose_media(user);
}

static const struct tsr_ipc_events media_events = { on_packet, on_close };

void tsr_hub_take_media(struct tsr_hub *hub, int fd)
{
	int r;

	lose_media(hub);
	r = tsr_ipc_open(&hub->media, hub->thread.loop, fd, &media_events, hub);
	if (r != 0)
		tsr_log(TSR_LOG_ERROR, "no link to media", TSR_ERR("err", r));
	else
		atomic_store(&hub->edge->is_media_up, true);
}

void tsr_hub_media_finish(struct tsr_hub *hub)
{
	tsr_ipc_close(&hub->media);
}

/* ---- mail ----------------------------------------------------------------------------- */

void tsr_hub_on_to_media(void *user, void *item, uint64_t unused)
{
	struct tsr_hub *hub = user;
	struct tsr_msg *packet = item;
	int r = 0;

	(void)unused;
	if (hub->media)
		r = tsr_ipc_send(hub->media, tsr_msg_slice(packet), NULL, 0);
	if (r != 0) {
		/* It knows less than it should: better none. */
		tsr_log(TSR_LOG_ERROR, "media does not listen", TSR_ERR("err", r));
		lose_media(hub);
	}
	tsr_msg_unref(&packet);
}

void tsr_hub_on_tcp(void *user, void *unused, uint64_t number)
{
	struct tsr_hub *hub = user;
	Tessera__Media__TcpConnection body = TESSERA__MEDIA__TCP_CONNECTION__INIT;
	Tessera__Media__ToMedia message = TESSERA__MEDIA__TO_MEDIA__INIT;
	struct tsr_msg *packet;
	int fd = (int)number;

	(void)unused;
	message.body_case = TESSERA__MEDIA__TO_MEDIA__BODY_TCP;
	message.tcp = &body;
	packet = tsr_pack_to_media(&message);
	if (packet && hub->media && tsr_ipc_send(hub->media, tsr_msg_slice(packet), &fd, 1) != 0)
		tsr_metrics_refuse(TSR_ERR_FULL); /* the peer tries again */
	tsr_msg_unref(&packet);
	tsr_fd_close(&fd);
}
