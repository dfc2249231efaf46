/* SPDX-License-Identifier: Apache-2.0 */
/*
 * host_media: audio and video at the owner. The engine (core/session) says who may open, pause and
 * mute; what it says is told media here, and what media answers goes to members.
 */
#include <stdio.h>
#include <stdlib.h>

#include "core/base/err.h"
#include "core/crypto/random.h"
#include "server/edge/counters.h"
#include "server/edge/host.h"
#include "server/edge/hub.h"
#include "server/edge/pack.h"
#include "server/edge/pack_media.h"
#include "sys/log.h"

#define RETRY_MS 500

static void tell_media(struct tsr_host *host, struct tsr_msg *packet)
{
	if (packet)
		tsr_worker_post_hub(host->worker, tsr_hub_on_to_media, packet, 0);
	else
		tsr_log(TSR_LOG_ERROR, "media not told");
}

static bool is_media(const struct tsr_stream *stream)
{
	return stream->class == TSR_STREAM_AUDIO || stream->class == TSR_STREAM_VIDEO;
}

static int way_of(uint32_t direction)
{
	switch (direction) {
	case TESSERA__V1__DIRECTION__DIRECTION_SEND:
		return TSR_MEDIA_SEND;
	case TESSERA__V1__DIRECTION__DIRECTION_RECEIVE:
		return TSR_MEDIA_RECEIVE;
	default:
		return -1;
	}
}

/* ---- a member's transports ------------------------------------------------------------ */

static struct tsr_consumed *find_consumed(const struct tsr_member_media *media, uint32_t stream)
{
	tsr_list_each (pos, next, &media->consumers) {
		struct tsr_consumed *one = tsr_list_entry(pos, struct tsr_consumed, link);

		if (one->stream == stream)
			return one;
	}
	return NULL;
}

static void drop_consumed(struct tsr_member_media *media, struct tsr_consumed *one)
{
	media->n_consumers--;
	tsr_list_remove(&one->link);
	free(one);
}

static void media_free(struct tsr_member_link *link)
{
	struct tsr_member_media *media = link->media;

	if (!media)
		return;
	tsr_edge_counters_gone(&media->standing);
	while (!tsr_list_is_empty(&media->consumers))
		drop_consumed(
			media, tsr_list_entry(media->consumers.next, struct tsr_consumed, link));
	for (int way = 0; way < TSR_MEDIA_WAYS; way++)
		tsr_arena_finish(&media->opened[way]);
	free(media);
	link->media = NULL;
}

void tsr_host_media_leave(struct tsr_host *host, struct tsr_member_link *link)
{
	if (!link->media)
		return;
	for (int way = 0; way < TSR_MEDIA_WAYS; way++)
		tell_media(host,
			tsr_pack_transport_close(tsr_host_ref(host), link->media->transports[way]));
	media_free(link);
}

/* By the engine, as if he had asked. */
static void close_track(struct tsr_host *host, const struct tsr_member_link *link, uint32_t stream)
{
	struct tsr_action action = { .act = TSR_ACT_CLOSE_STREAM, .stream = { stream } };

	if (tsr_session_handle_action(
		    host->session, link->member, link->conn, &action, tsr_host_now(host)) != 0)
		tsr_log(TSR_LOG_WARN, "stream not closed");
	tsr_host_settle(host);
}

/* Of a member: when his transports go. */
static void close_tracks_of(struct tsr_host *host, const struct tsr_member_link *link)
{
	uint32_t streams[TSR_SESSION_MEMBER_STREAMS_MAX];
	size_t n = 0;

	tsr_list_each (pos, next, &host->tracks) {
		struct tsr_track *track = tsr_list_entry(pos, struct tsr_track, link);

		if (track->member == link->member.v && n < TSR_SESSION_MEMBER_STREAMS_MAX)
			streams[n++] = track->stream;
	}
	for (size_t i = 0; i < n; i++)
		close_track(host, link, streams[i]);
}

