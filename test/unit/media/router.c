/* SPDX-License-Identifier: Apache-2.0 */
#include "core/media/router.h"

#include "core/base/err.h"
#include "core/media/rtcp.h"
#include "test.h"

static const struct tsr_rtp_ids ids = { 1, 2, 3, 4, 5, 6 };

static struct room {
	struct tsr_parcel_pool *pool;
	struct tsr_router *router;
	struct tsr_ingress *ingress;
	struct tsr_egress *egress;
	tsr_time now;
	uint8_t out[64][TSR_MEDIA_OUT_MAX];
	size_t len[64];
	size_t n;
} room;

static const struct tsr_producer_config camera = { .id = { 5 },
	.member = { 1 },
	.codec = TSR_CODEC_VP8,
	.pt = 96,
	.rtx_pt = 97,
	.mid = "1",
	.n_encodings = 2,
	.encodings = { { .rid = "l" }, { .rid = "h" } },
	.ids = { 1, 2, 3, 4, 5, 6 } };
static const struct tsr_producer_config microphone = { .id = { 6 },
	.member = { 1 },
	.codec = TSR_CODEC_OPUS,
	.pt = 111,
	.mid = "0",
	.n_encodings = 1,
	.encodings = { { .ssrc = 60 } },
	.ids = { 1, 2, 3, 4, 5, 6 } };
static const struct tsr_consumer_config shown = { .source = { 5 },
	.ssrc = 500,
	.rtx_ssrc = 501,
	.pt = 101,
	.rtx_pt = 102,
	.mid = "7",
	.cname = "c",
	.ids = { .mid = 1 } }; /* no feedback on packets: no probes between what is counted */

static bool open_room(void)
{
	struct tsr_consumer_wants wants = { .is_on = true, .max_spatial = 1, .max_temporal = 2 };

	room = (struct room){ .pool = tsr_parcel_pool_create(), .now = TSR_MINUTE };
	if (tsr_router_create(&room.router,
		    &(struct tsr_router_config){ .pool = room.pool, .seed = 3 }, room.now))
		return false;
	room.ingress = tsr_router_add_ingress(room.router, NULL);
	room.egress = tsr_router_add_egress(room.router, NULL, room.now);
	tsr_egress_set_open(room.egress, true, room.now);
	if (tsr_ingress_add_producer(room.ingress, &camera) ||
		tsr_ingress_add_producer(room.ingress, &microphone) ||
		tsr_router_add_source(room.router, &camera, room.now) ||
		tsr_egress_add_consumer(room.egress, &shown, room.now))
		return false;
	tsr_egress_set_wants(room.egress, camera.id, &wants, room.now);
	tsr_router_handle_timeout(room.router, room.now);
	return true;
}

static void close_room(void)
{
	tsr_router_destroy(room.router);
	tsr_parcel_pool_destroy(room.pool);
}

static void drain(void)
{
	enum tsr_media_kind kind;
	struct tsr_egress *e;

	room.n = 0;
	while ((e = tsr_router_poll_egress(room.router)))
		while (room.n < 64 && (room.len[room.n] = tsr_egress_poll(e, room.out[room.n],
					       TSR_MEDIA_OUT_MAX, room.now, &kind)))
			room.n += kind == TSR_MEDIA_RTP;
}

/* A packet with MID and RID ("" = without), VP8 descriptor, picture and type of frame. */
static int send_video(uint32_t ssrc, uint8_t pt, const char *mid, const char *rid, uint16_t seq,
	uint16_t picture, bool is_key)
{
	uint8_t p[64] = { 0x90, pt }, *at = p + 16;
	struct tsr_parcel *parcel;
	int r;

	tsr_put_u16(p + 2, seq);
	tsr_put_u32(p + 4, picture * 3000u);
	tsr_put_u32(p + 8, ssrc);
	tsr_put_u16(p + 12, 0xbede);
	p[15] = 1;
	if (*mid) {
		*at++ = 0x10;
		*at++ = (uint8_t)*mid;
	}
	if (*rid) {
		*at++ = pt == 97 ? 0x30 : 0x20;
		*at++ = (uint8_t)*rid;
	}
	at = p + 20;
	if (pt == 97) {
		tsr_put_u16(at, seq);
		tsr_put_u16(p + 2, 900);
		at += 2;
	}
	*at++ = 0x90;
	*at++ = 0xe0;
	tsr_put_u16(at, 0x8000 | picture);
	at[2] = 1;
	at[3] = 0x20;
	at[4] = !is_key;
	r = tsr_ingress_handle_rtp(
		room.ingress, tsr_slice(p, (size_t)(at + 20 - p)), room.now, &parcel);
	if (parcel)
		tsr_router_handle_parcel(room.router, parcel, room.now);
	tsr_parcel_unref(&parcel);
	return r;
}

