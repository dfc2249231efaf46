/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_BENCH_SFU_SOURCE_H
#define TSR_BENCH_SFU_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * source: plain RTP as a browser sends it, but with payloads that are random bytes and a stamp: VP8
 * frames of so many packets of one size, or Opus. Written apart from core/media, so that neither
 * can agree with itself only.
 */
#define BENCH_PACKET_MAX 1500
#define BENCH_MID_MAX 16

struct bench_source {
	uint32_t id; /* of the stamps */
	bool is_video;
	bool wants_key; /* the next frame is a key frame */
	uint8_t payload_type;
	uint32_t ssrc;
	char mid[BENCH_MID_MAX + 1];
	uint8_t mid_ext, twcc_ext, level_ext, time_ext; /* ids; 0 = not sent */
	uint16_t size;                                  /* of an RTP packet, before SRTP */
	uint16_t n_packets;                             /* of a frame */
	uint16_t rtp_seq;
	uint32_t rtp_time;
	uint16_t picture; /* 15 bits */
	uint32_t seq;     /* of the newest stamp */
	uint32_t n_keys;  /* key frames sent */
};

/* Goes to the next frame, `interval_us` after the one before. */
void bench_source_next_frame(struct bench_source *source, uint32_t interval_us);

/* Packet `n` of the frame into `out`; `twcc_seq` is the transport's. Returns its length. */
size_t bench_source_write(struct bench_source *source, uint8_t out[static BENCH_PACKET_MAX],
	uint16_t n, uint16_t twcc_seq, uint64_t now_ns);

/* What a receiver reads off a packet. */
struct bench_rtp {
	uint8_t payload_type;
	uint32_t ssrc;
	size_t payload_at, payload_end; /* without padding */
	bool has_number;
	uint16_t number; /* transport-cc */
};

/* False when it is no RTP. */
bool bench_rtp_read(struct bench_rtp *out, const uint8_t *bytes, size_t len, uint8_t twcc_ext);

#endif
