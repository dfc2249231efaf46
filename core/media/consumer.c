/* SPDX-License-Identifier: Apache-2.0 */
/* One stream as one receiver gets it: which packets of the source pass, and what of them has to be
 * rewritten so that the receiver sees one stream without a seam. */
#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"
#include "core/media/rtcp.h"
#include "core/media/state.h"

enum { WINDOW_AUDIO = 128, WINDOW_VIDEO = 512, REPLAY_MAX = 64 * 1024 };
enum { BEGAN_MAX = 0x4000 /* numbers wrap: what is further back is not kept any more */ };
enum { HOLES_MAX = 32 /* after a key frame nobody asks for long for what was before it */ };
enum { VIDEO_CLOCK = 90, AUDIO_CLOCK = 48 /* per ms */ };
#define REPLAY_AGE (2 * TSR_SECOND)
#define REPORT_VIDEO (2 * TSR_SECOND)
#define REPORT_AUDIO (4 * TSR_SECOND)
#define RESEND_AFTER_MS 20
/* A member may have a key frame of one video each: */
#define KEY_EACH (4 * TSR_SECOND)
#define KEY_BURST 6 /* and so many more at once */

/* ---- header ---- */

static uint8_t *put_element(struct tsr_consumer *c, uint8_t *at, uint8_t id, const void *value,
	size_t len, uint8_t *place)
{
	if (id == 0 || len == 0)
		return at;
	*at++ = (uint8_t)(id << 4 | (len - 1));
	if (place)
		*place = (uint8_t)(at - c->header);
	memcpy(at, value, len);
	return at + len;
}

static void build_header(struct tsr_consumer *c)
{
	static const uint8_t zeros[3];
	const struct tsr_consumer_config *config = &c->config;
	const struct tsr_rtp_ids *ids = &config->ids;
	uint8_t *start = c->header + TSR_RTP_HEADER_LEN + 4, *at = start;

	c->header[0] = 0x80;
	tsr_put_u32(c->header + 8, config->ssrc);
	at = put_element(c, at, ids->mid, config->mid, strlen(config->mid), NULL);
	at = put_element(c, at, ids->abs_send_time, zeros, 3, &c->time_at);
	at = put_element(c, at, ids->transport_cc, zeros, 2, &c->transport_at);
	if (c->source->is_audio)
		at = put_element(c, at, ids->audio_level, zeros, 1, &c->level_at);
	c->header_len = TSR_RTP_HEADER_LEN;
	if (at == start)
		return;
	while ((at - start) % 4)
		*at++ = 0;
	c->header[0] |= 0x10;
	tsr_put_u16(c->header + TSR_RTP_HEADER_LEN, 0xbede);
	tsr_put_u16(c->header + TSR_RTP_HEADER_LEN + 2, (uint16_t)((at - start) / 4));
	c->header_len = (uint8_t)(at - c->header);
}

static bool are_ids(const struct tsr_rtp_ids *ids)
{
	return ids->mid < 15 && ids->abs_send_time < 15 && ids->transport_cc < 15 &&
	       ids->audio_level < 15;
}

/* With its tables, of which it has two or three. */
static struct tsr_consumer *allocate(size_t window, bool has_pictures)
{
	size_t n_slots = has_pictures ? 2 * window : window;
	struct tsr_consumer *c = calloc(1, sizeof(*c) + window * sizeof(struct tsr_sent) +
						   n_slots * sizeof(struct tsr_remap_slot));

	if (!c)
		return NULL;
	c->sent = (struct tsr_sent *)(c + 1);
	c->sent_mask = (uint16_t)(window - 1);
	return c;
}

