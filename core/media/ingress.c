/* SPDX-License-Identifier: Apache-2.0 */
/* One member's sending transport: whose packet is this, is it new, what is it, what is missing; and
 * what the sender is told. */
#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"
#include "core/media/inlet.h"
#include "core/media/rtcp.h"
#include "core/media/state.h"
#include "core/media/vp8.h"
#include "core/media/vp9.h"

enum { REPORTS_MAX = 31, NACKS_MAX = 64, VIDEO_CLOCK = 90, AUDIO_CLOCK = 48 /* per ms */ };
#define REPORT_INTERVAL TSR_SECOND
#define REBIND_AFTER TSR_SECOND /* an encoding's SSRC may change when the old one is silent */

struct tsr_ingress *tsr_router_add_ingress(struct tsr_router *router, void *user)
{
	struct tsr_ingress *in = calloc(1, sizeof(*in));

	if (!in)
		return NULL;
	tsr_list_init(&in->active);
	tsr_list_init(&in->producers);
	in->router = router;
	in->user = user;
	in->ssrc = (uint32_t)tsr_router_random(router) | 1;
	in->reported = in->counted_since = router->ticked;
	tsr_list_append(&router->ingresses, &in->link);
	return in;
}

void *tsr_ingress_user(const struct tsr_ingress *ingress)
{
	return ingress->user;
}

static void destroy_producer(struct tsr_producer *producer)
{
	struct tsr_ingress *in = producer->ingress;
	uint32_t kept = 0;

	for (uint32_t i = 0; i < in->n_bindings; i++)
		if (in->bindings[i].producer != producer)
			in->bindings[kept++] = in->bindings[i];
	in->n_bindings = kept;
	in->newest_binding = 0;
	in->n_producers--;
	tsr_list_remove(&producer->link);
	free(producer);
}

void tsr_ingress_destroy(struct tsr_ingress *in)
{
	tsr_list_each (link, next, &in->producers)
		destroy_producer(tsr_list_entry(link, struct tsr_producer, link));
	tsr_list_remove(&in->active);
	tsr_list_remove(&in->link);
	free(in);
}

void tsr_router_remove_ingress(struct tsr_router *router, struct tsr_ingress *ingress)
{
	(void)router;
	tsr_ingress_destroy(ingress);
}

/* ---- producers ---- */

struct tsr_producer *tsr_ingress_find(const struct tsr_ingress *in, struct tsr_stream_id id)
{
	tsr_list_each (link, next, &in->producers) {
		struct tsr_producer *producer = tsr_list_entry(link, struct tsr_producer, link);

		if (producer->config.id.v == id.v)
			return producer;
	}
	return NULL;
}

static struct tsr_binding *find_binding(struct tsr_ingress *in, uint32_t ssrc)
{
	if (in->n_bindings && in->bindings[in->newest_binding].ssrc == ssrc)
		return &in->bindings[in->newest_binding];
	for (uint32_t i = 0; i < in->n_bindings; i++)
		if (in->bindings[i].ssrc == ssrc) {
			in->newest_binding = i;
			return &in->bindings[i];
		}
	return NULL;
}

static void unbind(struct tsr_ingress *in, uint32_t ssrc)
{
	struct tsr_binding *binding = ssrc ? find_binding(in, ssrc) : NULL;

	if (binding)
		*binding = in->bindings[--in->n_bindings];
	in->newest_binding = 0;
}

static struct tsr_binding *bind_ssrc(struct tsr_ingress *in, struct tsr_producer *producer,
	uint8_t encoding, bool is_rtx, uint32_t ssrc)
{
	struct tsr_inlet *inlet = &producer->inlets[encoding];
	struct tsr_binding *binding;

	unbind(in, is_rtx ? inlet->rtx_ssrc : inlet->ssrc);
	if (in->n_bindings == TSR_BINDINGS_MAX)
		return NULL;
	*(is_rtx ? &inlet->rtx_ssrc : &inlet->ssrc) = ssrc;
	binding = &in->bindings[in->n_bindings++];
	*binding = (struct tsr_binding){
		.ssrc = ssrc, .is_rtx = is_rtx, .encoding = encoding, .producer = producer
	};
	return binding;
}

