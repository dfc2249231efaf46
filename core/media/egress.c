/* SPDX-License-Identifier: Apache-2.0 */
/* One member's receiving transport: what goes out next, how fast, and how the line's capacity is
 * shared among what is wanted. */
#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"
#include "core/media/rtcp.h"
#include "core/media/state.h"

enum {
	NACKS_MAX = 256,
	FEEDBACKS_MAX = 8, /* of transport-cc in one datagram: each may be long by few bytes */
	REPORTS_MAX = 31,
	PURSE_MIN = 12 * 1024, /* bytes that may always go at once */
	REPORT_ROOM = 28 + 16 + 68,
	SLOTS_STEP = 16,
	QUEUE_FIRST = 32,
};
#define PURSE_SPAN (40 * TSR_MS)
#define FULL_AFTER (600 * TSR_MS) /* what waits would take so long */
#define CHOICE_INTERVAL (200 * TSR_MS)
#define PACER_STEP (2 * TSR_MS)
#define PREPARED_FOR TSR_SECOND
#define LOSS_OLD (12 * TSR_SECOND) /* a browser reports on sound alone each 5 s */

/* ---- queues ---- */

static uint32_t item(const struct tsr_consumer *c, uint16_t seq)
{
	return (uint32_t)c->slot << 23 | (uint32_t)(c->generation & 0x7f) << 16 | seq;
}

/* So few receivers ever wait for much that the room for it is made when one does. */
static bool grow(struct tsr_queue *q)
{
	uint32_t cap = q->cap ? 2 * q->cap : QUEUE_FIRST;
	uint32_t *items = q->cap == q->max ? NULL : malloc(cap * sizeof(*items));

	if (!items)
		return false;
	for (uint32_t i = 0; i < q->n; i++)
		items[i] = q->items[(q->first + i) & (q->cap - 1)];
	free(q->items);
	q->items = items;
	q->first = 0;
	q->cap = cap;
	return true;
}

static bool push(struct tsr_queue *q, uint32_t value)
{
	if (q->n == q->cap && !grow(q))
		return false;
	q->items[(q->first + q->n++) & (q->cap - 1)] = value;
	return true;
}

static uint32_t pop(struct tsr_queue *q)
{
	uint32_t value = q->items[q->first];

	q->first = (q->first + 1) & (q->cap - 1);
	q->n--;
	return value;
}

/* The consumer of an item, or NULL when it is no more. */
static struct tsr_consumer *resolve(const struct tsr_egress *e, uint32_t value)
{
	const struct tsr_slot *slot = &e->slots[value >> 23];

	return slot->consumer && (slot->generation & 0x7f) == (value >> 16 & 0x7f) ? slot->consumer
										   : NULL;
}

bool tsr_egress_enqueue(
	struct tsr_egress *e, struct tsr_consumer *c, uint16_t seq, size_t len, bool is_rtx)
{
	struct tsr_queue *q = c->source->is_audio ? &e->audio : is_rtx ? &e->rtx : &e->video;

	if (!push(q, item(c, seq))) {
		e->stats.dropped++;
		return false;
	}
	if (q == &e->video)
		e->video_bytes += len;
	if (e->active.next == &e->active)
		tsr_router_activate_egress(e);
	return true;
}

/* Half as much again as the line carries; no more than that while its queue empties. Single frames
 * go by the purse and are not drawn out. */
static uint64_t pace(const struct tsr_egress *e)
{
	uint64_t bps = tsr_bwe_target(&e->bwe);

	if (e->bwe.standing > TSR_QUEUE_STANDS)
		return bps;
	bps += bps / 2;
	return !e->bwe.was_cut && e->spent_bps > bps ? e->spent_bps : bps;
}

bool tsr_egress_is_full(const struct tsr_egress *e)
{
	return e->video.n > TSR_QUEUE_VIDEO / 2 ||
	       e->video_bytes * 8 * (uint64_t)TSR_SECOND > pace(e) * (uint64_t)FULL_AFTER;
}