static void init_maps(struct tsr_consumer *c, bool has_pictures, uint64_t random)
{
	uint16_t window = (uint16_t)(c->sent_mask + 1);
	struct tsr_remap_slot *slots = (struct tsr_remap_slot *)(c->sent + window);

	/* Below 2^15, so that the first wrap is not near (RFC 3711 3.3.1). */
	tsr_remap_init(&c->packets, slots, window, (uint16_t)(random & 0x7fff));
	c->rtx_seq = (uint16_t)(random >> 16 & 0x7fff);
	c->ts_offset = (uint32_t)(random >> 32);
	c->last_out_picture = (uint16_t)(random >> 48 & 0x7fff);
	if (!has_pictures)
		return;
	c->pictures = &c->of_pictures;
	tsr_remap_init(c->pictures, slots + window, window, c->last_out_picture);
}

int tsr_consumer_create(struct tsr_consumer **out, struct tsr_egress *egress,
	struct tsr_source *source, const struct tsr_consumer_config *config, uint64_t random)
{
	bool has_pictures = source->config.codec == TSR_CODEC_VP8;
	struct tsr_consumer *c;

	*out = NULL;
	if (config->pt > 127 || config->rtx_pt > 127 || config->ssrc == 0 ||
		(config->rtx_pt && config->rtx_ssrc == 0) || !are_ids(&config->ids))
		return TSR_ERR_RANGE;
	c = allocate(source->is_audio ? WINDOW_AUDIO : WINDOW_VIDEO, has_pictures);
	if (!c)
		return TSR_ERR_NOMEM;
	tsr_list_init(&c->source_link);
	c->egress = egress;
	c->source = source;
	c->config = *config;
	c->encoding = c->target = -1;
	init_maps(c, has_pictures, random);
	build_header(c);
	tsr_list_append(&source->consumers, &c->source_link);
	*out = c;
	return 0;
}

void tsr_consumer_destroy(struct tsr_consumer *c)
{
	if (!c)
		return;
	tsr_egress_forget(c->egress, c);
	tsr_list_remove(&c->source_link);
	free(c);
}

/* ---- forwarding ---- */

static void put(struct tsr_consumer *c, const struct tsr_parcel *p, uint16_t seq, uint16_t picture,
	uint8_t flags)
{
	struct tsr_sent *sent = &c->sent[seq & c->sent_mask];

	*sent = (struct tsr_sent){ .index = p->index,
		.ts = flags & TSR_SENT_EMPTY ? c->last_ts : p->ts + c->ts_offset,
		.seq = seq,
		.picture = picture,
		.tl0 = (uint8_t)(p->tl0 + c->tl0_offset),
		.encoding = p->encoding & 15,
		.flags = (uint8_t)(TSR_SENT_VALID | flags) & 15 };
	if (!c->has_sent || (int16_t)(seq - c->newest_seq) > 0)
		c->newest_seq = seq;
	if ((uint16_t)(c->newest_seq - c->began_seq) > BEGAN_MAX)
		c->began_seq = (uint16_t)(c->newest_seq - BEGAN_MAX);
	c->has_sent = true;
	(void)tsr_egress_enqueue(c->egress, c, seq, p->len + c->header_len, false);
}

/* A frame must not carry a time before the one that was shown last: two encodings may be apart by a
 * little, and a switch may show the same moment again. */
static void keep_time_forward(struct tsr_consumer *c, const struct tsr_parcel *p)
{
	uint32_t step = c->source->is_audio ? 1 : VIDEO_CLOCK;

	if (c->has_sent && p->ts == c->last_in_ts)
		return;
	if (c->has_sent && !tsr_is_after(p->ts + c->ts_offset, c->last_ts))
		c->ts_offset = c->last_ts + step - p->ts;
	c->last_in_ts = p->ts;
	c->last_ts = p->ts + c->ts_offset;
}

