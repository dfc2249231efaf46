/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "core/media/rtcp.h"
#include "core/media/rtp.h"
#include "core/media/vp8.h"
#include "core/media/vp9.h"
#include "media-peers.h"

#define FREEZE (200 * TSR_MS)

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
		.ids = world_ids };
	struct tsr_consumer_wants wants = {
		.is_on = true, .max_spatial = 2, .max_temporal = 2, .priority = 100
	};

	if (!is_video)
		config.ids.abs_send_time = 0;
	s->mid = config.mid[0] = (char)('0' + r->n_streams);
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

bool world_reopen_video(struct world *w, struct world_receiver *r, const struct world_publisher *p)
{
	struct tsr_consumer_config config = { .source = p->video,
		.ssrc = 900000 + 2 * ++r->n_reopened,
		.rtx_ssrc = 900001 + 2 * r->n_reopened,
		.pt = PT_VIDEO,
		.rtx_pt = PT_RTX,
		.cname = "somebody",
		.mid = "z",
		.ids = world_ids };
	struct tsr_consumer_wants wants = { .is_on = true, .max_spatial = 2, .max_temporal = 2 };

	tsr_egress_remove_consumer(r->egress, p->video);
	if (tsr_egress_add_consumer(r->egress, &config, w->now) != 0)
		return false;
	tsr_egress_set_wants(r->egress, p->video, &wants, w->now);
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
	f->done = w->now;
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
	tsr_rtp_read_extensions(&ext, &rtp, &world_ids);
	if (ext.has_transport_seq)
		tsr_twcc_log_packet(&r->twcc, ext.transport_seq, w->now);
	r->bytes += packet.len;
	s = find_stream(r, rtp.ssrc);
	if (!s)
		return;
	if (!tsr_slice_equal(ext.mid, tsr_slice(&s->mid, 1)))
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

void world_run_receiver(struct world *w, struct world_receiver *r)
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