uint16_t tsr_egress_number(struct tsr_egress *e)
{
	e->was_numbered = true;
	e->numbered = e->transport_seq++;
	return e->numbered;
}

/* ---- opening and closing ---- */

struct tsr_egress *tsr_router_add_egress(struct tsr_router *router, void *user, tsr_time now)
{
	struct tsr_egress *e = calloc(1, sizeof(*e));

	if (!e)
		return NULL;
	tsr_list_init(&e->active);
	e->router = router;
	e->user = user;
	e->last_n = TSR_MEDIA_LAST_N;
	e->audio.max = TSR_QUEUE_AUDIO;
	e->rtx.max = TSR_QUEUE_RTX;
	e->video.max = TSR_QUEUE_VIDEO;
	e->transport_seq = (uint16_t)tsr_router_random(router);
	e->ssrc = (uint32_t)tsr_router_random(router) | 1;
	e->purse = PURSE_MIN;
	e->filled = e->counted_since = e->ticked = e->sent = now;
	e->chosen = now - TSR_MINUTE;
	tsr_bwe_init(&e->bwe, false, now);
	tsr_list_append(&router->egresses, &e->link);
	return e;
}

void *tsr_egress_user(const struct tsr_egress *egress)
{
	return egress->user;
}

void tsr_egress_destroy(struct tsr_egress *e)
{
	for (uint32_t i = 0; i < e->n_slots; i++)
		tsr_consumer_destroy(e->slots[i].consumer);
	tsr_list_remove(&e->active);
	tsr_list_remove(&e->link);
	free(e->audio.items);
	free(e->rtx.items);
	free(e->video.items);
	free(e->slots);
	free(e);
}

void tsr_router_remove_egress(struct tsr_router *router, struct tsr_egress *egress)
{
	(void)router;
	tsr_egress_destroy(egress);
}

static struct tsr_consumer *find(const struct tsr_egress *e, struct tsr_stream_id source)
{
	for (uint32_t i = 0; i < e->n_slots; i++)
		if (e->slots[i].consumer && e->slots[i].consumer->config.source.v == source.v)
			return e->slots[i].consumer;
	return NULL;
}

static struct tsr_consumer *find_ssrc(const struct tsr_egress *e, uint32_t ssrc)
{
	for (uint32_t i = 0; i < e->n_slots; i++) {
		struct tsr_consumer *c = e->slots[i].consumer;

		if (c && (c->config.ssrc == ssrc ||
				 (c->config.rtx_pt && c->config.rtx_ssrc == ssrc)))
			return c;
	}
	return NULL;
}

/* A free slot, or NULL. */
static struct tsr_slot *take_slot(struct tsr_egress *e)
{
	struct tsr_slot *slots;
	uint32_t n = e->n_slots;

	for (uint32_t i = 0; i < n; i++)
		if (!e->slots[i].consumer)
			return &e->slots[i];
	slots = realloc(e->slots, (n + SLOTS_STEP) * sizeof(*slots));
	if (!slots)
		return NULL;
	memset(slots + n, 0, SLOTS_STEP * sizeof(*slots));
	e->slots = slots;
	e->n_slots = n + SLOTS_STEP;
	return &slots[n];
}

static void hurry(struct tsr_egress *e, tsr_time now)
{
	e->needs_choice = true;
	e->router->next_egress = tsr_time_min(e->router->next_egress, now);
}

/* What is remembered of a source, or the place where it is to be: that of the oldest debt. */
static struct tsr_key_debt *find_debt(struct tsr_egress *e, struct tsr_stream_id source)
{
	struct tsr_key_debt *oldest = &e->debts[0];

	for (size_t i = 0; i < sizeof(e->debts) / sizeof(e->debts[0]); i++) {
		if (e->debts[i].source.v == source.v)
			return &e->debts[i];
		if (e->debts[i].due < oldest->due)
			oldest = &e->debts[i];
	}
	return oldest;
}

