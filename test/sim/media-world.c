/* SPDX-License-Identifier: Apache-2.0 */
#include "media-world.h"

#include <stdlib.h>
#include <string.h>

#include "core/media/rtcp.h"
#include "core/media/rtp.h"
#include "core/media/vp8.h"
#include "core/media/vp9.h"

enum {
	PT_OPUS = 111,
	PT_VIDEO = 96,
	PT_RTX = 97,
	EXT_MID = 1,
	EXT_RID = 2,
	EXT_REPAIRED = 3,
	EXT_LEVEL = 4,
	EXT_TIME = 5,
	EXT_TRANSPORT = 6,
	PACKET_LEN = 1100,
	TAG = 12, /* bytes of a payload that tell the receiver what it should be */
	AUDIO_LEN = 100,
	AUDIO_MAX = 65536,
};
#define FRAME_INTERVAL 33333
#define FREEZE (200 * TSR_MS)
static const struct tsr_rtp_ids ids = { .mid = EXT_MID,
	.rid = EXT_RID,
	.repaired_rid = EXT_REPAIRED,
	.audio_level = EXT_LEVEL,
	.abs_send_time = EXT_TIME,
	.transport_cc = EXT_TRANSPORT };
/* of an encoding or spatial layer, for a frame of each temporal layer */
static const uint32_t frame_len[3] = { 600, 2000, 6500 };

uint32_t world_random(struct world *w, uint32_t bound)
{
	return line_random(&w->random, bound);
}

/* ---- publishers ---- */

struct world_publisher *world_add_publisher(
	struct world *w, uint32_t thread, enum tsr_codec codec, tsr_time delay)
{
	struct world_publisher *p = &w->publishers[w->n_publishers++];
	uint32_t id = 10 * w->n_publishers;
	struct tsr_producer_config audio = { .id = { id },
		.member = { id },
		.codec = TSR_CODEC_OPUS,
		.pt = PT_OPUS,
		.mid = "0",
		.n_encodings = 1,
		.encodings = { { .ssrc = 1000 + id } },
		.ids = ids };
	struct tsr_producer_config video = { .id = { id + 1 },
		.member = { id },
		.codec = codec,
		.pt = PT_VIDEO,
		.rtx_pt = PT_RTX,
		.mid = "1",
		.ids = ids };

	p->thread = thread;
	p->codec = codec;
	p->audio = audio.id;
	p->video = video.id;
	p->level = 80;
	video.n_encodings = codec == TSR_CODEC_VP8 && !w->is_flat ? 3 : 1;
	for (unsigned e = 0; e < 3; e++) {
		struct world_camera *c = &p->cameras[e];

		c->ssrc = 2000 + id + e;
		c->rtx_ssrc = 3000 + id + e;
		c->ts_offset = world_random(w, UINT32_MAX);
		c->seq = (uint16_t)world_random(w, 65536);
		c->picture = (uint16_t)world_random(w, 32768);
		c->tl0 = (uint8_t)world_random(w, 256);
		c->needs_key = true;
		video.encodings[e].rid[0] = codec == TSR_CODEC_VP8 ? "lmh"[e] : 0;
	}
	p->microphone.ssrc = 1000 + id;
	p->microphone.seq = (uint16_t)world_random(w, 65536);
	p->next_frame = w->now + world_random(w, FRAME_INTERVAL);
	p->next_audio = w->now + world_random(w, 20000);
	p->next_report = w->now + 200 * TSR_MS;
	line_init(&p->up, delay);
	line_init(&p->down, delay);
	p->ingress = tsr_router_add_ingress(w->routers[thread], p);
	if (!p->ingress || tsr_ingress_add_producer(p->ingress, &audio) ||
		tsr_ingress_add_producer(p->ingress, &video))
		return NULL;
	for (int i = 0; i < 2; i++)
		if (tsr_router_add_source(w->routers[i], &audio, w->now) ||
			tsr_router_add_source(w->routers[i], &video, w->now))
			return NULL;
	return p;
}