static bool merge_id(uint8_t *mine, uint8_t theirs)
{
	if (theirs > 14 || (*mine && theirs && *mine != theirs))
		return false;
	if (theirs)
		*mine = theirs;
	return true;
}

static bool merge_ids(struct tsr_rtp_ids *ids, const struct tsr_rtp_ids *more)
{
	uint16_t seen = 0;

	if (!merge_id(&ids->mid, more->mid) || !merge_id(&ids->rid, more->rid) ||
		!merge_id(&ids->repaired_rid, more->repaired_rid) ||
		!merge_id(&ids->audio_level, more->audio_level) ||
		!merge_id(&ids->abs_send_time, more->abs_send_time) ||
		!merge_id(&ids->transport_cc, more->transport_cc))
		return false;
	const uint8_t all[] = { ids->mid, ids->rid, ids->repaired_rid, ids->audio_level,
		ids->abs_send_time, ids->transport_cc };

	for (size_t i = 0; i < sizeof(all); i++) {
		if (all[i] && seen >> all[i] & 1)
			return false;
		seen |= (uint16_t)(1u << all[i]);
	}
	return true;
}

static int check(struct tsr_ingress *in, const struct tsr_producer_config *config)
{
	if (config->n_encodings < 1 || config->n_encodings > TSR_MEDIA_ENCODINGS_MAX ||
		config->codec < TSR_CODEC_OPUS || config->codec > TSR_CODEC_VP9 ||
		config->pt > 127 || config->rtx_pt > 127 || config->pt == config->rtx_pt)
		return TSR_ERR_RANGE;
	if (in->n_producers == TSR_MEDIA_PRODUCERS_MAX)
		return TSR_ERR_FULL;
	tsr_list_each (link, next, &in->producers) {
		const struct tsr_producer_config *other =
			&tsr_list_entry(link, struct tsr_producer, link)->config;

		if (other->id.v == config->id.v ||
			(config->mid[0] && strcmp(other->mid, config->mid) == 0))
			return TSR_ERR_BUSY;
	}
	for (unsigned i = 0; i < config->n_encodings; i++) {
		const struct tsr_media_encoding *e = &config->encodings[i];

		if ((e->ssrc && (find_binding(in, e->ssrc) || e->ssrc == e->rtx_ssrc)) ||
			(e->rtx_ssrc && find_binding(in, e->rtx_ssrc)))
			return TSR_ERR_BUSY;
		for (unsigned k = 0; k < i; k++) {
			const struct tsr_media_encoding *o = &config->encodings[k];

			if ((e->ssrc && (e->ssrc == o->ssrc || e->ssrc == o->rtx_ssrc)) ||
				(e->rtx_ssrc &&
					(e->rtx_ssrc == o->ssrc || e->rtx_ssrc == o->rtx_ssrc)))
				return TSR_ERR_BUSY;
		}
	}
	return 0;
}

int tsr_ingress_add_producer(struct tsr_ingress *in, const struct tsr_producer_config *config)
{
	struct tsr_rtp_ids ids = in->ids;
	struct tsr_producer *producer;
	int r = check(in, config);

	if (r != 0)
		return r;
	if (!merge_ids(&ids, &config->ids))
		return TSR_ERR_RANGE;
	producer = calloc(1, sizeof(*producer) + config->n_encodings * sizeof(producer->inlets[0]));
	if (!producer)
		return TSR_ERR_NOMEM;
	producer->config = *config;
	producer->ingress = in;
	producer->is_paused = config->is_paused;
	tsr_list_append(&in->producers, &producer->link);
	in->n_producers++;
	in->ids = ids;
	for (uint8_t i = 0; i < config->n_encodings; i++) {
		tsr_nack_init(&producer->inlets[i].nack);
		producer->inlets[i].asked = -TSR_MINUTE;
		if (config->encodings[i].ssrc)
			(void)bind_ssrc(in, producer, i, false, config->encodings[i].ssrc);
		if (config->encodings[i].rtx_ssrc && config->rtx_pt)
			(void)bind_ssrc(in, producer, i, true, config->encodings[i].rtx_ssrc);
	}
	return 0;
}

