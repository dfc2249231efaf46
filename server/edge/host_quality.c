/* SPDX-License-Identifier: Apache-2.0 */
/* host_quality: how audio and video get on, told to everybody every two seconds where it changed.
 */
#include <stdlib.h>
#include <string.h>

#include "server/edge/counters.h"
#include "server/edge/host.h"
#include "server/edge/pack_media.h"

#define TELL_EVERY 2 /* ticks of a second */

/* ---- what media measured -------------------------------------------------------------- */

static void note_path(struct tsr_host *host, const Tessera__Media__TransportStats *stats)
{
	struct tsr_member_link *link =
		tsr_host_find_link(host, (struct tsr_member_id){ stats->member });
	bool is_send = stats->direction == TESSERA__MEDIA__DIRECTION__FROM_MEMBER;
	enum tsr_media_way way = is_send ? TSR_MEDIA_SEND : TSR_MEDIA_RECEIVE;

	if (!link || !link->media || link->media->transports[way] != stats->transport)
		return;
	/* How much his own line carries only he can know: his browser sends no more. */
	tsr_media_path_note(&link->media->paths[way], stats,
		is_send ? link->media->is_camera_held : stats->thin);
	link->media->is_told = false;
}

static void note_consumer(
	struct tsr_member_media *media, const Tessera__Media__ConsumerStats *stats)
{
	tsr_list_each (pos, next, &media->consumers) {
		struct tsr_consumed *one = tsr_list_entry(pos, struct tsr_consumed, link);

		if (one->stream != stats->stream)
			continue;
		media->owes_layers |= one->is_on != stats->on || one->spatial != stats->spatial ||
				      one->temporal != stats->temporal;
		one->is_on = stats->on;
		one->spatial = (uint8_t)stats->spatial;
		one->temporal = (uint8_t)stats->temporal;
		one->kbit_s = stats->kbit_s;
	}
}

void tsr_host_note_media(struct tsr_host *host, const Tessera__Media__Stats *stats)
{
	struct tsr_member_link *link = NULL;
	int way;

	for (size_t i = 0; i < stats->n_transports; i++)
		note_path(host, stats->transports[i]);
	for (size_t i = 0; i < stats->n_consumers; i++) {
		uint32_t transport = stats->consumers[i]->transport;

		/* Those of one transport come one after the other. */
		if (!link || link->media->transports[TSR_MEDIA_RECEIVE] != transport)
			link = tsr_host_find_transport(host, transport, &way);
		if (link)
			note_consumer(link->media, stats->consumers[i]);
	}
}

static void judge(Tessera__V1__Quality *out, const struct tsr_member_link *link)
{
	tsr_quality_judge(out, link->media->paths);
	out->member = link->member.v;
}

/* ---- to the administrator ------------------------------------------------------------- */

/* How many videos come to him, by their spatial layer. */
static void count_layers(
	uint32_t out[static TSR_RTP_ENCODINGS], const struct tsr_member_media *media)
{
	memset(out, 0, TSR_RTP_ENCODINGS * sizeof(*out));
	tsr_list_each (pos, next, &media->consumers) {
		const struct tsr_consumed *one = tsr_list_entry(pos, struct tsr_consumed, link);

		if (one->is_on && one->is_video && one->spatial < TSR_RTP_ENCODINGS)
			out[one->spatial]++;
	}
}

static void show_one(struct tsr_host *host, struct tsr_member_link *link, void *user)
{
	struct tsr_media_shown *shown = user;
	const struct tsr_member *member = tsr_session_find_member(host->session, link->member);
	Tessera__Ipc__MediaInfo *out = &shown->all[shown->n];
	Tessera__V1__Quality q;

	if (!link->media || !link->media->is_ready)
		return;
	if (shown->with_media++ >= TSR_HOST_MEDIA_SHOWN)
		return;
	judge(&q, link);
	tessera__ipc__media_info__init(out);
	out->member = q.member;
	out->name = (char *)(uintptr_t)(member ? member->record.name : ""); /* only read */
	out->grade = (uint32_t)q.grade;
	out->reason = (uint32_t)q.reason;
	out->tcp = q.path == TESSERA__V1__PATH__PATH_TCP;
	out->rtt_ms = q.rtt_ms;
	out->loss_up = q.loss_up;
	out->loss_down = q.loss_down;
	out->kbit_up = q.kbit_up;
	out->kbit_down = q.kbit_down;
	out->estimate_down = q.estimate_down;
	count_layers(shown->layers[shown->n], link->media);
	out->layers = shown->layers[shown->n];
	out->n_layers = TSR_RTP_ENCODINGS;
	shown->list[shown->n++] = out;
}

void tsr_host_show_media(struct tsr_host *host, struct tsr_media_shown *out)
{
	out->n = 0;
	out->with_media = 0;
	tsr_host_each_present(host, show_one, out);
}

/* ---- telling -------------------------------------------------------------------------- */

enum { QUALITIES_MAX = 512 }; /* of one message */

struct telling {
	Tessera__V1__Quality all[QUALITIES_MAX], *list[QUALITIES_MAX];
	size_t n;
};

static void gather(struct tsr_host *host, struct tsr_member_link *link, void *user)
{
	struct telling *telling = user;
	Tessera__V1__Quality *one = &telling->all[telling->n];

	(void)host;
	if (telling->n == QUALITIES_MAX || !link->media || !link->media->is_ready ||
		link->media->is_told)
		return;
	link->media->is_told = true;
	judge(one, link);
	tsr_edge_counters_quality(&link->media->standing, one);
	telling->list[telling->n++] = one;
}

enum { LAYERS_MAX = TSR_MEDIA_CONSUMERS }; /* of one message */

/* What comes to him of each, since something about it changed. */
static void tell_layers(struct tsr_host *host, struct tsr_member_link *link, void *user)
{
	Tessera__V1__ConsumerLayer all[LAYERS_MAX], *list[LAYERS_MAX];
	size_t n = 0;

	(void)user;
	if (!link->media || !link->media->owes_layers)
		return;
	link->media->owes_layers = false;
	tsr_list_each (pos, next, &link->media->consumers) {
		const struct tsr_consumed *one = tsr_list_entry(pos, struct tsr_consumed, link);

		if (n == LAYERS_MAX)
			break;
		tessera__v1__consumer_layer__init(&all[n]);
		all[n].stream = one->stream;
		all[n].on = one->is_on;
		all[n].spatial = one->spatial;
		all[n].temporal = one->temporal;
		all[n].kbit_s = one->kbit_s;
		list[n] = &all[n];
		n++;
	}
	tsr_host_send(host, link->conn, tsr_pack_qualities(NULL, 0, list, n));
}

void tsr_host_media_tick(struct tsr_host *host)
{
	struct telling *telling;

	if (host->last_transport == 0)
		return;
	tsr_host_each_present(host, tsr_host_tell_wants, NULL);
	if (host->worker->ticks % TELL_EVERY != 0)
		return;
	telling = calloc(1, sizeof(*telling));
	if (!telling)
		return;
	tsr_host_each_present(host, gather, telling);
	if (telling->n > 0)
		tsr_host_send_all(host, tsr_pack_qualities(telling->list, telling->n, NULL, 0),
			TSR_TO_ALL, (struct tsr_member_id){ 0 });
	free(telling);
	tsr_host_each_present(host, tell_layers, NULL);
}