static uint8_t *put_name(uint8_t *at, uint8_t id, char name)
{
	*at++ = (uint8_t)(id << 4);
	*at++ = (uint8_t)name;
	return at;
}

/* Writes the header; returns its length. */
static size_t write_header(struct world_publisher *p, uint8_t *buf, uint8_t pt, bool marker,
	uint16_t seq, uint32_t ts, uint32_t ssrc, char mid, char rid)
{
	uint8_t *at = buf + 16;

	buf[0] = 0x90;
	buf[1] = (uint8_t)(marker << 7 | pt);
	tsr_put_u16(buf + 2, seq);
	tsr_put_u32(buf + 4, ts);
	tsr_put_u32(buf + 8, ssrc);
	at = put_name(at, EXT_MID, mid);
	if (rid)
		at = put_name(at, pt == PT_RTX ? EXT_REPAIRED : EXT_RID, rid);
	if (pt == PT_OPUS) {
		*at++ = EXT_LEVEL << 4;
		*at++ = p->level;
	}
	*at++ = EXT_TRANSPORT << 4 | 1;
	tsr_put_u16(at, p->transport_seq++);
	at += 2;
	while ((at - buf) % 4)
		*at++ = 0;
	tsr_put_u16(buf + 12, 0xbede);
	tsr_put_u16(buf + 14, (uint16_t)((at - buf - 16) / 4));
	return (size_t)(at - buf);
}

/* What the receiver checks: the payload's last bytes. */
static void write_tag(
	uint8_t *at, uint32_t frame, unsigned layer, unsigned temporal, uint16_t i, uint16_t n)
{
	tsr_put_u32(at, frame);
	at[4] = (uint8_t)layer;
	at[5] = (uint8_t)temporal;
	tsr_put_u16(at + 6, i);
	tsr_put_u16(at + 8, n);
	tsr_put_u16(at + 10, 0x5afe);
}

static uint32_t media_clock(const struct world *w, uint32_t per_ms)
{
	return (uint32_t)(w->now * per_ms / TSR_MS);
}

/* Temporal layers 0 2 1 2; the first of the 2s and the 1 depend on 0 only. */
static unsigned temporal_of(uint32_t frame)
{
	static const uint8_t pattern[4] = { 0, 2, 1, 2 };

	return pattern[frame % 4];
}

static void keep(struct world_camera *c, uint16_t seq, const uint8_t *data, size_t len)
{
	free(c->store[seq % WORLD_STORE].data);
	c->store[seq % WORLD_STORE].data = malloc(len);
	c->store[seq % WORLD_STORE].len = (uint16_t)len;
	memcpy(c->store[seq % WORLD_STORE].data, data, len);
}

static void send_camera(struct world *w, struct world_publisher *p, unsigned e, char rid,
	const uint8_t *payload, size_t len, bool marker)
{
	struct world_camera *c = &p->cameras[e];
	uint8_t buf[1500];
	size_t head = write_header(p, buf, PT_VIDEO, marker, c->seq,
		media_clock(w, 90) + c->ts_offset, c->ssrc, '1', rid);

	memcpy(buf + head, payload, len);
	line_send(&p->up, &w->random, w->now, buf, head + len, false);
	keep(c, c->seq++, buf, head + len);
	c->n_packets++;
}

static void send_vp8(struct world *w, struct world_publisher *p, unsigned e)
{
	struct world_camera *c = &p->cameras[e];
	bool is_key = c->needs_key;
	unsigned temporal = is_key || w->is_flat ? 0 : temporal_of(p->frame);
	uint32_t len = w->is_flat ? w->flat_len : frame_len[e] * (is_key ? 4 : 1);
	uint16_t n = (uint16_t)((len + PACKET_LEN - 1) / PACKET_LEN);
	uint8_t payload[PACKET_LEN] = { 0 };

	c->needs_key = false;
	c->n_keys += is_key;
	if (temporal == 0)
		c->tl0++;
	for (uint16_t i = 0; i < n; i++) {
		size_t part = i + 1 < n ? PACKET_LEN : len - (uint32_t)i * PACKET_LEN;

		part = part < 40 ? 40 : part;
		payload[0] = (uint8_t)(0x80 | (i == 0 ? 0x10 : 0));
		payload[1] = 0xe0;
		tsr_put_u16(payload + 2, 0x8000 | (c->picture & 0x7fff));
		payload[4] = c->tl0;
		payload[5] = (uint8_t)(temporal << 6 | (p->frame % 4 != 3) << 5);
		payload[6] = is_key ? 0 : 1;
		write_tag(payload + part - TAG, p->frame, e, temporal, i, n);
		send_camera(w, p, e, "lmh"[e], payload, part, i + 1 == n);
	}
	c->picture++;
}