/* Closing a video and opening it again is no way to more key frames. */
static tsr_time debt_of(struct tsr_egress *e, struct tsr_stream_id source)
{
	const struct tsr_key_debt *debt = find_debt(e, source);

	return debt->source.v == source.v ? debt->due : 0;
}

int tsr_egress_add_consumer(
	struct tsr_egress *e, const struct tsr_consumer_config *config, tsr_time now)
{
	struct tsr_source *source = tsr_source_find(e->router, config->source);
	struct tsr_consumer *c;
	struct tsr_slot *slot;
	int r;

	if (!source)
		return TSR_ERR_UNKNOWN;
	if (find(e, config->source) || find_ssrc(e, config->ssrc) ||
		(config->rtx_pt &&
			(find_ssrc(e, config->rtx_ssrc) || config->rtx_ssrc == config->ssrc)))
		return TSR_ERR_BUSY;
	if (e->n_consumers == TSR_MEDIA_CONSUMERS_MAX)
		return TSR_ERR_FULL;
	if (!(slot = take_slot(e)))
		return TSR_ERR_NOMEM;
	if ((r = tsr_consumer_create(&c, e, source, config, tsr_router_random(e->router))) != 0)
		return r;
	slot->consumer = c;
	slot->generation++;
	c->slot = (uint16_t)(slot - e->slots);
	c->generation = slot->generation;
	c->reason = TSR_CONSUMER_OFF;
	c->key_due = debt_of(e, config->source);
	e->n_consumers++;
	if (!source->is_audio && config->rtx_pt)
		e->padding = c;
	if (config->ids.transport_cc && !e->has_transport_cc) {
		e->has_transport_cc = true;
		tsr_bwe_init(&e->bwe, true, now);
	}
	return 0;
}

void tsr_egress_forget(struct tsr_egress *e, struct tsr_consumer *c)
{
	if (!c->source->is_audio && c->key_due != 0)
		*find_debt(e, c->config.source) =
			(struct tsr_key_debt){ c->config.source, c->key_due };
	e->slots[c->slot].consumer = NULL;
	e->n_consumers--;
	e->needs_choice = true;
	if (e->padding == c)
		e->padding = NULL;
	if (c->n_packets && e->n_byes < sizeof(e->byes) / sizeof(e->byes[0])) {
		e->byes[e->n_byes++] = c->config.ssrc;
		e->has_reports = true;
	}
}

void tsr_egress_remove_consumer(struct tsr_egress *e, struct tsr_stream_id source)
{
	tsr_consumer_destroy(find(e, source));
}

/* While the transport is being opened, a key frame to begin with can be on its way already. */
static void prepare(struct tsr_source *source, tsr_time now)
{
	const struct tsr_track *track = &source->tracks[0];

	if (!source->is_audio && !(track->has_key && now - track->key_arrived < PREPARED_FOR))
		tsr_source_request_key(source, 0, now);
}

void tsr_egress_set_wants(struct tsr_egress *e, struct tsr_stream_id source,
	const struct tsr_consumer_wants *wants, tsr_time now)
{
	struct tsr_consumer *c = find(e, source);

	if (!c)
		return;
	tsr_consumer_set_wants(c, wants, now);
	if (!wants->is_on)
		tsr_consumer_choose(c, NULL, false, now);
	else if (!e->is_open)
		prepare(c->source, now);
	hurry(e, now);
}

void tsr_egress_set_last_n(struct tsr_egress *e, uint32_t n, tsr_time now)
{
	e->last_n = n < TSR_MEDIA_LAST_N_MAX ? n : TSR_MEDIA_LAST_N_MAX;
	hurry(e, now);
}