static void handle_audio(struct tsr_consumer *c, const struct tsr_parcel *p)
{
	bool is_new;
	uint16_t seq;

	if (!c->has_begun || c->source_generation != p->generation) {
		tsr_remap_restart(&c->packets, p->index);
		c->has_begun = true;
		c->source_generation = p->generation;
	}
	is_new = tsr_is_after(p->index, c->packets.newest);
	switch (tsr_remap_pass(&c->packets, p->index, &seq)) {
	case TSR_REMAP_NEW:
		break;
	case TSR_REMAP_BROKEN:
		c->has_begun = false;
		return;
	default:
		return;
	}
	if (is_new)
		keep_time_forward(c, p);
	put(c, p, seq, 0, p->flags & TSR_PARCEL_MARKER ? TSR_SENT_MARKER : 0);
}

/* VP8: what a picture was decided to be goes for all its packets. A temporal layer is added where
 * the stream says that it may (Y), one at a time, and left at once. */
static bool passes_vp8(struct tsr_consumer *c, const struct tsr_parcel *p)
{
	if (p->picture_len && !tsr_is_after(p->picture, c->pictures->newest))
		return !tsr_remap_is_dropped(c->pictures, p->picture);
	if (!tsr_is_after(p->index, c->packets.newest))
		return p->temporal <= c->temporal;
	if (p->flags & TSR_PARCEL_KEY || c->target_temporal < c->temporal)
		c->temporal = c->target_temporal;
	else if (p->flags & TSR_PARCEL_SYNC && p->temporal == c->temporal + 1 &&
		 p->temporal <= c->target_temporal)
		c->temporal = p->temporal;
	return p->temporal <= c->temporal;
}

static bool is_within(const struct tsr_parcel *p, uint8_t spatial, uint8_t temporal)
{
	return p->spatial <= spatial && p->temporal <= temporal;
}

/* VP9: layers are left where a picture begins; a spatial one is added where its frame needs no
 * earlier picture, temporal ones after a picture that says so (U). */
static void move_limits(struct tsr_consumer *c, const struct tsr_parcel *p)
{
	if (p->picture_len ? tsr_is_after(p->picture, c->last_picture)
			   : p->flags & TSR_PARCEL_START && p->spatial == 0) {
		c->last_picture = p->picture;
		if (c->target_spatial < c->spatial)
			c->spatial = c->target_spatial;
		if (p->flags & TSR_PARCEL_KEY || c->target_temporal < c->temporal)
			c->temporal = c->target_temporal;
		else if (c->next_temporal > c->temporal)
			c->temporal = c->next_temporal;
		c->next_temporal = 0;
	}
	if (p->flags & TSR_PARCEL_START && p->flags & TSR_PARCEL_INTRA &&
		p->spatial == c->spatial + 1 && p->spatial <= c->target_spatial)
		c->spatial = p->spatial;
	if (p->flags & TSR_PARCEL_SYNC && p->temporal <= c->temporal)
		c->next_temporal = c->target_temporal;
}

static bool passes_vp9(struct tsr_consumer *c, const struct tsr_parcel *p)
{
	uint8_t spatial = c->spatial, temporal = c->temporal;

	if (!tsr_is_after(p->index, c->packets.newest))
		return tsr_is_after(c->limits_since, p->index)
			       ? is_within(p, c->old_spatial, c->old_temporal)
			       : is_within(p, spatial, temporal);
	move_limits(c, p);
	if (c->spatial != spatial || c->temporal != temporal) {
		c->old_spatial = spatial;
		c->old_temporal = temporal;
		c->limits_since = p->index;
	}
	return is_within(p, c->spatial, c->temporal);
}

static void drop(struct tsr_consumer *c, const struct tsr_parcel *p)
{
	uint16_t seq, picture;

	if (tsr_remap_drop(&c->packets, p->index, &seq))
		put(c, p, seq, 0, TSR_SENT_EMPTY);
	if (c->pictures && p->picture_len)
		(void)tsr_remap_drop(c->pictures, p->picture, &picture);
}

static uint16_t map_picture(struct tsr_consumer *c, const struct tsr_parcel *p)
{
	uint16_t picture = 0;

	if (!c->pictures) {
		c->last_out_picture = (uint16_t)(p->picture + c->picture_offset);
		return c->last_out_picture;
	}
	if (p->picture_len &&
		tsr_remap_pass(c->pictures, p->picture, &picture) == TSR_REMAP_BROKEN) {
		tsr_remap_restart(c->pictures, p->picture);
		(void)tsr_remap_pass(c->pictures, p->picture, &picture);
	}
	return picture;
}