static void turn(void)
{
	room.now += 50 * TSR_MS;
	tsr_router_handle_timeout(room.router, room.now);
}

static void an_ssrc_is_known_by_its_names(void)
{
	struct tsr_ingress_stats stats;

	CHECK(open_room());
	CHECK_INT(send_video(70, 96, "", "", 1, 1, true), TSR_ERR_UNKNOWN);
	CHECK_INT(send_video(70, 96, "9", "l", 1, 1, true), TSR_ERR_UNKNOWN);
	CHECK_INT(send_video(70, 96, "1", "x", 1, 1, true), TSR_ERR_UNKNOWN);
	CHECK_INT(send_video(70, 96, "1", "l", 1, 1, true), 0);
	CHECK_INT(send_video(70, 96, "", "", 2, 2, false), 0);
	CHECK_INT(send_video(71, 96, "1", "h", 1, 1, true), 0);
	/* taken: by another encoding that is alive, by another producer, with another type */
	CHECK_INT(send_video(72, 96, "1", "l", 1, 1, true), TSR_ERR_UNKNOWN);
	CHECK_INT(send_video(60, 96, "1", "l", 1, 1, true), TSR_ERR_DENIED);
	CHECK_INT(send_video(70, 111, "", "", 3, 3, false), TSR_ERR_DENIED);
	CHECK_INT(send_video(70, 96, "0", "", 3, 3, false), TSR_ERR_DENIED);
	tsr_ingress_stats(room.ingress, &stats, room.now);
	CHECK_INT(stats.refused, 7);
	/* an encoding that is silent may come under another one */
	room.now += 2 * TSR_SECOND;
	CHECK_INT(send_video(72, 96, "1", "l", 1, 1, true), 0);
	CHECK_INT(send_video(70, 96, "", "", 4, 4, false), TSR_ERR_UNKNOWN);
	close_room();
}

static void a_producer_that_collides_is_refused(void)
{
	struct tsr_producer_config other = microphone;

	CHECK(open_room());
	CHECK_INT(tsr_ingress_add_producer(room.ingress, &other), TSR_ERR_BUSY);
	other.id.v = 9;
	CHECK_INT(tsr_ingress_add_producer(room.ingress, &other), TSR_ERR_BUSY); /* mid */
	other.mid[0] = '5';
	CHECK_INT(tsr_ingress_add_producer(room.ingress, &other), TSR_ERR_BUSY); /* SSRC */
	other.encodings[0].ssrc = 61;
	other.ids.mid = 2;
	CHECK_INT(tsr_ingress_add_producer(room.ingress, &other), TSR_ERR_RANGE);
	other.ids = ids;
	CHECK_INT(tsr_ingress_add_producer(room.ingress, &other), 0);
	CHECK_INT(tsr_egress_add_consumer(room.egress, &shown, room.now), TSR_ERR_BUSY);
	close_room();
}

/* Starts at a key frame, under its own SSRC, types and names; two encodings are one stream. */
static void what_is_shown_has_no_seam(void)
{
	struct tsr_rtp rtp;
	uint16_t seq, picture;

	CHECK(open_room());
	CHECK_INT(send_video(70, 96, "1", "l", 10, 100, false), 0);
	turn();
	drain();
	CHECK_INT(room.n, 0);
	CHECK_INT(send_video(70, 96, "1", "l", 11, 101, true), 0);
	drain();
	CHECK_INT(room.n, 1);
	CHECK_INT(tsr_rtp_parse(&rtp, tsr_slice(room.out[0], room.len[0])), 0);
	CHECK(rtp.ssrc == 500 && rtp.pt == 101);
	seq = rtp.seq;
	picture = tsr_get_u16(rtp.payload.data + 2) & 0x7fff;
	CHECK_INT(send_video(71, 96, "1", "h", 40, 7, true), 0);
	for (int i = 0; i < 8; i++)
		turn();
	CHECK_INT(send_video(70, 96, "1", "l", 12, 102, false), 0);
	CHECK_INT(send_video(71, 96, "1", "h", 41, 8, true), 0);
	CHECK_INT(send_video(70, 96, "1", "l", 13, 103, false), 0); /* not shown any more */
	drain();
	CHECK_INT(room.n, 2);
	for (uint16_t i = 0; i < 2; i++) {
		CHECK_INT(tsr_rtp_parse(&rtp, tsr_slice(room.out[i], room.len[i])), 0);
		CHECK_INT(rtp.seq, (uint16_t)(seq + 1 + i));
		CHECK_INT(tsr_get_u16(rtp.payload.data + 2) & 0x7fff, (picture + 1 + i) & 0x7fff);
	}
	close_room();
}