void tsr_egress_set_open(struct tsr_egress *e, bool is_open, tsr_time now)
{
	e->is_open = is_open;
	e->opened = now;
	if (!is_open) {
		e->audio.n = e->rtx.n = e->video.n = 0;
		e->video_bytes = 0;
		for (uint32_t i = 0; i < e->n_slots; i++)
			if (e->slots[i].consumer)
				tsr_consumer_choose(e->slots[i].consumer, NULL, false, now);
	}
	hurry(e, now);
}

void tsr_egress_handle_path(struct tsr_egress *e, tsr_time now)
{
	tsr_bwe_handle_path(&e->bwe, now);
	hurry(e, now);
}

/* ---- what is heard ---- */

uint8_t tsr_egress_loss(const struct tsr_egress *e, tsr_time now)
{
	uint32_t permille = e->has_transport_cc ? e->bwe.loss_permille : e->stats.loss_permille;

	if (!e->is_open || e->loss_heard == 0 || now - e->loss_heard > LOSS_OLD)
		return 0;
	permille = permille > 1000 ? 1000 : permille;
	return (uint8_t)(permille * 255 / 1000);
}

static void handle_report(struct tsr_egress *e, const struct tsr_rtcp_report *report, tsr_time now)
{
	struct tsr_consumer *c = find_ssrc(e, report->ssrc);
	tsr_time round_trip = 0;

	if (!c || c->config.ssrc != report->ssrc)
		return;
	for (int i = 0; i < 2; i++)
		if (report->lsr && report->lsr == c->lsr[i])
			round_trip =
				now - c->lsr_at[i] - (tsr_time)report->dlsr * TSR_SECOND / 65536;
	if (round_trip > 0 && round_trip < 10 * TSR_SECOND)
		e->stats.rtt_ms = (uint32_t)(round_trip / TSR_MS);
	else
		round_trip = 0;
	e->loss_heard = now;
	if (!c->source->is_audio || !e->has_transport_cc)
		e->stats.loss_permille = report->fraction_lost * 1000u / 256;
	tsr_bwe_handle_report(&e->bwe, report->fraction_lost, round_trip, now);
}

static void handle_nack(struct tsr_egress *e, const struct tsr_rtcp_feedback *fb, tsr_time now)
{
	struct tsr_consumer *c = find_ssrc(e, fb->media);
	uint16_t seqs[NACKS_MAX];
	size_t n = c ? tsr_rtcp_read_nack(fb->fci, seqs, NACKS_MAX) : 0;

	e->stats.nacks += n;
	for (size_t i = 0; i < n && c->config.ssrc == fb->media; i++)
		if (tsr_consumer_may_resend(c, seqs[i], now))
			(void)tsr_egress_enqueue(e, c, seqs[i], 0, true);
}

static void handle_picture_loss(struct tsr_egress *e, uint32_t ssrc, tsr_time now)
{
	struct tsr_consumer *c = find_ssrc(e, ssrc);

	uint8_t encoding;

	e->stats.plis++;
	if (!c || c->source->is_audio || c->target < 0)
		return;
	encoding = (uint8_t)(c->encoding >= 0 ? c->encoding : c->target);
	/* Browsers repeat it until the picture is there. */
	if (now - c->source->tracks[encoding].key_asked < TSR_KEY_INTERVAL ||
		!tsr_consumer_may_ask(c, now))
		return;
	tsr_source_request_key(c->source, encoding, now);
}

static void handle_feedback(
	struct tsr_egress *e, const struct tsr_rtcp *rtcp, unsigned *n_feedbacks, tsr_time now)
{
	struct tsr_rtcp_feedback fb;
	uint32_t ssrcs[8];

