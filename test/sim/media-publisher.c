/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "core/media/rtcp.h"
#include "core/media/rtp.h"
#include "core/media/vp8.h"
#include "core/media/vp9.h"
#include "media-peers.h"

#define FRAME_INTERVAL 33333
const struct tsr_rtp_ids world_ids = { .mid = EXT_MID,
	.rid = EXT_RID,
	.repaired_rid = EXT_REPAIRED,
	.audio_level = EXT_LEVEL,
	.abs_send_time = EXT_TIME,
	.transport_cc = EXT_TRANSPORT };
/* of an encoding or spatial layer, for a frame of each temporal layer */
static const uint32_t frame_len[3] = { 600, 2000, 6500 };

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
		.ids = world_ids };
	struct tsr_producer_config video = { .id = { id + 1 },
		.member = { id },
		.codec = codec,
		.pt = PT_VIDEO,
		.rtx_pt = PT_RTX,
		.mid = "1",
		.ids = world_ids };

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

void world_run_publisher(struct world *w, struct world_publisher *p)
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