void tsr_ingress_remove_producer(struct tsr_ingress *in, struct tsr_stream_id id)
{
	struct tsr_producer *producer = tsr_ingress_find(in, id);

	if (producer)
		destroy_producer(producer);
}

void tsr_ingress_set_paused(struct tsr_ingress *in, struct tsr_stream_id id, bool is_paused)
{
	struct tsr_producer *producer = tsr_ingress_find(in, id);

	if (!producer || producer->is_paused == is_paused)
		return;
	producer->is_paused = is_paused;
	/* What comes next is not the continuation of what went before, and what is under way still
	 * was said while nobody should hear it. */
	for (uint8_t i = 0; !is_paused && i < producer->config.n_encodings; i++) {
		struct tsr_inlet *inlet = &producer->inlets[i];

		inlet->generation++;
		inlet->has_floor = inlet->has_heard;
		inlet->floor = inlet->nack.newest;
		tsr_nack_give_up(&inlet->nack);
		if (producer->config.codec != TSR_CODEC_OPUS)
			tsr_producer_request_key(producer, i, in->router->ticked);
	}
}

void tsr_producer_request_key(struct tsr_producer *producer, uint8_t encoding, tsr_time now)
{
	struct tsr_inlet *inlet;

	if (encoding >= producer->config.n_encodings || producer->config.codec == TSR_CODEC_OPUS)
		return;
	inlet = &producer->inlets[encoding];
	if (!inlet->ssrc || producer->is_paused)
		return;
	inlet->needs_key = true;
	if (now - inlet->asked >= TSR_KEY_INTERVAL)
		tsr_router_activate_ingress(producer->ingress);
}

/* ---- whose packet is it (RFC 9143 9.2, RFC 8852 3) ---- */

static bool is_name(struct tsr_slice name, const char *text)
{
	return text[0] && tsr_slice_equal(name, tsr_slice_str(text));
}

static struct tsr_producer *find_mid(const struct tsr_ingress *in, struct tsr_slice mid)
{
	tsr_list_each (link, next, &in->producers) {
		struct tsr_producer *producer = tsr_list_entry(link, struct tsr_producer, link);

		if (is_name(mid, producer->config.mid))
			return producer;
	}
	return NULL;
}

static int find_rid(const struct tsr_producer *producer, struct tsr_slice rid)
{
	if (rid.len == 0)
		return producer->config.n_encodings == 1 ? 0 : -1;
	for (int i = 0; i < producer->config.n_encodings; i++)
		if (is_name(rid, producer->config.encodings[i].rid))
			return i;
	return -1;
}

/* An SSRC not heard before says by its names what it is. One that belongs to an encoding which is
 * alive under another SSRC is refused. */
static struct tsr_binding *latch(struct tsr_ingress *in, const struct tsr_rtp *rtp,
	const struct tsr_rtp_extensions *ext, tsr_time now)
{
	struct tsr_producer *producer = find_mid(in, ext->mid);
	struct tsr_inlet *inlet;
	bool is_rtx;
	int i;

	if (!producer)
		return NULL;
	is_rtx = producer->config.rtx_pt && rtp->pt == producer->config.rtx_pt;
	if (!is_rtx && rtp->pt != producer->config.pt)
		return NULL;
	i = find_rid(producer, is_rtx && ext->repaired_rid.len ? ext->repaired_rid : ext->rid);
	if (i < 0)
		return NULL;
	inlet = &producer->inlets[i];
	if (is_rtx ? inlet->rtx_ssrc != 0 && now - inlet->heard < REBIND_AFTER
		   : inlet->has_heard && now - inlet->heard < REBIND_AFTER)
		return NULL;
	if (!is_rtx && inlet->has_heard) {
		inlet->is_restarted = true;
		inlet->has_floor = false;
		tsr_nack_init(&inlet->nack);
		inlet->expected_prior = inlet->received_prior = inlet->prompt_prior = 0;
		inlet->sr_ntp = 0;
	}
	return bind_ssrc(in, producer, (uint8_t)i, is_rtx, rtp->ssrc);
}

