/* SPDX-License-Identifier: Apache-2.0 */
/* A router between a hostile producer and a hostile receiver. The input is a row of packets, each
 * u8 kind, u8 length, then its bytes: kind 0 RTP as it is, 1 RTP after a header that is right, 2
 * RTCP of the producer, 3 RTCP of the receiver, 4 time, 5 wants, 6 pause. */
#include <stdlib.h>
#include <string.h>

#include "core/media/router.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct stage {
	struct tsr_router *router;
	struct tsr_ingress *ingress;
	struct tsr_egress *egress;
	tsr_time now;
};

static void drain(struct stage *s)
{
	uint8_t buf[TSR_MEDIA_OUT_MAX];
	struct tsr_router_event event;
	struct tsr_ingress *in;
	struct tsr_egress *out;
	enum tsr_media_kind kind;
	size_t n;

	while ((out = tsr_router_poll_egress(s->router)))
		while ((n = tsr_egress_poll(out, buf, sizeof(buf), s->now, &kind)))
			if (n > sizeof(buf))
				abort();
	while ((in = tsr_router_poll_ingress(s->router)))
		while ((n = tsr_ingress_poll(in, buf, sizeof(buf), s->now)))
			if (n > sizeof(buf))
				abort();
	while (tsr_router_poll_event(s->router, &event))
		;
}

static void put_rtp(struct stage *s, const uint8_t *data, size_t len, bool has_header)
{
	struct tsr_parcel *parcel = NULL;
	uint8_t *packet;

	if (!has_header) {
		(void)!tsr_ingress_handle_rtp(s->ingress, tsr_slice(data, len), s->now, &parcel);
	} else if (len >= 4) {
		static const uint8_t pts[4] = { 111, 96, 97, 98 };

		packet = malloc(12 + len - 4); /* as long as it is: no read behind it goes unseen */
		if (!packet)
			abort();
		packet[0] = 0x80;
		packet[1] = pts[data[0] & 3] | (data[0] & 0x80);
		tsr_put_u16(packet + 2, tsr_get_u16(data + 1));
		tsr_put_u32(packet + 4, data[3] * 3000u);
		tsr_put_u32(packet + 8, 1u + (data[0] & 3) + (data[0] >> 2 & 1));
		memcpy(packet + 12, data + 4, len - 4);
		(void)!tsr_ingress_handle_rtp(
			s->ingress, tsr_slice(packet, 12 + len - 4), s->now, &parcel);
		free(packet);
	}
	if (parcel)
		tsr_router_handle_parcel(s->router, parcel, s->now);
	tsr_parcel_unref(&parcel);
}

static void step(struct stage *s, uint8_t kind, const uint8_t *data, size_t len)
{
	struct tsr_stream_id id = { 1u + (len ? data[0] % 3u : 0) };
	struct tsr_consumer_wants wants = { .is_on = len > 1 && data[1] & 1,
		.max_spatial = 2,
		.max_temporal = len > 2 ? data[2] & 3 : 0 };

	switch (kind % 7) {
	case 0:
	case 1:
		put_rtp(s, data, len, kind % 7);
		break;
	case 2:
		(void)!tsr_ingress_handle_rtcp(s->ingress, tsr_slice(data, len), s->now);
		break;
	case 3:
		(void)!tsr_egress_handle_rtcp(s->egress, tsr_slice(data, len), s->now);
		break;
	case 4:
		s->now += (len ? data[0] : 1) * 4 * TSR_MS;
		tsr_router_handle_timeout(s->router, s->now);
		break;
	case 5:
		tsr_egress_set_wants(s->egress, id, &wants, s->now);
		break;
	default:
		tsr_ingress_set_paused(s->ingress, id, len > 1 && data[1] & 1);
		break;
	}
	drain(s);
}

static void open_stage(struct stage *s, struct tsr_parcel_pool *pool)
{
	static const struct tsr_rtp_ids ids = { 1, 2, 3, 4, 5, 6 };
	static const enum tsr_codec codecs[3] = { TSR_CODEC_OPUS, TSR_CODEC_VP8, TSR_CODEC_VP9 };
	static const uint8_t pts[3] = { 111, 96, 98 };

	if (tsr_router_create(
		    &s->router, &(struct tsr_router_config){ .pool = pool, .seed = 7 }, s->now) ||
		!(s->ingress = tsr_router_add_ingress(s->router, NULL)) ||
		!(s->egress = tsr_router_add_egress(s->router, NULL, s->now)))
		abort();
	tsr_egress_set_open(s->egress, true, s->now);
	for (uint32_t i = 0; i < 3; i++) {
		struct tsr_producer_config producer = { .id = { i + 1 },
			.codec = codecs[i],
			.pt = pts[i],
			.rtx_pt = i == 1 ? 97 : 0,
			.mid = { (char)('a' + i) },
			.n_encodings = i == 1 ? 2 : 1,
			.encodings = { { .ssrc = i + 1 + (i == 2) },
				{ .ssrc = i == 1 ? 3 : 0, .rid = "h" } },
			.ids = ids };
		struct tsr_consumer_config consumer = { .source = producer.id,
			.ssrc = 100 + 2 * i,
			.rtx_ssrc = 101 + 2 * i,
			.pt = pts[i],
			.rtx_pt = i == 1 ? 97 : 0,
			.cname = "c",
			.ids = ids };
		struct tsr_consumer_wants wants = {
			.is_on = true, .max_spatial = 2, .max_temporal = 2
		};

		if (tsr_ingress_add_producer(s->ingress, &producer) ||
			tsr_router_add_source(s->router, &producer, s->now) ||
			tsr_egress_add_consumer(s->egress, &consumer, s->now))
			abort();
		tsr_egress_set_wants(s->egress, producer.id, &wants, s->now);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tsr_parcel_pool *pool = tsr_parcel_pool_create();
	struct stage s = { .now = TSR_SECOND };

	if (!pool)
		abort();
	open_stage(&s, pool);
	while (size >= 2) {
		uint8_t kind = data[0];
		size_t len = data[1] < size - 2 ? data[1] : size - 2;

		step(&s, kind, data + 2, len);
		data += 2 + len;
		size -= 2 + len;
	}
	tsr_router_destroy(s.router);
	tsr_parcel_pool_destroy(pool);
	return 0;
}