static void what_was_lost_is_sent_again(void)
{
	uint8_t buf[64];
	struct tsr_writer wr = tsr_writer(buf, sizeof(buf));
	struct tsr_rtp rtp;
	uint16_t seq;

	CHECK(open_room());
	CHECK_INT(send_video(70, 96, "1", "l", 11, 101, true), 0);
	turn();
	CHECK_INT(send_video(70, 96, "1", "l", 13, 103, true), 0);
	drain();
	CHECK_INT(tsr_rtp_parse(&rtp, tsr_slice(room.out[room.n - 1], room.len[room.n - 1])), 0);
	seq = rtp.seq;
	/* from the sender, by RTX: it goes out under the number that was kept for it */
	CHECK_INT(send_video(80, 97, "1", "l", 12, 102, false), 0);
	CHECK_INT(send_video(80, 97, "1", "l", 12, 102, false), 0);
	tsr_rtcp_write_nack(&wr, 1, 500, &seq, 1);
	CHECK_INT(tsr_egress_handle_rtcp(room.egress, tsr_slice(buf, wr.len), room.now), 0);
	CHECK_INT(tsr_egress_handle_rtcp(room.egress, tsr_slice(buf, wr.len), room.now), 0);
	drain();
	CHECK_INT(room.n, 2); /* what was asked for twice in a moment goes once */
	for (size_t i = 0; i < 2; i++) {
		CHECK_INT(tsr_rtp_parse(&rtp, tsr_slice(room.out[i], room.len[i])), 0);
		if (rtp.ssrc == 501)
			CHECK(rtp.pt == 102 && tsr_get_u16(rtp.payload.data) == seq);
		else
			CHECK(rtp.ssrc == 500 && rtp.seq == (uint16_t)(seq - 1));
	}
	close_room();
}

static void a_key_frame_is_asked_for_once(void)
{
	uint8_t buf[TSR_MEDIA_OUT_MAX];
	struct tsr_ingress_stats stats;
	struct tsr_ingress *in;

	CHECK(open_room());
	CHECK_INT(send_video(70, 96, "1", "l", 10, 100, false), 0);
	for (int i = 0; i < 9; i++) {
		turn();
		for (int k = 0; k < 50; k++)
			(void)tsr_router_handle_event(room.router,
				&(struct tsr_router_event){
					.kind = TSR_ROUTER_KEY_FRAME, .producer = camera.id },
				room.now);
		while ((in = tsr_router_poll_ingress(room.router)))
			while (tsr_ingress_poll(in, buf, sizeof(buf), room.now))
				;
	}
	tsr_ingress_stats(room.ingress, &stats, room.now);
	CHECK_INT(stats.plis, 1);
	close_room();
}

static uint64_t n_plis(void)
{
	uint8_t buf[TSR_MEDIA_OUT_MAX];
	struct tsr_ingress_stats stats;
	struct tsr_ingress *in;

	while ((in = tsr_router_poll_ingress(room.router)))
		while (tsr_ingress_poll(in, buf, sizeof(buf), room.now))
			;
	tsr_ingress_stats(room.ingress, &stats, room.now);
	return stats.plis;
}

/* The key frame comes while DTLS is under way. */
static void the_first_picture_does_not_wait_for_the_transport(void)
{
	struct tsr_consumer_wants wants = { .is_on = true, .max_spatial = 1, .max_temporal = 2 };
	struct tsr_egress *e;
	uint64_t before;

	CHECK(open_room());
	tsr_egress_remove_consumer(room.egress, camera.id);
	CHECK_INT(send_video(70, 96, "1", "l", 10, 100, false), 0);
	turn();
	before = n_plis();
	e = tsr_router_add_egress(room.router, NULL, room.now);
	CHECK(e != NULL);
	CHECK_INT(tsr_egress_add_consumer(e, &shown, room.now), 0);
	CHECK_INT(n_plis(), before);
	tsr_egress_set_wants(e, camera.id, &wants, room.now);
	CHECK_INT(n_plis(), before + 1);
	CHECK_INT(send_video(70, 96, "1", "l", 11, 101, true), 0);
	drain();
	CHECK_INT(room.n, 0);
	turn();
	tsr_egress_set_open(e, true, room.now);
	tsr_router_handle_timeout(room.router, room.now);
	drain();
	CHECK(room.n >= 1);
	CHECK_INT(n_plis(), before + 1);
	close_room();
}