	if (tsr_rtcp_read_feedback(&fb, rtcp) != 0)
		return;
	if (rtcp->type == TSR_RTCP_RTPFB && rtcp->count == TSR_RTPFB_NACK) {
		handle_nack(e, &fb, now);
	} else if (rtcp->type == TSR_RTCP_RTPFB && rtcp->count == TSR_RTPFB_TRANSPORT_CC) {
		if (++*n_feedbacks <= FEEDBACKS_MAX &&
			tsr_bwe_handle_feedback(&e->bwe, fb.fci, now) == 0)
			e->loss_heard = now;
	} else if (rtcp->type == TSR_RTCP_PSFB && rtcp->count == TSR_PSFB_PLI) {
		handle_picture_loss(e, fb.media, now);
	} else if (rtcp->type == TSR_RTCP_PSFB && rtcp->count == TSR_PSFB_FIR) {
		size_t n = tsr_rtcp_read_fir(fb.fci, ssrcs, 8);

		for (size_t i = 0; i < n; i++)
			handle_picture_loss(e, ssrcs[i], now);
	}
}

int tsr_egress_handle_rtcp(struct tsr_egress *e, struct tsr_slice packet, tsr_time now)
{
	struct tsr_rtcp_report reports[REPORTS_MAX];
	unsigned n_feedbacks = 0;
	struct tsr_rtcp rtcp;

	if (!tsr_rtcp_is_sound(packet))
		return TSR_ERR_FORMAT;
	while (tsr_rtcp_next(&packet, &rtcp)) {
		if (rtcp.type == TSR_RTCP_RTPFB || rtcp.type == TSR_RTCP_PSFB) {
			handle_feedback(e, &rtcp, &n_feedbacks, now);
		} else if (rtcp.type == TSR_RTCP_SR || rtcp.type == TSR_RTCP_RR) {
			size_t n = tsr_rtcp_read_reports(&rtcp, NULL, reports, REPORTS_MAX);

			for (size_t i = 0; i < n; i++)
				handle_report(e, &reports[i], now);
		}
	}
	/* The line carries clearly less than what was chosen for: do not wait for the next turn. */
	if (tsr_bwe_target(&e->bwe) * 10 < e->chosen_bps * 9)
		tsr_egress_choose(e, now);
	if (e->video.n || e->bwe.is_probing)
		tsr_router_activate_egress(e);
	return 0;
}

/* ---- what goes out ---- */

static void fill_purse(struct tsr_egress *e, tsr_time now)
{
	uint64_t bps = pace(e), earned;
	int64_t max;

	if (e->bwe.is_probing && e->bwe.probe_bps > bps)
		bps = e->bwe.probe_bps;
	max = (int64_t)(bps * (uint64_t)PURSE_SPAN / 8 / (uint64_t)TSR_SECOND);
	max = max < PURSE_MIN ? PURSE_MIN : max;
	if (now - e->filled > TSR_SECOND)
		e->filled = now - TSR_SECOND;
	earned = bps * (uint64_t)(now - e->filled) / 8 / (uint64_t)TSR_SECOND;
	e->purse += (int64_t)earned;
	e->purse = e->purse > max ? max : e->purse < -max ? -max : e->purse;
	/* What is less than a byte is not lost, however often one looks. */
	e->filled += (tsr_time)(earned * 8 * (uint64_t)TSR_SECOND / bps);
}

static size_t write_reports(struct tsr_egress *e, uint8_t *buf, size_t cap, tsr_time now)
{
	struct tsr_writer wr = tsr_writer(buf, cap);

	for (uint32_t i = 0; i < e->n_slots && wr.cap - wr.len > REPORT_ROOM + 8 * 9; i++)
		if (e->slots[i].consumer && tsr_consumer_is_report_due(e->slots[i].consumer, now))
			tsr_consumer_write_report(e->slots[i].consumer, &wr, now);
	if (wr.len == 0 && (e->n_byes || now - e->sent >= TSR_PULSE))
		tsr_rtcp_write_rr(&wr, e->n_byes ? e->byes[0] : e->ssrc, NULL, 0);
	while (e->n_byes)
		tsr_rtcp_write_bye(&wr, e->byes[--e->n_byes]);
	e->has_reports = wr.len > cap / 2; /* there may be more */
	return wr.err ? 0 : wr.len;
}