/* ---- what is in it ---- */

static int32_t clock_of(const struct tsr_producer *producer)
{
	return producer->config.codec == TSR_CODEC_OPUS ? AUDIO_CLOCK : VIDEO_CLOCK;
}

static uint32_t ticks(tsr_time time, int32_t per_ms)
{
	return (uint32_t)(time * per_ms / TSR_MS);
}

/* The units of the first encoding's clock between two NTP times. */
static uint32_t ntp_ticks(uint64_t from, uint64_t to, int32_t per_ms)
{
	int64_t d = (int64_t)(to - from); /* in 2^-32 s; 1000 per_ms units each second */

	return (uint32_t)((d >> 16) * per_ms * 1000 >> 16);
}

/* Puts the encodings of a producer on one clock: by their sender reports, until these are there by
 * when packets arrived. Corrected only where a frame begins. */
static void align(struct tsr_producer *producer, struct tsr_inlet *inlet, uint32_t ts,
	bool is_start, tsr_time now)
{
	const struct tsr_inlet *other = NULL;
	int32_t clock = clock_of(producer);

	if (inlet->is_restarted) {
		inlet->shift += inlet->last_ts + ticks(now - inlet->last_at, clock) - ts;
		inlet->is_exact = false;
		inlet->is_restarted = false;
		inlet->generation++;
	}
	if (inlet->is_exact || (inlet->has_shift && !is_start))
		return;
	for (unsigned i = 0; i < producer->config.n_encodings && !other; i++)
		if (&producer->inlets[i] != inlet && producer->inlets[i].has_shift)
			other = &producer->inlets[i];
	if (!other) {
		inlet->has_shift = true; /* the first one; the others follow it */
		inlet->is_exact = producer->config.n_encodings == 1;
		return;
	}
	if (inlet->sr_ntp && other->sr_ntp) {
		inlet->shift = other->sr_ts + other->shift +
			       ntp_ticks(other->sr_ntp, inlet->sr_ntp, clock) - inlet->sr_ts;
		inlet->is_exact = true;
	} else if (!inlet->has_shift) {
		inlet->shift =
			other->last_ts + other->shift + ticks(now - other->last_at, clock) - ts;
	}
	inlet->has_shift = true;
}

static uint32_t unwrap_picture(struct tsr_inlet *inlet, uint16_t picture, unsigned len)
{
	uint32_t turn = len == 2 ? 0x8000 : 0x80, d;

	if (!inlet->has_picture) {
		inlet->has_picture = true;
		inlet->picture = 0x10000u + picture;
		return inlet->picture;
	}
	d = (picture - inlet->picture) & (turn - 1);
	if (d >= turn / 2)
		return inlet->picture + d - turn;
	inlet->picture += d;
	return inlet->picture;
}

static uint16_t flag(bool is_set, enum tsr_parcel_flags f)
{
	return is_set ? (uint16_t)f : 0;
}

static int read_vp8(struct tsr_inlet *inlet, struct tsr_parcel *p)
{
	struct tsr_vp8 vp8;
	int r = tsr_vp8_parse(&vp8, tsr_slice(p->payload, p->len));

	if (r != 0)
		return r;
	p->flags |= flag(vp8.is_start, TSR_PARCEL_START) | flag(vp8.is_key, TSR_PARCEL_KEY) |
		    flag(vp8.is_sync, TSR_PARCEL_SYNC);
	p->temporal = vp8.temporal;
	p->picture_at = vp8.picture_at;
	p->picture_len = vp8.picture_len;
	p->tl0_at = vp8.tl0_at;
	p->tl0 = vp8.tl0;
	if (vp8.picture_len)
		p->picture = unwrap_picture(inlet, vp8.picture, vp8.picture_len);
	return 0;
}