/* A second receiver, who gives no feedback on packets. */
static struct tsr_egress *add_blind(const struct tsr_consumer_config *config)
{
	struct tsr_consumer_wants wants = { .is_on = true, .max_spatial = 1, .max_temporal = 2 };
	struct tsr_egress *e = tsr_router_add_egress(room.router, NULL, room.now);

	tsr_egress_remove_consumer(room.egress, config->source);
	if (!e || tsr_egress_add_consumer(e, config, room.now) != 0)
		return NULL;
	tsr_egress_set_open(e, true, room.now);
	tsr_egress_set_wants(e, config->source, &wants, room.now);
	return e;
}

static void what_is_sent_again_is_whole_after_a_wrap(void)
{
	struct tsr_consumer_config config = shown;
	struct tsr_egress *e;
	struct tsr_rtp rtp;
	uint8_t buf[64];

	config.ids.transport_cc = 0;
	CHECK(open_room());
	CHECK((e = add_blind(&config)) != NULL);
	CHECK_INT(send_video(70, 96, "1", "l", 0, 0, true), 0);
	turn();
	drain();
	for (uint32_t i = 1; i < 70000; i++) {
		struct tsr_writer wr = tsr_writer(buf, sizeof(buf));
		uint16_t seq;

		room.now += TSR_MS;
		tsr_router_handle_timeout(room.router, room.now);
		CHECK_INT(send_video(70, 96, "", "", (uint16_t)i, i & 0x7fff, false), 0);
		drain();
		if (i % 1000)
			continue;
		CHECK_INT(room.n, 1);
		CHECK_INT(tsr_rtp_parse(&rtp, tsr_slice(room.out[0], room.len[0])), 0);
		seq = rtp.seq;
		tsr_rtcp_write_nack(&wr, 1, 500, &seq, 1);
		CHECK_INT(tsr_egress_handle_rtcp(e, tsr_slice(buf, wr.len), room.now), 0);
		drain();
		CHECK_INT(room.n, 1);
		CHECK_INT(tsr_rtp_parse(&rtp, tsr_slice(room.out[0], room.len[0])), 0);
		CHECK(rtp.ssrc == 501 && rtp.payload.len > 20);
	}
	close_room();
}

/* A sender that leaves out as many numbers as it may, and then more, gets little said for it. */
static void gaps_on_purpose_send_little(void)
{
	struct tsr_consumer_config config = shown;
	uint64_t n = 0;
	uint32_t seq = 0;

	config.ids.transport_cc = 0;
	CHECK(open_room());
	CHECK(add_blind(&config) != NULL);
	for (uint16_t i = 0; i < 200; i++) {
		turn();
		CHECK_INT(send_video(70, 96, "1", "l", (uint16_t)seq, i, true), 0);
		drain();
		n += room.n;
		seq += i % 2 ? 250 : 300;
	}
	CHECK(n > 50 && n < 200 * 33);
	close_room();
}

static void send_audio(uint16_t seq)
{
	uint8_t p[40] = { 0x80, 111 };
	struct tsr_parcel *parcel;

	tsr_put_u16(p + 2, seq);
	tsr_put_u32(p + 4, seq * 960u);
	tsr_put_u32(p + 8, 60);
	CHECK_INT(tsr_ingress_handle_rtp(room.ingress, tsr_slice(p, sizeof(p)), room.now, &parcel),
		0);
	if (parcel)
		tsr_router_handle_parcel(room.router, parcel, room.now);
	tsr_parcel_unref(&parcel);
}

/* The newest loss that the sender of an SSRC is told of; -1: none. */
static int told_loss(uint32_t ssrc)
{
	struct tsr_rtcp_report reports[31];
	uint8_t buf[TSR_MEDIA_OUT_MAX];
	struct tsr_ingress *in;
	int loss = -1;

	while ((in = tsr_router_poll_ingress(room.router))) {
		size_t len = tsr_ingress_poll(in, buf, sizeof(buf), room.now);
		struct tsr_slice left = tsr_slice(buf, len);
		struct tsr_rtcp rtcp;

		while (tsr_rtcp_next(&left, &rtcp)) {
			size_t n = rtcp.type == TSR_RTCP_RR
					   ? tsr_rtcp_read_reports(&rtcp, NULL, reports, 31)
					   : 0;

			for (size_t i = 0; i < n; i++)
				if (reports[i].ssrc == ssrc)
					loss = reports[i].fraction_lost;
		}
	}
	return loss;
}