/* Where the packet that is written now goes. */
struct out {
	uint8_t *buf;
	struct tsr_slice tail;
	tsr_time now;
};

/* Writes the first of the queue that is still there. */
static size_t write_from(struct tsr_egress *e, struct tsr_queue *q, struct out *out)
{
	size_t len = 0, whole;

	while (q->n && len == 0) {
		uint32_t value = pop(q);
		struct tsr_consumer *c = resolve(e, value);

		if (!c)
			continue;
		len = tsr_consumer_write(
			c, (uint16_t)value, q == &e->rtx, out->buf, &out->tail, out->now);
		if (len && q == &e->video && c->config.rtx_pt)
			e->padding = c;
		e->stats.resent += len != 0 && q == &e->rtx;
	}
	whole = len + out->tail.len;
	if (q == &e->video) /* exact where nothing was passed over */
		e->video_bytes = q->n == 0 || e->video_bytes < whole ? 0 : e->video_bytes - whole;
	return len;
}

/* What a probe needs besides media is the last packet once more, else padding. */
static size_t write_padding(struct tsr_egress *e, struct out *out)
{
	size_t len;

	if (!e->padding || tsr_bwe_probe_due(&e->bwe, out->now) == 0)
		return 0;
	len = tsr_consumer_write(
		e->padding, e->padding->newest_seq, true, out->buf, &out->tail, out->now);
	return len ? len : tsr_consumer_write_padding(e->padding, out->buf, out->now);
}

static size_t write_media(struct tsr_egress *e, struct out *out)
{
	size_t len = write_from(e, &e->audio, out);

	if (len || (e->rtx.n == 0 && e->video.n == 0 && !e->bwe.is_probing))
		return len;
	if (out->now != e->filled)
		fill_purse(e, out->now);
	if (e->purse > 0) {
		e->was_rtx = !e->was_rtx;
		len = write_from(e, e->was_rtx ? &e->rtx : &e->video, out);
		if (len == 0)
			len = write_from(e, e->was_rtx ? &e->video : &e->rtx, out);
		if (len == 0)
			len = write_padding(e, out);
	}
	return len;
}

static void wait_for_purse(struct tsr_egress *e, tsr_time now)
{
	if (e->rtx.n == 0 && e->video.n == 0 && !e->bwe.is_probing)
		return;
	e->is_waiting = true;
	e->router->next_egress = tsr_time_min(e->router->next_egress, now + PACER_STEP);
}

size_t tsr_egress_poll_parts(struct tsr_egress *e, uint8_t *buf, size_t cap, tsr_time now,
	enum tsr_media_kind *kind, struct tsr_slice *tail)
{
	struct out out = { .buf = buf, .now = now };
	size_t len, whole;

	*kind = TSR_MEDIA_RTCP;
	*tail = tsr_slice(NULL, 0);
	if (!e->is_open || cap < TSR_MEDIA_OUT_MAX)
		return 0;
	if (e->has_reports && (len = write_reports(e, buf, cap, now)) != 0) {
		e->sent = now;
		return len;
	}
	*kind = TSR_MEDIA_RTP;
	e->was_numbered = false;
	len = write_media(e, &out);
	if (len == 0) {
		wait_for_purse(e, now);
		return 0;
	}
	e->sent = now;
	*tail = out.tail;
	whole = len + out.tail.len;
	e->purse -= (int64_t)whole;
	e->stats.packets++;
	e->stats.bytes += whole;
	if (e->was_numbered)
		tsr_bwe_handle_sent(&e->bwe, e->numbered, whole, now);
	return len;
}

size_t tsr_egress_poll(
	struct tsr_egress *e, uint8_t *buf, size_t cap, tsr_time now, enum tsr_media_kind *kind)
{
	struct tsr_slice tail;
	size_t len = tsr_egress_poll_parts(e, buf, cap, now, kind, &tail);