static int read_vp9(struct tsr_inlet *inlet, struct tsr_parcel *p)
{
	struct tsr_vp9 vp9;
	int r = tsr_vp9_parse(&vp9, tsr_slice(p->payload, p->len));

	if (r != 0)
		return r;
	if (vp9.spatial >= TSR_MEDIA_ENCODINGS_MAX || vp9.temporal >= TSR_MEDIA_TEMPORAL_MAX)
		return TSR_ERR_RANGE;
	p->flags |= flag(vp9.is_start, TSR_PARCEL_START) | flag(vp9.is_end, TSR_PARCEL_END) |
		    flag(vp9.is_key, TSR_PARCEL_KEY) | flag(vp9.is_sync, TSR_PARCEL_SYNC) |
		    flag(!vp9.is_predicted, TSR_PARCEL_INTRA);
	p->spatial = vp9.spatial;
	p->temporal = vp9.temporal;
	p->picture_at = vp9.picture_at;
	p->picture_len = vp9.picture_len;
	if (vp9.picture_len)
		p->picture = unwrap_picture(inlet, vp9.picture, vp9.picture_len);
	return 0;
}

static int read_payload(const struct tsr_producer *producer, struct tsr_inlet *inlet,
	const struct tsr_rtp_extensions *ext, struct tsr_parcel *p)
{
	if (p->len == 0)
		return 0; /* padding in the place of a packet */
	switch (producer->config.codec) {
	case TSR_CODEC_VP8:
		return read_vp8(inlet, p);
	case TSR_CODEC_VP9:
		return read_vp9(inlet, p);
	default:
		p->flags |= flag(ext->has_level, TSR_PARCEL_LEVEL) |
			    flag(ext->has_voice, TSR_PARCEL_VOICE);
		p->level = ext->has_level ? ext->level : 127;
		return 0;
	}
}

static int make_parcel(struct tsr_parcel **out, struct tsr_binding *binding,
	const struct tsr_rtp *rtp, const struct tsr_rtp_extensions *ext, uint32_t index,
	tsr_time now)
{
	struct tsr_producer *producer = binding->producer;
	struct tsr_inlet *inlet = &producer->inlets[binding->encoding];
	struct tsr_parcel *p;
	int r;

	if (rtp->payload.len > TSR_RTP_PACKET_MAX)
		return TSR_ERR_TOO_BIG;
	p = tsr_parcel_create(producer->ingress->router->pool, rtp->payload.len);
	if (!p)
		return TSR_ERR_NOMEM;
	if (rtp->payload.len)
		memcpy(p->payload, rtp->payload.data, rtp->payload.len);
	p->flags = flag(rtp->marker, TSR_PARCEL_MARKER);
	r = read_payload(producer, inlet, ext, p);
	if (r != 0) {
		tsr_parcel_unref(&p);
		return r;
	}
	align(producer, inlet, rtp->ts, p->flags & TSR_PARCEL_START, now);
	p->arrived = now;
	p->producer = producer->config.id;
	p->codec = (uint8_t)producer->config.codec;
	p->encoding = binding->encoding;
	p->index = index;
	p->ts = rtp->ts + inlet->shift;
	p->generation = inlet->generation;
	/* Reports of the first encoding only: the others were aligned to it. */
	p->sr_ntp = producer->inlets[0].has_heard ? producer->inlets[0].sr_ntp : 0;
	p->sr_ts = producer->inlets[0].sr_ts + producer->inlets[0].shift;
	if (!p->sr_ntp && inlet->sr_ntp) {
		p->sr_ntp = inlet->sr_ntp;
		p->sr_ts = inlet->sr_ts + inlet->shift;
	}
	*out = p;
	return 0;
}

/* ---- packets ---- */