static void send_vp9(struct world *w, struct world_publisher *p)
{
	struct world_camera *c = &p->cameras[0];
	bool is_key = c->needs_key;
	unsigned temporal = is_key ? 0 : temporal_of(p->frame);
	uint8_t payload[PACKET_LEN] = { 0 };

	c->needs_key = false;
	c->n_keys += is_key;
	if (temporal == 0)
		c->tl0++;
	for (unsigned s = 0; s < 3; s++) {
		uint32_t len = frame_len[s] * (is_key ? 4 : 1);
		uint16_t n = (uint16_t)((len + PACKET_LEN - 1) / PACKET_LEN);

		for (uint16_t i = 0; i < n; i++) {
			size_t part = i + 1 < n ? PACKET_LEN : len - (uint32_t)i * PACKET_LEN;

			part = part < 40 ? 40 : part;
			payload[0] = (uint8_t)(0x80 | (is_key ? 0 : 0x40) | 0x20 |
					       (i == 0 ? 8 : 0) | (i + 1 == n ? 4 : 0));
			tsr_put_u16(payload + 1, 0x8000 | (c->picture & 0x7fff));
			payload[3] =
				(uint8_t)(temporal << 5 | (temporal == 0) << 4 | s << 1 | (s > 0));
			payload[4] = c->tl0;
			write_tag(payload + part - TAG, p->frame, s, temporal, i, n);
			send_camera(w, p, 0, 0, payload, part, s == 2 && i + 1 == n);
		}
	}
	c->picture++;
}

static void send_audio(struct world *w, struct world_publisher *p)
{
	uint8_t buf[256];
	struct world_camera *m = &p->microphone;
	size_t head =
		write_header(p, buf, PT_OPUS, false, m->seq++, media_clock(w, 48), m->ssrc, '0', 0);

	memset(buf + head, 0x55, AUDIO_LEN);
	line_send(&p->up, &w->random, w->now, buf, head + AUDIO_LEN, false);
	keep(m, (uint16_t)(m->seq - 1), buf, head + AUDIO_LEN);
	m->n_packets++;
}

static uint64_t ntp(tsr_time now)
{
	return ((uint64_t)3900000000u << 32) + ((uint64_t)now << 32) / 1000000;
}

static void send_reports(struct world *w, struct world_publisher *p)
{
	uint8_t buf[512];
	struct tsr_writer wr = tsr_writer(buf, sizeof(buf));
	unsigned n = p->codec == TSR_CODEC_VP8 && !w->is_flat ? 3 : 1;

	for (unsigned e = 0; e < n; e++)
		tsr_rtcp_write_sr(
			&wr, &(struct tsr_rtcp_sr){ .ssrc = p->cameras[e].ssrc,
				     .ntp = ntp(w->now),
				     .ts = media_clock(w, 90) + p->cameras[e].ts_offset });
	tsr_rtcp_write_sr(&wr,
		&(struct tsr_rtcp_sr){
			.ssrc = p->microphone.ssrc, .ntp = ntp(w->now), .ts = media_clock(w, 48) });
	line_send(&p->up, &w->random, w->now, buf, wr.len, true);
}

/* Sound has no RTX: browsers send the same once more. */
static void resend_audio(struct world *w, struct world_publisher *p, uint16_t seq)
{
	const uint8_t *data = p->microphone.store[seq % WORLD_STORE].data;

	if (data && tsr_get_u16(data + 2) == seq)
		line_send(&p->up, &w->random, w->now, data,
			p->microphone.store[seq % WORLD_STORE].len, false);
}