static void forward(struct tsr_consumer *c, const struct tsr_parcel *p)
{
	bool is_new = tsr_is_after(p->index, c->packets.newest), is_last;
	uint16_t seq;

	if (p->len == 0 || !(c->pictures ? passes_vp8(c, p) : passes_vp9(c, p))) {
		drop(c, p);
		return;
	}
	switch (tsr_remap_pass(&c->packets, p->index, &seq)) {
	case TSR_REMAP_NEW:
		break;
	case TSR_REMAP_BROKEN:
		tsr_consumer_suspend(c);
		return;
	default:
		return;
	}
	if (is_new) {
		keep_time_forward(c, p);
		c->last_tl0 = (uint8_t)(p->tl0 + c->tl0_offset);
	}
	is_last = p->flags & TSR_PARCEL_MARKER ||
		  (p->flags & TSR_PARCEL_END && p->spatial == c->spatial);
	put(c, p, seq, map_picture(c, p), is_last ? TSR_SENT_MARKER : 0);
}

/* What was missing before a switch never comes; the receiver shall not ask for it. */
static void fill_holes(struct tsr_consumer *c)
{
	const struct tsr_parcel nothing = { .encoding = 0 };
	uint16_t seqs[HOLES_MAX];
	size_t n = c->has_sent ? tsr_remap_release(&c->packets, seqs, HOLES_MAX) : 0;

	for (size_t i = 0; i < n; i++)
		put(c, &nothing, seqs[i], 0, TSR_SENT_EMPTY);
}

/* Begins an encoding at its key frame, with what has come since. */
static void begin(struct tsr_consumer *c, int8_t encoding, uint32_t key, tsr_time now)
{
	const struct tsr_track *track = &c->source->tracks[encoding];
	const struct tsr_parcel *p = tsr_track_find(track, key);

	(void)now;
	if (!p)
		return;
	fill_holes(c);
	c->began_seq = c->packets.next;
	c->encoding = encoding;
	c->source_generation = p->generation;
	tsr_remap_restart(&c->packets, key);
	if (c->pictures)
		tsr_remap_restart(c->pictures, p->picture);
	else
		c->picture_offset = (uint16_t)(c->last_out_picture + 1 - p->picture);
	c->last_picture = p->picture - 1;
	c->last_in_ts = p->ts - 1; /* another frame, though it be of the same moment */
	c->tl0_offset = (uint8_t)(c->last_tl0 + 1 - p->tl0);
	c->temporal = c->target_temporal;
	c->next_temporal = c->spatial = 0;
	c->limits_since = key;
	for (uint32_t i = key; c->encoding >= 0 && !tsr_is_after(i, track->newest); i++)
		if ((p = tsr_track_find(track, i)))
			forward(c, p);
}

static void handle_video(struct tsr_consumer *c, const struct tsr_parcel *p, tsr_time now)
{
	bool is_begin = (p->flags & TSR_PARCEL_START) && p->spatial == 0;

	if (c->encoding == (int8_t)p->encoding) {
		if (c->source_generation != p->generation)
			tsr_consumer_suspend(c);
		else if (is_begin && tsr_egress_is_full(c->egress))
			tsr_consumer_suspend(c);
		else
			forward(c, p);
		if (c->encoding >= 0)
			return;
	}
	if (c->target == (int8_t)p->encoding && p->flags & TSR_PARCEL_KEY &&
		!tsr_egress_is_full(c->egress))
		begin(c, (int8_t)p->encoding, p->index, now);
}