static int join(struct tsr_host *host, struct tsr_member_link *link, uint32_t request)
{
	struct tsr_member_media *media;

	if (!tsr_bucket_take(&link->media_joins, tsr_host_now(host)))
		return TSR_ERR_RATE;
	if (!atomic_load(&host->worker->edge->is_media_up))
		return TSR_ERR_STORE; /* not now */
	if (link->media) {
		close_tracks_of(host, link);
		tsr_host_media_leave(host, link);
	}
	media = calloc(1, sizeof(*media));
	if (!media)
		return TSR_ERR_NOMEM;
	tsr_list_init(&media->consumers);
	tsr_random(&media->last_ssrc, sizeof(media->last_ssrc));
	media->request = request;
	link->media = media;
	for (int way = 0; way < TSR_MEDIA_WAYS; way++) {
		media->transports[way] = ++host->last_transport;
		tell_media(host, tsr_pack_transport_open(tsr_host_ref(host), media->transports[way],
					 link->member.v, way == TSR_MEDIA_SEND));
	}
	return 0;
}

static int connect_dtls(struct tsr_host *host, struct tsr_member_link *link,
	const Tessera__V1__TransportConnect *message)
{
	uint8_t fingerprint[TSR_FINGERPRINT_LEN];
	int way = way_of((uint32_t)message->direction), r;

	if (way < 0)
		return TSR_ERR_FORMAT;
	if (!link->media || !link->media->is_ready)
		return TSR_ERR_STORE;
	if ((r = tsr_media_read_dtls(fingerprint, message->dtls)) != 0)
		return r;
	tell_media(host, tsr_pack_transport_connect(
				 tsr_host_ref(host), link->media->transports[way], fingerprint));
	return 0;
}

static int restart_ice(
	struct tsr_host *host, struct tsr_member_link *link, const Tessera__V1__IceRestart *message)
{
	int way = way_of((uint32_t)message->direction);

	if (way < 0)
		return TSR_ERR_FORMAT;
	if (!link->media || !link->media->is_ready)
		return TSR_ERR_STORE;
	if (!tsr_bucket_take(&link->media_joins, tsr_host_now(host)))
		return TSR_ERR_RATE;
	tell_media(host, tsr_pack_ice_restart(tsr_host_ref(host), link->media->transports[way]));
	return 0;
}

/* ---- what members send ---------------------------------------------------------------- */

static struct tsr_track *find_track(const struct tsr_host *host, uint32_t stream)
{
	tsr_list_each (pos, next, &host->tracks) {
		struct tsr_track *track = tsr_list_entry(pos, struct tsr_track, link);

		if (track->stream == stream)
			return track;
	}
	return NULL;
}

int tsr_host_read_track(struct tsr_rtp_sent *out, const struct tsr_member_link *link,
	const Tessera__V1__StreamOpen *open)
{
	enum tsr_stream_class class = open->stream_class == TESSERA__V1__STREAM_CLASS__STREAM_AUDIO
					      ? TSR_STREAM_AUDIO
					      : TSR_STREAM_VIDEO;

	if (!link->media || !link->media->is_ready)
		return TSR_ERR_STORE;
	return tsr_media_read_rtp(out, class, open->rtp);
}

static void open_track(struct tsr_host *host, const struct tsr_stream *stream)
{
	const struct tsr_rtp_sent *sent = host->worker->opening;
	const struct tsr_member_link *link = tsr_host_find_link(host, stream->from);
	struct tsr_track *track;

	if (!sent || !link || !link->media || !(track = calloc(1, sizeof(*track))))
		return;
	track->stream = stream->id.v;
	track->member = stream->from.v;
	track->is_paused = stream->paused != TSR_PAUSE_NONE;
	track->sent = *sent;
	tsr_list_append(&host->tracks, &track->link);
	tell_media(host,
		tsr_pack_producer_open(tsr_host_ref(host), link->media->transports[TSR_MEDIA_SEND],
			track->stream, sent, track->is_paused));
}

void tsr_host_track_sync(struct tsr_host *host, const struct tsr_stream *stream)
{
	struct tsr_track *track = find_track(host, stream->id.v);
	bool is_paused = stream->paused != TSR_PAUSE_NONE;

	if (!is_media(stream))
		return;
	if (!track) {
		open_track(host, stream);
		return;
	}
	if (track->is_paused == is_paused)
		return;
	track->is_paused = is_paused;
	tell_media(host, tsr_pack_producer_pause(tsr_host_ref(host), track->stream, is_paused));
}

static void forget_consumed(struct tsr_host *host, struct tsr_member_link *link, void *user)
{
	const uint32_t *stream = user;
	struct tsr_consumed *one = link->media ? find_consumed(link->media, *stream) : NULL;

	(void)host;
	if (one)
		drop_consumed(link->media, one);
}