static void resend(struct world *w, struct world_publisher *p, uint32_t ssrc, uint16_t seq)
{
	if (p->microphone.ssrc == ssrc)
		resend_audio(w, p, seq);
	for (unsigned e = 0; e < 3; e++) {
		struct world_camera *c = &p->cameras[e];
		const uint8_t *data = c->store[seq % WORLD_STORE].data;
		struct tsr_rtp rtp;
		uint8_t buf[1600];
		size_t head;

		if (c->ssrc != ssrc || !data || tsr_get_u16(data + 2) != seq ||
			tsr_rtp_parse(&rtp, tsr_slice(data, c->store[seq % WORLD_STORE].len)))
			continue;
		head = write_header(p, buf, PT_RTX, rtp.marker, c->rtx_seq++, rtp.ts, c->rtx_ssrc,
			'1', p->codec == TSR_CODEC_VP8 ? "lmh"[e] : 0);
		tsr_put_u16(buf + head, seq);
		memcpy(buf + head + 2, rtp.payload.data, rtp.payload.len);
		line_send(&p->up, &w->random, w->now, buf, head + 2 + rtp.payload.len, false);
	}
}

static void publisher_handle_rtcp(
	struct world *w, struct world_publisher *p, struct tsr_slice packet)
{
	struct tsr_rtcp_feedback fb;
	struct tsr_rtcp rtcp;
	uint16_t seqs[256];

	while (tsr_rtcp_next(&packet, &rtcp)) {
		if (rtcp.type < TSR_RTCP_RTPFB || tsr_rtcp_read_feedback(&fb, &rtcp) != 0)
			continue;
		if (rtcp.type == TSR_RTCP_PSFB && rtcp.count == TSR_PSFB_PLI) {
			p->n_plis++;
			for (unsigned e = 0; e < 3; e++)
				p->cameras[e].needs_key |= p->cameras[e].ssrc == fb.media;
		} else if (rtcp.type == TSR_RTCP_RTPFB && rtcp.count == TSR_RTPFB_NACK) {
			size_t n = tsr_rtcp_read_nack(fb.fci, seqs, 256);

			for (size_t i = 0; i < n; i++)
				resend(w, p, fb.media, seqs[i]);
		}
	}
}

static void run_publisher(struct world *w, struct world_publisher *p)
{
	struct line_packet f;

	while (line_take(&p->down, w->now, &f)) {
		publisher_handle_rtcp(w, p, tsr_slice(f.data, f.len));
		free(f.data);
	}
	if (w->now >= p->next_frame) {
		p->next_frame += FRAME_INTERVAL;
		p->frame++;
		for (unsigned e = 0;
			e < (w->is_flat ? 1 : 3 - p->n_left_out) && p->codec == TSR_CODEC_VP8; e++)
			send_vp8(w, p, e);
		if (p->codec == TSR_CODEC_VP9)
			send_vp9(w, p);
	}
	if (w->now >= p->next_audio) {
		p->next_audio += 20 * TSR_MS;
		send_audio(w, p);
	}
	if (w->now >= p->next_report) {
		p->next_report += TSR_SECOND;
		send_reports(w, p);
	}
}

/* ---- receivers ---- */

struct world_receiver *world_add_receiver(struct world *w, uint32_t thread, tsr_time delay)
{
	struct world_receiver *r = &w->receivers[w->n_receivers++];

	r->thread = thread;
	r->next_report = w->now + world_random(w, 500000);
	r->rtcp_ssrc = 77;
	line_init(&r->down, delay);
	line_init(&r->up, delay);
	r->egress = tsr_router_add_egress(w->routers[thread], r, w->now);
	if (!r->egress)
		return NULL;
	tsr_egress_set_open(r->egress, true, w->now);
	return r;
}