/* RFC 3550 A.8, in units of the clock, times 16. */
static void measure_jitter(
	const struct tsr_producer *producer, struct tsr_inlet *inlet, uint32_t ts, tsr_time now)
{
	uint32_t transit = ticks(now, clock_of(producer)) - ts;
	int32_t d = (int32_t)(transit - inlet->transit);

	inlet->transit = transit;
	if (inlet->has_heard)
		inlet->jitter +=
			(d < 0 ? 0u - (uint32_t)d : (uint32_t)d) - ((inlet->jitter + 8) >> 4);
}

/* RFC 4588: the original's number stands before its payload. False: it is only padding. */
static bool unwrap_rtx(struct tsr_rtp *rtp)
{
	if (rtp->payload.len < 3)
		return false;
	rtp->seq = tsr_get_u16(rtp->payload.data);
	rtp->payload = tsr_slice(rtp->payload.data + 2, rtp->payload.len - 2);
	return true;
}

static void wait_until(struct tsr_ingress *in, tsr_time at)
{
	in->router->next_ingress = tsr_time_min(in->router->next_ingress, at);
}

static int handle_media(struct tsr_binding *binding, struct tsr_rtp *rtp,
	const struct tsr_rtp_extensions *ext, tsr_time now, struct tsr_parcel **out)
{
	struct tsr_producer *producer = binding->producer;
	struct tsr_inlet *inlet = &producer->inlets[binding->encoding];
	struct tsr_ingress *in = producer->ingress;
	enum tsr_nack_result result;
	uint32_t index;
	int r = 0;

	if (binding->is_rtx && (!inlet->has_heard || !unwrap_rtx(rtp)))
		return 0;
	result = tsr_nack_handle_packet(&inlet->nack, rtp->seq, now, &index);
	if (result == TSR_NACK_REPEATED)
		return 0;
	if (result == TSR_NACK_RESTART) {
		inlet->is_restarted = true;
		inlet->has_floor = false;
		inlet->expected_prior = inlet->received_prior = inlet->prompt_prior = 0;
	}
	if (result == TSR_NACK_RECOVERED)
		in->stats.recovered += binding->is_rtx;
	if (result != TSR_NACK_RECOVERED)
		measure_jitter(producer, inlet, rtp->ts, now);
	inlet->has_heard = true;
	inlet->heard = now;
	if (inlet->has_floor && tsr_is_after(index, inlet->floor + TSR_NACK_WINDOW))
		inlet->has_floor = false;
	if (!producer->is_paused && !(inlet->has_floor && !tsr_is_after(index, inlet->floor)))
		r = make_parcel(out, binding, rtp, ext, index, now);
	if (*out && result != TSR_NACK_RECOVERED) {
		(*out)->flags |= TSR_PARCEL_FRESH;
		inlet->last_ts = rtp->ts;
		inlet->last_at = now;
	}
	if (*out && (*out)->flags & TSR_PARCEL_KEY)
		inlet->needs_key = false;
	if (inlet->nack.n_missing)
		wait_until(in, tsr_nack_next_timeout(&inlet->nack));
	return r;
}

static int refuse(struct tsr_ingress *in, int err)
{
	in->stats.refused++;
	return err;
}

int tsr_ingress_handle_rtp(
	struct tsr_ingress *in, struct tsr_slice packet, tsr_time now, struct tsr_parcel **out)
{
	struct tsr_rtp_extensions ext;
	struct tsr_binding *binding;
	struct tsr_rtp rtp;
	int r;