void tsr_host_track_close(struct tsr_host *host, uint32_t stream)
{
	struct tsr_track *track = find_track(host, stream);

	if (!track)
		return;
	tell_media(host, tsr_pack_producer_close(tsr_host_ref(host), stream));
	tsr_host_each_present(host, forget_consumed, &stream);
	tsr_list_remove(&track->link);
	free(track);
}

/* ---- what members receive ------------------------------------------------------------- */

/* Never the same on one transport: media forgets the SSRCs of closed consumers. */
static uint32_t next_ssrc(struct tsr_member_media *media)
{
	do
		media->last_ssrc += 0x9e3779b1u; /* odd: comes by all values */
	while (media->last_ssrc == 0);
	return media->last_ssrc;
}

static int consume(
	struct tsr_host *host, struct tsr_member_link *link, const struct tsr_track *track)
{
	struct tsr_member_media *media = link->media;
	struct tsr_consumed *one = calloc(1, sizeof(*one));
	bool is_audio = track->sent.codec == TESSERA__V1__CODEC__CODEC_OPUS;
	char mid[TSR_MID_MAX + 1], cname[TSR_CNAME_MAX + 1];
	struct tsr_consuming consuming = { .stream = track->stream,
		.ssrc = next_ssrc(media),
		.rtx_ssrc = is_audio ? 0 : next_ssrc(media), /* whatever the sender has */
		.mid = mid,
		.cname = cname,
		.sent = &track->sent };

	if (!one)
		return TSR_ERR_NOMEM;
	one->stream = track->stream;
	one->is_video = !is_audio;
	tsr_list_append(&media->consumers, &one->link);
	media->n_consumers++;
	snprintf(mid, sizeof(mid), "%u", ++media->last_mid);
	/* One clock for a member's microphone and camera: they are played together. */
	snprintf(cname, sizeof(cname), "%u", track->member);
	tell_media(host, tsr_pack_consumer_open(tsr_host_ref(host),
				 media->transports[TSR_MEDIA_RECEIVE], &consuming));
	tsr_host_send(host, link->conn, tsr_pack_consumer(&consuming));
	return 0;
}

int tsr_host_subscribe(
	struct tsr_host *host, struct tsr_member_link *link, uint32_t stream, bool on)
{
	const struct tsr_track *track = find_track(host, stream);
	struct tsr_consumed *one;

	if (!link->media) /* is_ready or not: media has these in the same order */
		return TSR_ERR_STORE;
	if (!track)
		return TSR_ERR_UNKNOWN;
	one = find_consumed(link->media, stream);
	if (on && link->media->n_consumers == TSR_MEDIA_CONSUMERS)
		return TSR_ERR_FULL;
	if (on)
		return one ? TSR_ERR_BUSY : consume(host, link, track);
	if (one) {
		tell_media(host, tsr_pack_consumer_close(tsr_host_ref(host),
					 link->media->transports[TSR_MEDIA_RECEIVE], stream));
		drop_consumed(link->media, one);
	}
	return 0;
}

bool tsr_host_is_track(const struct tsr_host *host, uint32_t stream)
{
	return find_track(host, stream) != NULL;
}

/* As media takes it. */
static uint32_t as_byte(uint32_t value)
{
	return value < UINT8_MAX ? value : UINT8_MAX;
}

static void note_want(struct tsr_member_media *media, const Tessera__V1__ConsumerWant *want)
{
	struct tsr_consumed *one = find_consumed(media, want->stream);
	struct tsr_want wanted = { .max_spatial = as_byte(want->max_spatial),
		.max_temporal = as_byte(want->max_temporal),
		.priority = as_byte(want->priority),
		.is_on = want->on };

	if (!one || (one->want.is_on == wanted.is_on && one->want.priority == wanted.priority &&
			    one->want.max_spatial == wanted.max_spatial &&
			    one->want.max_temporal == wanted.max_temporal))
		return;
	one->want = wanted;
	one->owes_want = true;
}

/* Of many in a short time media hears the newest: a member alone does not fill its queue. */
void tsr_host_tell_wants(struct tsr_host *host, struct tsr_member_link *link, void *unused)
{
	tsr_time now = tsr_host_now(host);

	(void)unused;
	if (!link->media)
		return;
	tsr_list_each (pos, next, &link->media->consumers) {
		struct tsr_consumed *one = tsr_list_entry(pos, struct tsr_consumed, link);

		if (!one->owes_want)
			continue;
		if (!tsr_bucket_take(&link->media_wants, now))
			return; /* with the next tick */
		one->owes_want = false;
		tell_media(host, tsr_pack_consumer_want(tsr_host_ref(host),
					 link->media->transports[TSR_MEDIA_RECEIVE], one->stream,
					 &one->want));
	}
}