static bool add_stream(
	struct world *w, struct world_receiver *r, struct tsr_stream_id source, bool is_video)
{
	struct world_stream *s = &r->streams[r->n_streams];
	struct tsr_consumer_config config = { .source = source,
		.ssrc = 5000 + 10 * r->n_streams,
		.rtx_ssrc = 5001 + 10 * r->n_streams,
		.pt = is_video ? PT_VIDEO : PT_OPUS,
		.rtx_pt = is_video ? PT_RTX : 0,
		.cname = "somebody",
		.ids = ids };
	struct tsr_consumer_wants wants = {
		.is_on = true, .max_spatial = 2, .max_temporal = 2, .priority = 100
	};

	if (!is_video)
		config.ids.abs_send_time = 0;
	config.mid[0] = (char)('a' + r->n_streams);
	s->is_video = is_video;
	s->is_svc = w->publishers[0].codec == TSR_CODEC_VP9;
	s->source = source;
	s->ssrc = config.ssrc;
	s->rtx_ssrc = config.rtx_ssrc;
	tsr_nack_init(&s->nack);
	if (is_video)
		s->frames = calloc(WORLD_FRAMES, sizeof(*s->frames));
	else
		s->audio_came = calloc(AUDIO_MAX, 1);
	r->n_streams++;
	if (tsr_egress_add_consumer(r->egress, &config, w->now) != 0)
		return false;
	tsr_egress_set_wants(r->egress, source, &wants, w->now);
	return true;
}

bool world_consume(struct world *w, struct world_receiver *r)
{
	for (uint32_t i = 0; i < w->n_publishers; i++)
		if (!add_stream(w, r, w->publishers[i].audio, false) ||
			!add_stream(w, r, w->publishers[i].video, true))
			return false;
	return true;
}

struct world_stream *world_video(struct world_receiver *r, uint32_t publisher)
{
	return &r->streams[2 * publisher + 1];
}

struct world_stream *world_audio(struct world_receiver *r, uint32_t publisher)
{
	return &r->streams[2 * publisher];
}

static bool is_whole(const struct world_frame *f)
{
	if (!f->is_there)
		return false;
	for (unsigned s = 0; s <= f->spatial; s++)
		if (f->of[s] == 0 || f->n_got[s] != f->of[s])
			return false;
	return true;
}

/* Decodes in order as far as it goes; without the one before, only a key frame helps. */
static void decode(struct world *w, struct world_stream *s)
{
	for (;;) {
		struct world_frame *f = &s->frames[(s->last_decoded + 1) % WORLD_FRAMES];
		uint32_t next = s->last_decoded + 1;

		if (tsr_is_after(next, s->picture))
			return;
		if (s->is_svc && !f->is_there) { /* a temporal layer that was left out */
			s->last_decoded = next;
			continue;
		}
		if (!is_whole(f)) {
			uint32_t k = next;

			while (!tsr_is_after(k, s->picture) &&
				!(is_whole(&s->frames[k % WORLD_FRAMES]) &&
					s->frames[k % WORLD_FRAMES].is_key))
				k++;
			if (tsr_is_after(k, s->picture))
				return;
			next = k;
			f = &s->frames[k % WORLD_FRAMES];
		}
		if (!s->is_decodable && !f->is_key) {
			s->last_decoded = next;
			continue;
		}
		s->is_decodable = true;
		s->last_decoded = next;
		if (s->first_frame == 0)
			s->first_frame = w->now;
		else if (w->now - s->last_frame > FREEZE) {
			s->frozen += w->now - s->last_frame;
			s->n_freezes++;
		}
		s->last_frame = w->now;
		if (s->last_ts && !tsr_is_after(f->ts, s->last_ts))
			s->broken = "time went back";
		s->last_ts = f->ts;
	}
}