/* FEC is for those behind a bad line; the encoder hears of them by the reports on its own. */
static void a_voice_hears_what_its_listeners_lose(void)
{
	struct tsr_consumer_config config = shown;
	struct tsr_egress *e;
	uint8_t buf[64];
	int loss = -1, most = -1;

	config.source.v = 6;
	config.rtx_pt = 0;
	config.ids.transport_cc = 0;
	CHECK(open_room());
	CHECK_INT(tsr_router_add_source(room.router, &microphone, room.now), 0);
	CHECK((e = add_blind(&config)) != NULL);
	for (uint16_t i = 0; i < 300; i++) {
		struct tsr_rtcp_report report = { .ssrc = 500, .fraction_lost = 13 };
		struct tsr_writer wr = tsr_writer(buf, sizeof(buf));
		int told;

		turn();
		send_audio(i);
		drain();
		report.fraction_lost = i < 100 ? 13 : 200;
		tsr_rtcp_write_rr(&wr, 1, &report, 1);
		if (i >= 40 && i < 140)
			CHECK_INT(tsr_egress_handle_rtcp(e, tsr_slice(buf, wr.len), room.now), 0);
		told = told_loss(60);
		loss = told >= 0 ? told : loss;
		most = loss > most ? loss : most;
		if (i == 39)
			CHECK_INT(loss, 0);
		if (i == 99)
			CHECK(loss >= 11 && loss <= 13);
	}
	CHECK_INT(most, 26); /* a tenth, whatever somebody says */
	room.now += 30 * TSR_SECOND;
	for (uint16_t i = 0; i < 100; i++) {
		turn();
		send_audio((uint16_t)(300 + i));
		loss = told_loss(60);
		most = loss >= 0 ? loss : most;
	}
	CHECK_INT(most, 0); /* nobody has said anything for long */
	close_room();
}

static struct tsr_egress *listen_to_microphone(void)
{
	struct tsr_consumer_config config = shown;

	config.source.v = 6;
	config.rtx_pt = 0;
	config.ids.transport_cc = 6;
	if (!open_room() || tsr_router_add_source(room.router, &microphone, room.now) != 0)
		return NULL;
	return add_blind(&config);
}

static void pause_microphone(bool is_paused)
{
	tsr_ingress_set_paused(room.ingress, microphone.id, is_paused);
	tsr_router_set_source_paused(room.router, microphone.id, is_paused);
}

/* What was lost while he was muted comes when he is not any more; what was heard before is not
 * repeated to anybody after. */
static void mute_is_silence_though_packets_come_late(void)
{
	struct tsr_egress *e = listen_to_microphone();
	uint8_t buf[64];
	struct tsr_writer wr = tsr_writer(buf, sizeof(buf));
	struct tsr_rtp rtp;

	CHECK(e != NULL);
	send_audio(1);
	drain();
	CHECK_INT(room.n, 1);
	CHECK_INT(tsr_rtp_parse(&rtp, tsr_slice(room.out[0], room.len[0])), 0);
	turn();
	pause_microphone(true);
	tsr_rtcp_write_nack(&wr, 1, 500, &rtp.seq, 1);
	CHECK_INT(tsr_egress_handle_rtcp(e, tsr_slice(buf, wr.len), room.now), 0);
	send_audio(2);
	send_audio(5);
	drain();
	CHECK_INT(room.n, 0);
	turn();
	pause_microphone(false);
	send_audio(3);
	send_audio(4);
	drain();
	CHECK_INT(room.n, 0);
	send_audio(6);
	drain();
	CHECK_INT(room.n, 1);
	close_room();
}