	if (len + tail.len > cap)
		return 0;
	if (tail.len)
		memcpy(buf + len, tail.data, tail.len);
	return len + tail.len;
}

void tsr_egress_wake(struct tsr_egress *egress)
{
	tsr_router_activate_egress(egress);
}

/* ---- time ---- */

static void measure(struct tsr_egress *e, tsr_time now)
{
	tsr_time span = now - e->counted_since;

	if (span < TSR_SECOND)
		return;
	e->stats.rate_bps = (uint32_t)((e->stats.bytes - e->counted_bytes) * 8 *
				       (uint64_t)TSR_SECOND / (uint64_t)span);
	e->counted_bytes = e->stats.bytes;
	for (uint32_t i = 0; i < e->n_slots; i++) {
		struct tsr_consumer *c = e->slots[i].consumer;

		if (!c)
			continue;
		c->rate_bps = (uint32_t)((c->n_bytes - c->counted_bytes) * 8 *
					 (uint64_t)TSR_SECOND / (uint64_t)span);
		c->counted_bytes = c->n_bytes;
	}
	e->counted_since = now;
}

static void tick(struct tsr_egress *e, tsr_time now)
{
	e->ticked = now;
	measure(e, now);
	e->has_reports |= now - e->sent >= TSR_PULSE;
	for (uint32_t i = 0; i < e->n_slots; i++) {
		struct tsr_consumer *c = e->slots[i].consumer;

		if (!c)
			continue;
		tsr_consumer_handle_timeout(c, now);
		e->has_reports |= tsr_consumer_is_report_due(c, now);
	}
	if (e->has_reports || e->bwe.is_probing)
		tsr_router_activate_egress(e);
}

void tsr_egress_handle_timeout(struct tsr_egress *e, tsr_time now)
{
	if (!e->is_open)
		return;
	if (e->needs_choice || now - e->chosen >= CHOICE_INTERVAL)
		tsr_egress_choose(e, now);
	tsr_bwe_handle_timeout(&e->bwe, e->wanted_bps, now);
	if (e->bwe.is_probing)
		tsr_router_activate_egress(e);
	if (now - e->ticked >= TSR_TICK)
		tick(e, now);
	if (e->is_waiting) {
		e->is_waiting = false;
		tsr_router_activate_egress(e);
	}
}

/* ---- statistics ---- */

void tsr_egress_stats(const struct tsr_egress *e, struct tsr_egress_stats *out, tsr_time now)
{
	(void)now;
	*out = e->stats;
	out->estimate_bps = (uint32_t)tsr_bwe_estimate(&e->bwe);
	if (e->has_transport_cc)
		out->loss_permille = e->bwe.loss_permille;
	out->queue_ms = (uint32_t)(e->video_bytes * 8000 / pace(e));
}

size_t tsr_egress_consumers(
	const struct tsr_egress *e, struct tsr_consumer_stats *v, size_t cap, tsr_time now)
{
	size_t n = 0;

	(void)now;
	for (uint32_t i = 0; i < e->n_slots; i++) {
		const struct tsr_consumer *c = e->slots[i].consumer;

		if (!c)
			continue;
		if (n < cap) {
			bool is_svc = c->source->config.codec == TSR_CODEC_VP9;

			v[n] = (struct tsr_consumer_stats){ .source = c->config.source,
				.is_on = c->source->is_audio ? c->wants.is_on : c->encoding >= 0,
				.spatial = is_svc ? c->spatial
						  : (uint8_t)(c->encoding > 0 ? c->encoding : 0),
				.temporal = c->temporal,
				.reason = c->wants.is_on ? c->reason : TSR_CONSUMER_OFF,
				.packets = c->n_packets,
				.bytes = c->n_bytes,
				.rate_bps = c->rate_bps };
		}
		n++;
	}
	return n;
}