static void take_video(struct world *w, struct world_stream *s, const struct tsr_rtp *rtp)
{
	const uint8_t *tag = rtp->payload.data + rtp->payload.len - TAG;
	bool is_vp9 = s->is_svc;
	struct world_frame *f;
	uint16_t id;
	uint32_t picture;
	struct tsr_vp8 vp8 = { 0 };
	struct tsr_vp9 vp9 = { 0 };

	if (rtp->payload.len < TAG + 4 || tsr_get_u16(tag + 10) != 0x5afe ||
		(is_vp9 ? tsr_vp9_parse(&vp9, rtp->payload) : tsr_vp8_parse(&vp8, rtp->payload))) {
		s->broken = "payload";
		return;
	}
	id = is_vp9 ? vp9.picture : vp8.picture;
	if (!s->has_picture) {
		s->has_picture = true;
		s->picture = s->first_picture = 0x10000u + id;
		s->last_decoded = s->picture - 1;
		picture = s->picture;
	} else {
		int32_t d = (int32_t)((id - s->picture) & 0x7fff);

		picture = s->picture + (uint32_t)(d >= 0x4000 ? d - 0x8000 : d);
	}
	if (tsr_is_after(picture, s->picture)) {
		if (picture - s->picture > 200)
			s->broken = "picture id jumped";
		s->picture = picture;
	}
	f = &s->frames[picture % WORLD_FRAMES];
	if (!f->is_there || f->ts != rtp->ts) {
		if (f->is_there && !tsr_is_after(rtp->ts, f->ts))
			s->broken = "a picture's number was given twice";
		*f = (struct world_frame){
			.is_there = true, .ts = rtp->ts, .number = tsr_get_u32(tag)
		};
	}
	if (f->number != tsr_get_u32(tag) || (!is_vp9 && f->n_packets && f->encoding != tag[4]))
		s->broken = "two frames under one number";
	f->is_key |= vp8.is_key || vp9.is_key;
	f->encoding = tag[4];
	f->temporal = tag[5];
	f->tl0 = vp8.tl0;
	f->has_marker |= rtp->marker;
	if (is_vp9 && tag[4] > f->spatial)
		f->spatial = tag[4];
	f->n_packets++;
	f->n_got[is_vp9 ? tag[4] : 0]++;
	f->of[is_vp9 ? tag[4] : 0] = tsr_get_u16(tag + 8);
	decode(w, s);
}

static struct world_stream *find_stream(struct world_receiver *r, uint32_t ssrc)
{
	for (uint32_t i = 0; i < r->n_streams; i++)
		if (r->streams[i].ssrc == ssrc || r->streams[i].rtx_ssrc == ssrc)
			return &r->streams[i];
	return NULL;
}

static void receive(struct world *w, struct world_receiver *r, struct tsr_slice packet)
{
	struct tsr_rtp_extensions ext;
	struct world_stream *s;
	struct tsr_rtp rtp;
	uint32_t index;

	if (tsr_rtp_parse(&rtp, packet) != 0)
		return;
	tsr_rtp_read_extensions(&ext, &rtp, &ids);
	if (ext.has_transport_seq)
		tsr_twcc_log_packet(&r->twcc, ext.transport_seq, w->now);
	r->bytes += packet.len;
	s = find_stream(r, rtp.ssrc);
	if (!s)
		return;
	if (!tsr_slice_equal(ext.mid, tsr_slice(&"abcdefgh"[s - r->streams], 1)))
		s->broken = "mid";
	s->bytes += packet.len;
	s->second_bytes += packet.len;
	if (rtp.ssrc == s->rtx_ssrc) {
		if (rtp.payload.len < 2)
			return; /* padding of a probe */
		rtp.seq = tsr_get_u16(rtp.payload.data);
		rtp.payload = tsr_slice(rtp.payload.data + 2, rtp.payload.len - 2);
	}
	switch (tsr_nack_handle_packet(&s->nack, rtp.seq, w->now, &index)) {
	case TSR_NACK_REPEATED:
		s->n_repeated++;
		return;
	case TSR_NACK_RESTART:
		s->broken = "sequence jumped";
		return;
	default:
		break;
	}
	s->n_packets++;
	if (rtp.payload.len == 0)
		s->n_empty++;
	else if (s->is_video)
		take_video(w, s, &rtp);
	else
		s->audio_came[index % AUDIO_MAX] = 1;
}