/* 2^32 microseconds are 71 minutes. */
static void a_report_after_hours_is_on_time(void)
{
	struct tsr_egress *e = listen_to_microphone();
	struct tsr_rtcp_sr sr = { .ssrc = 60, .ntp = UINT64_C(5000) << 32, .ts = 960 };
	uint8_t buf[TSR_MEDIA_OUT_MAX];
	struct tsr_writer wr = tsr_writer(buf, sizeof(buf));
	uint64_t ntp = 0;

	CHECK(e != NULL);
	tsr_rtcp_write_sr(&wr, &sr);
	CHECK_INT(tsr_ingress_handle_rtcp(room.ingress, tsr_slice(buf, wr.len), room.now), 0);
	send_audio(1);
	drain();
	room.now += 100 * TSR_MINUTE;
	send_audio(2);
	tsr_router_handle_timeout(room.router, room.now);
	while ((e = tsr_router_poll_egress(room.router))) {
		enum tsr_media_kind kind;
		struct tsr_slice left;
		struct tsr_rtcp rtcp;
		size_t len;

		while ((len = tsr_egress_poll(e, buf, sizeof(buf), room.now, &kind)) != 0) {
			left = tsr_slice(buf, kind == TSR_MEDIA_RTCP ? len : 0);
			while (tsr_rtcp_next(&left, &rtcp))
				if (rtcp.type == TSR_RTCP_SR) {
					(void)tsr_rtcp_read_reports(&rtcp, &sr, NULL, 0);
					ntp = sr.ntp;
				}
		}
	}
	CHECK(ntp >> 32 == 5000 + 6000);
	close_room();
}

/* Browsers have no RTX for it, and SRTP takes the same number only for the same packet. */
static void sound_that_was_lost_goes_as_it_went(void)
{
	struct tsr_egress *e = listen_to_microphone();
	struct tsr_egress_stats stats;
	uint8_t buf[64], first[TSR_MEDIA_OUT_MAX];
	struct tsr_writer wr = tsr_writer(buf, sizeof(buf));
	struct tsr_rtp rtp;
	size_t len;

	CHECK(e != NULL);
	send_audio(1);
	drain();
	CHECK_INT(room.n, 1);
	len = room.len[0];
	memcpy(first, room.out[0], len);
	CHECK_INT(tsr_rtp_parse(&rtp, tsr_slice(first, len)), 0);
	turn();
	send_audio(2);
	drain();
	tsr_rtcp_write_nack(&wr, 1, 500, &rtp.seq, 1);
	CHECK_INT(tsr_egress_handle_rtcp(e, tsr_slice(buf, wr.len), room.now), 0);
	CHECK_INT(tsr_egress_handle_rtcp(e, tsr_slice(buf, wr.len), room.now), 0);
	drain();
	CHECK_INT(room.n, 1);
	CHECK(room.len[0] == len && memcmp(room.out[0], first, len) == 0);
	tsr_egress_stats(e, &stats, room.now);
	CHECK_INT(stats.resent, 1);
	close_room();
}

/* A page tells by silence that its path is dead, so there is none. */
static void who_is_told_nothing_else_hears_a_pulse(void)
{
	uint8_t buf[TSR_MEDIA_OUT_MAX];
	enum tsr_media_kind kind;
	int to_sender = 0, to_receiver = 0;

	CHECK(open_room());
	CHECK_INT(send_video(70, 96, "1", "l", 1, 1, true), 0);
	for (int i = 0; i < 100; i++) { /* 5 s */
		struct tsr_egress *e;
		struct tsr_ingress *in;

		turn();
		while ((e = tsr_router_poll_egress(room.router)))
			while (tsr_egress_poll(e, buf, sizeof(buf), room.now, &kind))
				to_receiver += kind == TSR_MEDIA_RTCP;
		while ((in = tsr_router_poll_ingress(room.router)))
			while (tsr_ingress_poll(in, buf, sizeof(buf), room.now))
				to_sender++;
	}
	CHECK(to_sender >= 18 && to_sender <= 30);
	CHECK(to_receiver >= 18 && to_receiver <= 20);
	close_room();
}

TEST_MAIN(TEST(an_ssrc_is_known_by_its_names), TEST(a_producer_that_collides_is_refused),
	TEST(what_is_shown_has_no_seam), TEST(what_was_lost_is_sent_again),
	TEST(a_key_frame_is_asked_for_once),
	TEST(the_first_picture_does_not_wait_for_the_transport),
	TEST(what_is_sent_again_is_whole_after_a_wrap), TEST(gaps_on_purpose_send_little),
	TEST(a_voice_hears_what_its_listeners_lose), TEST(sound_that_was_lost_goes_as_it_went),
	TEST(mute_is_silence_though_packets_come_late), TEST(a_report_after_hours_is_on_time),
	TEST(who_is_told_nothing_else_hears_a_pulse))