void tsr_consumer_handle_parcel(struct tsr_consumer *c, const struct tsr_parcel *p, tsr_time now)
{
	if (!c->egress->is_open || !c->wants.is_on)
		return;
	if (c->source->is_audio)
		handle_audio(c, p);
	else
		handle_video(c, p, now);
}

/* ---- choice ---- */

void tsr_consumer_set_wants(
	struct tsr_consumer *c, const struct tsr_consumer_wants *wants, tsr_time now)
{
	if (wants->is_on && !c->wants.is_on && !tsr_consumer_may_ask(c, now))
		c->key_not_before = now + KEY_EACH;
	c->wants = *wants;
}

void tsr_consumer_suspend(struct tsr_consumer *c)
{
	c->encoding = -1;
	c->egress->stats.dropped++;
}

static bool is_waiting(const struct tsr_consumer *c)
{
	return c->target >= 0 && (c->encoding != c->target || c->spatial < c->target_spatial);
}

/* Who sees nothing yet may begin with the last key frame, if it is recent and not much came since.
 */
static bool try_replay(struct tsr_consumer *c, tsr_time now)
{
	const struct tsr_track *track = &c->source->tracks[c->target];
	const struct tsr_parcel *p;

	if (c->encoding >= 0 || !track->has_parcel || !track->has_key ||
		track->since_key > REPLAY_MAX || now - track->key_arrived > REPLAY_AGE ||
		track->newest - track->key > track->mask || tsr_egress_is_full(c->egress))
		return false;
	p = tsr_track_find(track, track->key);
	if (!p || (c->has_sent && !tsr_is_after(p->ts + c->ts_offset, c->last_ts)))
		return false;
	begin(c, c->target, track->key, now);
	return true;
}

static bool is_svc(const struct tsr_consumer *c)
{
	return c->source->config.codec == TSR_CODEC_VP9;
}

int tsr_consumer_option(const struct tsr_consumer *c)
{
	int spatial = is_svc(c) ? c->target_spatial : c->target, found = -1;

	for (int i = 0; c->target >= 0 && i < c->source->n_options; i++) {
		const struct tsr_layer_option *o = &c->source->options[i];

		if (o->spatial < spatial ||
			(o->spatial == spatial && o->temporal <= c->target_temporal))
			found = i;
	}
	return found;
}

void tsr_consumer_choose(
	struct tsr_consumer *c, const struct tsr_layer_option *o, bool is_urgent, tsr_time now)
{
	if (!o) {
		c->target = c->encoding = -1;
		c->has_begun = false;
		return;
	}
	c->target = is_svc(c) ? 0 : (int8_t)o->spatial;
	c->target_spatial = is_svc(c) ? o->spatial : 0;
	c->target_temporal = o->temporal;
	if (is_urgent && c->target < c->encoding)
		c->encoding = -1;
	tsr_consumer_handle_timeout(c, now);
}

bool tsr_consumer_may_ask(struct tsr_consumer *c, tsr_time now)
{
	if (c->key_due < now)
		c->key_due = now;
	if (c->key_due - now > KEY_BURST * KEY_EACH)
		return false;
	c->key_due += KEY_EACH;
	return true;
}

void tsr_consumer_handle_timeout(struct tsr_consumer *c, tsr_time now)
{
	if (!c->egress->is_open || !is_waiting(c) || try_replay(c, now) ||
		tsr_egress_is_full(c->egress) || now < c->key_not_before)
		return;
	tsr_source_request_key(c->source, (uint8_t)c->target, now);
}

/* ---- packets ---- */

static void write_picture(const struct tsr_sent *sent, const struct tsr_parcel *p, uint8_t *payload)
{
	if (p->picture_len == 2)
		tsr_put_u16(payload + p->picture_at, (uint16_t)(0x8000 | (sent->picture & 0x7fff)));
	else if (p->picture_len == 1)
		payload[p->picture_at] = sent->picture & 0x7f;
	if (p->tl0_at)
		payload[p->tl0_at] = sent->tl0;
}