static void report(struct world *w, struct world_receiver *r, bool is_due)
{
	uint8_t buf[1500];
	struct tsr_writer wr = tsr_writer(buf, sizeof(buf));
	struct tsr_rtcp_report v[8] = { 0 };
	uint16_t seqs[64];
	size_t n = 0;

	for (uint32_t i = 0; i < r->n_streams && is_due; i++)
		if (r->streams[i].nack.has_started && n < 8) {
			v[n].ssrc = r->streams[i].ssrc;
			v[n].lsr = r->lsr;
			v[n].dlsr = (uint32_t)((w->now - r->lsr_at) * 65536 / 1000000);
			n++;
		}
	tsr_rtcp_write_rr(&wr, r->rtcp_ssrc, v, n);
	for (uint32_t i = 0; i < r->n_streams; i++) {
		struct world_stream *s = &r->streams[i];

		n = tsr_nack_poll(&s->nack, w->now, seqs, 64);
		if (n)
			tsr_rtcp_write_nack(&wr, r->rtcp_ssrc, s->ssrc, seqs, n);
		if (s->is_video && s->has_picture &&
			tsr_is_after(s->picture, s->last_decoded + 30) && is_due)
			tsr_rtcp_write_pli(&wr, r->rtcp_ssrc, s->ssrc);
	}
	(void)tsr_twcc_log_write(&r->twcc, &wr, r->rtcp_ssrc, 1, w->now);
	if (wr.len > 8)
		line_send(&r->up, &w->random, w->now, buf, wr.len, true);
}

static void receiver_handle_rtcp(struct world *w, struct world_receiver *r, struct tsr_slice packet)
{
	struct tsr_rtcp_sr sr;
	struct tsr_rtcp rtcp;

	while (tsr_rtcp_next(&packet, &rtcp)) {
		if (rtcp.type == TSR_RTCP_BYE)
			r->n_byes++;
		if (rtcp.type != TSR_RTCP_SR)
			continue;
		(void)tsr_rtcp_read_reports(&rtcp, &sr, NULL, 0);
		r->lsr = (uint32_t)(sr.ntp >> 16);
		r->lsr_at = w->now;
	}
}

static void run_receiver(struct world *w, struct world_receiver *r)
{
	struct line_packet f;
	bool is_due = w->now >= r->next_report;

	while (line_take(&r->down, w->now, &f)) {
		if (f.is_rtcp)
			receiver_handle_rtcp(w, r, tsr_slice(f.data, f.len));
		else
			receive(w, r, tsr_slice(f.data, f.len));
		free(f.data);
	}
	if (is_due)
		r->next_report = w->now + 500 * TSR_MS;
	if (!r->is_simple)
		report(w, r, is_due);
	while (line_take(&r->up, w->now, &f)) {
		(void)!tsr_egress_handle_rtcp(r->egress, tsr_slice(f.data, f.len), w->now);
		free(f.data);
	}
}

/* ---- the server ---- */

static void server_take(struct world *w, struct world_publisher *p)
{
	struct tsr_parcel *parcel;
	struct line_packet f;

	while (line_take(&p->up, w->now, &f)) {
		struct tsr_slice packet = tsr_slice(f.data, f.len);

		if (f.is_rtcp)
			w->n_refused += tsr_ingress_handle_rtcp(p->ingress, packet, w->now) != 0;
		else
			w->n_refused +=
				tsr_ingress_handle_rtp(p->ingress, packet, w->now, &parcel) != 0;
		free(f.data);
		if (f.is_rtcp || !parcel)
			continue;
		for (int i = 0; i < 2; i++)
			tsr_router_handle_parcel(w->routers[i], parcel, w->now);
		tsr_parcel_unref(&parcel);
	}
}