	*out = NULL;
	if ((r = tsr_rtp_parse(&rtp, packet)) != 0)
		return refuse(in, r);
	tsr_rtp_read_extensions(&ext, &rtp, &in->ids);
	if (ext.has_transport_seq) {
		tsr_twcc_log_packet(&in->twcc, ext.transport_seq, now);
		wait_until(in, tsr_twcc_log_next_timeout(&in->twcc));
	}
	binding = find_binding(in, rtp.ssrc);
	if (!binding)
		binding = latch(in, &rtp, &ext, now);
	if (!binding)
		return refuse(in, TSR_ERR_UNKNOWN);
	if ((ext.mid.len && !is_name(ext.mid, binding->producer->config.mid)) ||
		rtp.pt != (binding->is_rtx ? binding->producer->config.rtx_pt
					   : binding->producer->config.pt))
		return refuse(in, TSR_ERR_DENIED);
	in->stats.packets++;
	in->stats.bytes += packet.len;
	in->media_ssrc = rtp.ssrc;
	r = handle_media(binding, &rtp, &ext, now, out);
	return r ? refuse(in, r) : 0;
}

/* ---- RTCP ---- */

static void handle_sender_report(struct tsr_ingress *in, const struct tsr_rtcp_sr *sr, tsr_time now)
{
	struct tsr_binding *binding = find_binding(in, sr->ssrc);
	struct tsr_inlet *inlet;

	if (!binding || binding->is_rtx || sr->ntp == 0)
		return;
	inlet = &binding->producer->inlets[binding->encoding];
	inlet->sr_ntp = sr->ntp;
	inlet->sr_ts = sr->ts;
	inlet->sr_at = now;
}

static void handle_bye(struct tsr_ingress *in, uint32_t ssrc)
{
	struct tsr_binding *binding = find_binding(in, ssrc);

	/* It may come back under this SSRC or another one, from the next packet on. */
	if (binding && !binding->is_rtx)
		binding->producer->inlets[binding->encoding].heard -= REBIND_AFTER;
}

int tsr_ingress_handle_rtcp(struct tsr_ingress *in, struct tsr_slice packet, tsr_time now)
{
	struct tsr_rtcp rtcp;
	struct tsr_rtcp_sr sr;
	uint32_t ssrcs[8];

	if (!tsr_rtcp_is_sound(packet))
		return refuse(in, TSR_ERR_FORMAT);
	while (tsr_rtcp_next(&packet, &rtcp)) {
		if (rtcp.type == TSR_RTCP_SR) {
			(void)tsr_rtcp_read_reports(&rtcp, &sr, NULL, 0);
			handle_sender_report(in, &sr, now);
		} else if (rtcp.type == TSR_RTCP_BYE) {
			size_t n = tsr_rtcp_read_bye(&rtcp, ssrcs, 8);

			for (size_t i = 0; i < n; i++)
				handle_bye(in, ssrcs[i]);
		}
	}
	return 0;
}

static void write_reports(struct tsr_ingress *in, struct tsr_writer *wr, tsr_time now)
{
	struct tsr_rtcp_report v[REPORTS_MAX];
	size_t n = 0;

	if (in->needs_report) {
		uint32_t expected = 0, missed = 0;

		tsr_list_each (link, next, &in->producers) {
			struct tsr_producer *p = tsr_list_entry(link, struct tsr_producer, link);

			for (unsigned i = 0; i < p->config.n_encodings && n < REPORTS_MAX; i++) {
				if (!p->inlets[i].has_heard)
					continue;
				tsr_inlet_report(&v[n], &p->inlets[i], now);
				expected += p->inlets[i].expected_now;
				missed += p->inlets[i].missed_now;
				tsr_producer_add_far_loss(p, &v[n], now);
				if (p->inlets[i].nack.n_recovered)
					in->stats.rtt_ms =
						(uint32_t)(p->inlets[i].nack.round_trip / TSR_MS);
				n++;
			}
		}
		in->stats.loss_permille = expected ? missed * 1000 / expected : 0;
		in->needs_report = false;
		in->reported = now;
	}
	tsr_rtcp_write_rr(wr, in->ssrc, v, n);
}