/* 24 bits of seconds, 18 of them after the point. */
static uint32_t send_time(tsr_time now)
{
	return (uint32_t)(((uint64_t)now << 18) / (uint64_t)TSR_SECOND) & 0xffffff;
}

static void write_extensions(struct tsr_consumer *c, const struct tsr_parcel *p, uint8_t *buf,
	uint16_t number, tsr_time now)
{
	if (c->time_at) {
		uint32_t time = send_time(now);

		buf[c->time_at] = (uint8_t)(time >> 16);
		tsr_put_u16(buf + c->time_at + 1, (uint16_t)time);
	}
	if (c->transport_at)
		tsr_put_u16(buf + c->transport_at, number);
	if (c->level_at && p)
		buf[c->level_at] = (uint8_t)((p->flags & TSR_PARCEL_VOICE ? 0x80 : 0) |
					     (p->flags & TSR_PARCEL_LEVEL ? p->level : 127));
}

/* Transport-wide; sound that goes once more keeps its own, since SRTP wants the same packet. */
static uint16_t number_of(struct tsr_consumer *c, struct tsr_sent *sent, bool is_repeated)
{
	if (!c->transport_at)
		return 0;
	if (is_repeated) {
		tsr_bwe_handle_repeated(&c->egress->bwe, sent->picture);
		return sent->picture;
	}
	if (c->source->is_audio)
		return sent->picture = tsr_egress_number(c->egress);
	return tsr_egress_number(c->egress);
}

static struct tsr_sent *find_sent(struct tsr_consumer *c, uint16_t seq)
{
	struct tsr_sent *sent = &c->sent[seq & c->sent_mask];

	return sent->flags & TSR_SENT_VALID && sent->seq == seq ? sent : NULL;
}

/* The payload from where nothing more is rewritten. */
static size_t rewrite_payload(const struct tsr_sent *sent, const struct tsr_parcel *p, uint8_t *at)
{
	size_t len = p->picture_len ? p->picture_at + (size_t)p->picture_len : 0;

	if (p->tl0_at)
		len = p->tl0_at + 1u;
	memcpy(at, p->payload, len);
	write_picture(sent, p, at);
	return len;
}

size_t tsr_consumer_write(struct tsr_consumer *c, uint16_t seq, bool is_rtx, uint8_t *buf,
	struct tsr_slice *tail, tsr_time now)
{
	struct tsr_sent *sent = find_sent(c, seq);
	const struct tsr_parcel *p = NULL;
	size_t len = c->header_len, n;
	bool is_repeated;

	*tail = tsr_slice(NULL, 0);
	if (!sent)
		return 0;
	is_repeated = c->source->is_audio && sent->flags & TSR_SENT_OUT;
	if (!(sent->flags & TSR_SENT_EMPTY) &&
		!(p = tsr_track_find(&c->source->tracks[sent->encoding], sent->index))) {
		if (sent->flags & TSR_SENT_OUT)
			return 0;
		/* Muted while it waited: its number is not missed by anybody. */
		sent->flags = (sent->flags | TSR_SENT_EMPTY) & ~TSR_SENT_MARKER & 15;
	}
	memcpy(buf, c->header, c->header_len);
	buf[1] = (uint8_t)((sent->flags & TSR_SENT_MARKER ? 0x80 : 0) |
			   (is_rtx ? c->config.rtx_pt : c->config.pt));
	tsr_put_u16(buf + 2, is_rtx ? c->rtx_seq++ : seq);
	tsr_put_u32(buf + 4, sent->ts);
	write_extensions(c, p, buf, number_of(c, sent, is_repeated), now);
	if (is_rtx) { /* RFC 4588: the original's number before its payload */
		tsr_put_u32(buf + 8, c->config.rtx_ssrc);
		tsr_put_u16(buf + len, seq);
		len += 2;
	} else if (is_repeated) {
		c->egress->stats.resent++;
	} else {
		sent->flags |= TSR_SENT_OUT;
		c->n_packets++;
		c->n_bytes += p ? p->len : 0;
	}
	if (!p) {
		buf[0] |= 0x20; /* nothing but one byte of padding */
		buf[len++] = 1;
		return len;
	}
	n = rewrite_payload(sent, p, buf + len);
	*tail = tsr_slice(p->payload + n, p->len - n);
	return len + n;
}