static void server_give(struct world *w, struct tsr_router *router)
{
	uint8_t buf[TSR_MEDIA_OUT_MAX];
	struct tsr_router_event event;
	struct tsr_ingress *ingress;
	struct tsr_egress *egress;
	enum tsr_media_kind kind;
	size_t n;

	while ((egress = tsr_router_poll_egress(router))) {
		struct world_receiver *r = tsr_egress_user(egress);

		while ((n = tsr_egress_poll(egress, buf, sizeof(buf), w->now, &kind))) {
			if (r->is_simple)
				r->bytes += n;
			else
				line_send(&r->down, &w->random, w->now, buf, n,
					kind == TSR_MEDIA_RTCP);
		}
	}
	while (tsr_router_poll_event(router, &event)) {
		if (event.kind == TSR_ROUTER_SPEAKERS) {
			w->n_speaker_events++;
			continue;
		}
		for (int i = 0; i < 2; i++)
			if (w->routers[i] == router)
				continue;
			else if (event.kind == TSR_ROUTER_LOSS)
				tsr_router_report_loss(
					w->routers[i], event.producer, event.loss, w->now);
			else
				tsr_router_request_key_frame(
					w->routers[i], event.producer, event.encoding, w->now);
	}
	while ((ingress = tsr_router_poll_ingress(router))) {
		struct world_publisher *p = tsr_ingress_user(ingress);

		while ((n = tsr_ingress_poll(ingress, buf, sizeof(buf), w->now)))
			line_send(&p->down, &w->random, w->now, buf, n, true);
	}
}

void world_run(struct world *w, tsr_time span)
{
	for (tsr_time end = w->now + span; w->now < end; w->now += TSR_MS) {
		for (uint32_t i = 0; i < w->n_publishers; i++) {
			run_publisher(w, &w->publishers[i]);
			server_take(w, &w->publishers[i]);
		}
		for (int i = 0; i < 2; i++)
			if (w->now >= tsr_router_next_timeout(w->routers[i]))
				tsr_router_handle_timeout(w->routers[i], w->now);
		for (int i = 1; i >= 0; i--)
			server_give(w, w->routers[i]);
		for (uint32_t i = 0; i < w->n_receivers; i++)
			run_receiver(w, &w->receivers[i]);
	}
}

struct world *world_create(uint64_t seed)
{
	struct world *w = calloc(1, sizeof(*w));

	if (!w)
		return NULL;
	w->random = seed;
	w->now = TSR_MINUTE;
	for (int i = 0; i < 2; i++) {
		w->pools[i] = tsr_parcel_pool_create();
		if (tsr_router_create(&w->routers[i],
			    &(struct tsr_router_config){
				    .pool = w->pools[i], .seed = seed * 3 + (unsigned)i },
			    w->now))
			return NULL;
	}
	return w;
}

void world_destroy(struct world *w)
{
	if (!w)
		return;
	for (int i = 0; i < 2; i++) {
		tsr_router_destroy(w->routers[i]);
	}
	for (int i = 0; i < 2; i++)
		tsr_parcel_pool_destroy(w->pools[i]);
	for (uint32_t i = 0; i < w->n_publishers; i++) {
		line_finish(&w->publishers[i].up);
		line_finish(&w->publishers[i].down);
		for (unsigned k = 0; k < WORLD_STORE; k++) {
			free(w->publishers[i].microphone.store[k].data);
			for (unsigned e = 0; e < 3; e++)
				free(w->publishers[i].cameras[e].store[k].data);
		}
	}
	for (uint32_t i = 0; i < w->n_receivers; i++) {
		line_finish(&w->receivers[i].up);
		line_finish(&w->receivers[i].down);
		for (uint32_t k = 0; k < w->receivers[i].n_streams; k++) {
			free(w->receivers[i].streams[k].frames);
			free(w->receivers[i].streams[k].audio_came);
		}
	}
	free(w);
}

uint32_t world_count_broken(const struct world_stream *s)
{
	bool has_begun = false;
	uint32_t n = 0;

	for (uint32_t i = s->first_picture; tsr_is_after(s->picture, i); i++) {
		const struct world_frame *f = &s->frames[i % WORLD_FRAMES];
		bool is_excused = false;

		/* What was lost before the very first packet, nobody knows of. */
		has_begun |= f->is_key;
		if (!has_begun)
			continue;
		if (s->is_svc ? !f->is_there || is_whole(f) : is_whole(f))
			continue;
		for (uint32_t k = 1; k <= 4; k++)
			is_excused |= s->frames[(i + k) % WORLD_FRAMES].is_key;
		n += !is_excused;
	}
	return n;
}