static int want(struct tsr_host *host, struct tsr_member_link *link,
	const Tessera__V1__ConsumerWants *message)
{
	if (message->n_wants > TSR_WANTS_MAX)
		return TSR_ERR_FORMAT;
	if (!link->media)
		return TSR_ERR_STORE;
	for (size_t i = 0; i < message->n_wants; i++)
		note_want(link->media, message->wants[i]);
	tsr_host_tell_wants(host, link, NULL);
	return 0;
}

/* He is believed about his own line, and it is told as seldom as everything about lines. */
static int hold_camera(struct tsr_member_link *link, bool on)
{
	if (!link->media)
		return TSR_ERR_STORE;
	link->media->is_camera_held = on;
	return 0;
}

#define BODY(name) TESSERA__V1__TO_SERVER__BODY_##name

int tsr_host_handle_media(
	struct tsr_host *host, struct tsr_member_link *link, const Tessera__V1__ToServer *message)
{
	if (!link->is_admitted)
		return TSR_ERR_DENIED;
	switch (message->body_case) {
	case BODY(MEDIA_JOIN):
		return join(host, link, message->request);
	case BODY(TRANSPORT_CONNECT):
		return connect_dtls(host, link, message->transport_connect);
	case BODY(ICE_RESTART):
		return restart_ice(host, link, message->ice_restart);
	case BODY(CAMERA_HELD):
		return hold_camera(link, message->camera_held->on);
	default:
		return want(host, link, message->consumer_wants);
	}
}

/* ---- what media says ------------------------------------------------------------------ */

struct tsr_member_link *tsr_host_find_transport(
	const struct tsr_host *host, uint32_t transport, int *way)
{
	for (unsigned i = 0; i < TSR_HOST_BUCKETS; i++)
		for (struct tsr_member_link *link = host->members[i]; link; link = link->next)
			for (*way = 0; link->media && *way < TSR_MEDIA_WAYS; ++*way)
				if (link->media->transports[*way] == transport)
					return link;
	return NULL;
}

static const Tessera__Media__TransportOpened *opened_of(const struct tsr_arena *arena)
{
	return ((const Tessera__Media__FromMedia *)(const void *)arena->message)->transport_opened;
}

static void answer_join(struct tsr_host *host, struct tsr_member_link *link)
{
	struct tsr_member_media *media = link->media;

	media->is_ready = true;
	tsr_host_send(host, link->conn,
		tsr_pack_media_ready(opened_of(&media->opened[TSR_MEDIA_SEND]),
			opened_of(&media->opened[TSR_MEDIA_RECEIVE])));
	if (media->request)
		tsr_host_send(host, link->conn, tsr_pack_result(media->request, 0, 0));
	for (int way = 0; way < TSR_MEDIA_WAYS; way++)
		tsr_arena_finish(&media->opened[way]);
}

/* Takes the arena. */
static void on_opened(struct tsr_host *host, struct tsr_arena *arena)
{
	int way;
	const Tessera__Media__TransportOpened *opened = opened_of(arena);
	struct tsr_member_link *link = tsr_host_find_transport(host, opened->transport, &way);

	if (!link)
		return;
	if (link->media->is_ready) {
		tsr_host_send(host, link->conn,
			tsr_pack_ice_restarted(way == TSR_MEDIA_SEND
						       ? TESSERA__V1__DIRECTION__DIRECTION_SEND
						       : TESSERA__V1__DIRECTION__DIRECTION_RECEIVE,
				opened));
		return;
	}
	tsr_arena_finish(&link->media->opened[way]);
	link->media->opened[way] = *arena;
	*arena = (struct tsr_arena){ 0 };
	if (link->media->opened[!way].message)
		answer_join(host, link);
}

static void on_state(struct tsr_host *host, const Tessera__Media__TransportState *state)
{
	int way;
	struct tsr_member_link *link = tsr_host_find_transport(host, state->transport, &way);

	if (!link)
		return;
	link->media->paths[way].state = (uint32_t)state->state;
	link->media->paths[way].is_tcp = state->tcp;
	link->media->is_told = false;
}

