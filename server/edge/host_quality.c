/* SPDX-License-Identifier: Apache-2.0 */
/* host_quality: how audio and video get on, told to everybody every two seconds where it changed.
 */
#include <stdlib.h>

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
	struct tsr_media_path *path;

	if (!link || !link->media || link->media->transports[way] != stats->transport)
		return;
	path = &link->media->paths[way];
	path->is_tcp = stats->tcp;
	path->rtt_ms = stats->rtt_ms;
	path->loss_permille = stats->loss_permille;
	path->kbit_s = stats->kbit_s;
	path->estimate_kbit_s = stats->estimate_kbit_s;
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

/* ---- what it means -------------------------------------------------------------------- */

enum { POOR_LOSS = 100, FAIR_LOSS = 30, POOR_RTT = 600, FAIR_RTT = 300 };

static uint32_t max_of(uint32_t a, uint32_t b)
{
	return a > b ? a : b;
}

static Tessera__V1__QualityReason reason_of(const Tessera__V1__Quality *q)
{
	if (q->loss_up > FAIR_LOSS && q->loss_up >= q->loss_down)
		return TESSERA__V1__QUALITY_REASON__REASON_LOSS_UP;
	if (q->loss_down > FAIR_LOSS)
		return TESSERA__V1__QUALITY_REASON__REASON_LOSS_DOWN;
	if (q->rtt_ms > FAIR_RTT)
		return TESSERA__V1__QUALITY_REASON__REASON_DELAY;
	return q->path == TESSERA__V1__PATH__PATH_TCP ? TESSERA__V1__QUALITY_REASON__REASON_TCP
						      : TESSERA__V1__QUALITY_REASON__REASON_NONE;
}

static bool is_path_lost(const struct tsr_media_path *path)
{
	return path->state == TESSERA__MEDIA__STATE__LOST ||
	       path->state == TESSERA__MEDIA__STATE__FAILED;
}

static void judge(Tessera__V1__Quality *q, const struct tsr_member_media *media)
{
	uint32_t loss = max_of(q->loss_up, q->loss_down);
	bool is_lost = is_path_lost(&media->paths[TSR_MEDIA_SEND]) ||
		       is_path_lost(&media->paths[TSR_MEDIA_RECEIVE]);

	q->reason = reason_of(q);
	if (is_lost) {
		q->grade = TESSERA__V1__GRADE__GRADE_LOST;
		q->reason = TESSERA__V1__QUALITY_REASON__REASON_SILENT;
	} else if (loss > POOR_LOSS || q->rtt_ms > POOR_RTT) {
		q->grade = TESSERA__V1__GRADE__GRADE_POOR;
	} else if (q->reason != TESSERA__V1__QUALITY_REASON__REASON_NONE) {
		q->grade = TESSERA__V1__GRADE__GRADE_FAIR;
	} else {
		q->grade = TESSERA__V1__GRADE__GRADE_GOOD;
	}
}

static void fill(Tessera__V1__Quality *q, const struct tsr_member_link *link)
{
	const struct tsr_media_path *up = &link->media->paths[TSR_MEDIA_SEND];
	const struct tsr_media_path *down = &link->media->paths[TSR_MEDIA_RECEIVE];

	tessera__v1__quality__init(q);
	q->member = link->member.v;
	q->path = up->is_tcp || down->is_tcp ? TESSERA__V1__PATH__PATH_TCP
					     : TESSERA__V1__PATH__PATH_UDP;
	q->rtt_ms = max_of(up->rtt_ms, down->rtt_ms);
	q->loss_up = up->loss_permille;
	q->loss_down = down->loss_permille;
	q->kbit_up = up->kbit_s;
	q->kbit_down = down->kbit_s;
	q->estimate_down = down->estimate_kbit_s;
	judge(q, link->media);
}

/* ---- to the administrator ------------------------------------------------------------- */

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
	fill(&q, link);
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

	(void)host;
	if (!link->media || !link->media->is_ready || link->media->is_told ||
		telling->n == QUALITIES_MAX)
		return;
	link->media->is_told = true;
	fill(&telling->all[telling->n], link);
	telling->list[telling->n] = &telling->all[telling->n];
	telling->n++;
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
