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
			tsr_router_request_key_frame(room.router, camera.id, 0, room.now);
		while ((in = tsr_router_poll_ingress(room.router)))
			while (tsr_ingress_poll(in, buf, sizeof(buf), room.now))
				;
	}
	tsr_ingress_stats(room.ingress, &stats, room.now);
	CHECK_INT(stats.plis, 1);
	close_room();
}

TEST_MAIN(TEST(an_ssrc_is_known_by_its_names), TEST(a_producer_that_collides_is_refused),
	TEST(what_is_shown_has_no_seam), TEST(what_was_lost_is_sent_again),
	TEST(a_key_frame_is_asked_for_once))