static void on_speakers(struct tsr_host *host, const Tessera__Media__Speakers *speakers)
{
	uint32_t members[16], levels[16];
	const struct tsr_track *track = find_track(host, speakers->active);
	uint32_t active = track ? track->member : 0;
	size_t n = 0;

	for (size_t i = 0; i < speakers->n_streams && i < speakers->n_levels && n < 16; i++) {
		track = find_track(host, speakers->streams[i]);
		if (!track)
			continue;
		members[n] = track->member;
		levels[n++] = speakers->levels[i];
	}
	tsr_msg_unref(&host->speakers);
	host->speakers = tsr_pack_media_speakers(active, members, levels, n);
	if (host->speakers)
		tsr_host_send_all(
			host, tsr_msg_ref(host->speakers), TSR_TO_ALL, (struct tsr_member_id){ 0 });
}

static void on_failed(struct tsr_host *host, const Tessera__Media__Failed *failed)
{
	int way;
	struct tsr_member_link *link = tsr_host_find_transport(host, failed->transport, &way);
	const struct tsr_track *track = find_track(host, failed->stream);

	tsr_log(TSR_LOG_DEBUG, "media could not", TSR_STR("err", failed->reason));
	if (link && failed->stream == 0 && !link->media->is_ready) {
		tsr_host_send(host, link->conn,
			tsr_pack_result(
				link->media->request, tsr_policy_refusal(TSR_ERR_STORE), 0));
		tsr_host_media_leave(host, link);
	} else if (link && way == TSR_MEDIA_SEND && track && track->member == link->member.v) {
		close_track(host, link, failed->stream); /* nobody would ever hear or see it */
	}
}

#define SAYS(name) TESSERA__MEDIA__FROM_MEDIA__BODY_##name

void tsr_host_on_media(void *worker, void *item, uint64_t id)
{
	struct tsr_host *host = tsr_host_find(worker, id);
	struct tsr_arena *arena = item;
	const Tessera__Media__FromMedia *message = (const void *)arena->message;

	if (!host)
		goto out;
	switch (message->body_case) {
	case SAYS(TRANSPORT_OPENED):
		on_opened(host, arena);
		break;
	case SAYS(TRANSPORT_STATE):
		on_state(host, message->transport_state);
		break;
	case SAYS(SPEAKERS):
		on_speakers(host, message->speakers);
		break;
	case SAYS(STATS):
		tsr_host_note_media(host, message->stats);
		break;
	case SAYS(FAILED):
		on_failed(host, message->failed);
		break;
	default:
		break;
	}
out:
	tsr_arena_finish(arena);
	free(arena);
}

/* ---- media went away ------------------------------------------------------------------ */

static void close_tracks(struct tsr_host *host, struct tsr_member_link *link, void *user)
{
	(void)user;
	if (link->media)
		close_tracks_of(host, link);
}

static void lose(struct tsr_host *host, struct tsr_member_link *link, void *user)
{
	(void)user;
	if (!link->media)
		return;
	/* Told to the next one, if it is there already: it may have been asked for these. */
	tsr_host_media_leave(host, link);
	tsr_host_send(host, link->conn, tsr_pack_media_gone(RETRY_MS));
}

void tsr_host_on_media_lost(void *user, void *unused, uint64_t unused2)
{
	struct tsr_worker *worker = user;

	(void)unused;
	(void)unused2;
	tsr_list_each (pos, next, &worker->host_list) {
		struct tsr_host *host = tsr_list_entry(pos, struct tsr_host, link);

		/* Nobody hears of it before everybody's streams are closed. */
		tsr_host_each_present(host, close_tracks, NULL);
		tsr_host_each_present(host, lose, NULL);
		tsr_msg_unref(&host->speakers);
	}
}

/* The session is no more. */
void tsr_host_media_end(struct tsr_host *host)
{
	if (host->last_transport > 0)
		tell_media(host, tsr_pack_session_close(tsr_host_ref(host)));
	while (!tsr_list_is_empty(&host->tracks)) {
		struct tsr_track *track = tsr_list_entry(host->tracks.next, struct tsr_track, link);

		tsr_list_remove(&track->link);
		free(track);
	}
	for (unsigned i = 0; i < TSR_HOST_BUCKETS; i++)
		for (struct tsr_member_link *link = host->members[i]; link; link = link->next)
			media_free(link);
}