/* Returns whether anything was written. */
static bool write_wishes(struct tsr_ingress *in, struct tsr_writer *wr, tsr_time now)
{
	size_t before = wr->len;
	uint16_t seqs[NACKS_MAX];

	tsr_list_each (link, next, &in->producers) {
		struct tsr_producer *p = tsr_list_entry(link, struct tsr_producer, link);

		for (unsigned i = 0; i < p->config.n_encodings; i++) {
			struct tsr_inlet *inlet = &p->inlets[i];
			size_t n;

			if (wr->cap - wr->len < 12 + 4 * NACKS_MAX + 12)
				return true; /* the rest next time */
			n = inlet->ssrc ? tsr_nack_poll(&inlet->nack, now, seqs, NACKS_MAX) : 0;
			if (n && !p->is_paused) {
				tsr_rtcp_write_nack(wr, in->ssrc, inlet->ssrc, seqs, n);
				in->stats.nacks += n;
			}
			if (inlet->needs_key && now - inlet->asked >= TSR_KEY_INTERVAL) {
				tsr_rtcp_write_pli(wr, in->ssrc, inlet->ssrc);
				inlet->needs_key = false;
				inlet->asked = now;
				in->stats.plis++;
			}
		}
	}
	return wr->len != before;
}

static bool is_pulse_due(const struct tsr_ingress *in, tsr_time now)
{
	return in->stats.packets && now - in->told >= TSR_PULSE;
}

/* When there is something to ask for or to report. */
static tsr_time next_timeout(const struct tsr_ingress *in)
{
	tsr_time next = tsr_twcc_log_next_timeout(&in->twcc);

	tsr_list_each (link, next_link, &in->producers) {
		struct tsr_producer *p = tsr_list_entry(link, struct tsr_producer, link);

		for (unsigned i = 0; i < p->config.n_encodings; i++) {
			const struct tsr_inlet *inlet = &p->inlets[i];

			next = tsr_time_min(next, tsr_nack_next_timeout(&inlet->nack));
			if (inlet->needs_key)
				next = tsr_time_min(next, inlet->asked + TSR_KEY_INTERVAL);
		}
	}
	return next;
}

size_t tsr_ingress_poll(struct tsr_ingress *in, uint8_t *buf, size_t cap, tsr_time now)
{
	struct tsr_writer wr = tsr_writer(buf, cap);
	bool has_more = in->needs_report || is_pulse_due(in, now);
	tsr_time next;

	write_reports(in, &wr, now);
	has_more |= write_wishes(in, &wr, now);
	/* What the longest one takes; one that does not fit would be lost. */
	if (wr.cap - wr.len >= 960)
		has_more |= tsr_twcc_log_write(&in->twcc, &wr, in->ssrc, in->media_ssrc, now);
	if (has_more && tsr_writer_end(&wr) == 0) {
		in->told = now;
		return wr.len;
	}
	next = next_timeout(in);
	wait_until(in, next > now + TSR_MS ? next : now + TSR_MS);
	return 0;
}

void tsr_ingress_handle_timeout(struct tsr_ingress *in, tsr_time now)
{
	tsr_time next = next_timeout(in);

	if (now - in->reported >= REPORT_INTERVAL && in->stats.packets)
		in->needs_report = true;
	if (now - in->counted_since >= TSR_SECOND) {
		in->stats.rate_bps =
			(uint32_t)((in->stats.bytes - in->counted_bytes) * 8 *
				   (uint64_t)TSR_SECOND / (uint64_t)(now - in->counted_since));
		in->counted_bytes = in->stats.bytes;
		in->counted_since = now;
	}
	if (in->needs_report || next <= now || is_pulse_due(in, now))
		tsr_router_activate_ingress(in);
	else
		wait_until(in, next);
}

void tsr_ingress_stats(const struct tsr_ingress *in, struct tsr_ingress_stats *out, tsr_time now)
{
	(void)now;
	*out = in->stats;
	out->lost = 0;
	tsr_list_each (link, next, &in->producers) {
		const struct tsr_producer *p = tsr_list_entry(link, struct tsr_producer, link);

		for (unsigned i = 0; i < p->config.n_encodings; i++)
			if (p->inlets[i].has_heard)
				out->lost +=
					(uint64_t)(p->inlets[i].lost > 0 ? p->inlets[i].lost : 0);
	}
}