size_t tsr_consumer_write_padding(struct tsr_consumer *c, uint8_t *buf, tsr_time now)
{
	memcpy(buf, c->header, c->header_len);
	buf[0] |= 0x20;
	buf[1] = c->config.rtx_pt;
	tsr_put_u16(buf + 2, c->rtx_seq++);
	tsr_put_u32(buf + 4, c->last_ts);
	tsr_put_u32(buf + 8, c->config.rtx_ssrc);
	write_extensions(c, NULL, buf, c->transport_at ? tsr_egress_number(c->egress) : 0, now);
	memset(buf + c->header_len, 0, UINT8_MAX);
	buf[c->header_len + UINT8_MAX - 1] = UINT8_MAX;
	return c->header_len + (size_t)UINT8_MAX;
}

/* Video by RTX; sound, for which browsers have none, as the very same packet, which it is not where
 * it says when it was sent. */
static bool can_resend(const struct tsr_consumer *c)
{
	return c->source->is_audio ? !c->time_at : c->config.rtx_pt != 0;
}

bool tsr_consumer_may_resend(struct tsr_consumer *c, uint16_t seq, tsr_time now)
{
	struct tsr_sent *sent = find_sent(c, seq);
	uint16_t ms = (uint16_t)(now / TSR_MS | 1);

	if (!sent || !can_resend(c) || !(sent->flags & TSR_SENT_OUT) ||
		(sent->resent_ms && (uint16_t)(ms - sent->resent_ms) < RESEND_AFTER_MS))
		return false;
	sent->resent_ms = ms;
	/* Before a switch: answered, so that it is not asked for again, but with nothing. */
	if (!c->source->is_audio && (int16_t)(seq - c->began_seq) < 0)
		sent->flags = (sent->flags | TSR_SENT_EMPTY) & ~TSR_SENT_MARKER & 15;
	return true;
}

bool tsr_consumer_is_report_due(const struct tsr_consumer *c, tsr_time now)
{
	tsr_time interval = c->source->is_audio ? REPORT_AUDIO : REPORT_VIDEO;

	return c->n_packets && c->source->sr_ntp && (!c->reported || now - c->reported >= interval);
}

/* 32 bits of seconds, 32 after the point; a producer may not have reported for hours. */
static uint64_t ntp_span(tsr_time span)
{
	uint64_t us = (uint64_t)span, second = (uint64_t)TSR_SECOND;

	return us / second << 32 | (us % second << 32) / second;
}

/* On the sender's own clock, so that picture and sound of one member, which come with different
 * delays, are aligned by the receiver as they were taken. */
void tsr_consumer_write_report(struct tsr_consumer *c, struct tsr_writer *wr, tsr_time now)
{
	const struct tsr_source *source = c->source;
	tsr_time since = now - source->sr_at;
	struct tsr_rtcp_sr sr = { .ssrc = c->config.ssrc,
		.ntp = source->sr_ntp + ntp_span(since),
		.ts = source->sr_ts + c->ts_offset +
		      (uint32_t)(since * (source->is_audio ? AUDIO_CLOCK : VIDEO_CLOCK) / TSR_MS),
		.packets = (uint32_t)c->n_packets,
		.octets = (uint32_t)c->n_bytes };

	tsr_rtcp_write_sr(wr, &sr);
	tsr_rtcp_write_cname(wr, c->config.ssrc, c->config.cname);
	c->reported = now;
	c->lsr[1] = c->lsr[0];
	c->lsr_at[1] = c->lsr_at[0];
	c->lsr[0] = (uint32_t)(sr.ntp >> 16);
	c->lsr_at[0] = now;
}
