/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/sfu/source.h"

#include <string.h>

#include "bench/sfu/stamp.h"

#define RTP_VERSION 0x80
#define RTP_HEADER_LEN 12
#define RTP_PADDING 0x20
#define RTP_EXTENSION 0x10
#define RTP_MARKER 0x80
#define ONE_BYTE_PROFILE 0xbede /* RFC 8285, section 4.2 */
#define VOICE 0x80              /* RFC 6464: somebody speaks */
#define LEVEL_DBOV 20           /* 0 is loudest */

static uint8_t *put(uint8_t *at, uint64_t value, int bytes)
{
	for (int i = 0; i < bytes; i++)
		*at++ = (uint8_t)(value >> 8 * (bytes - 1 - i));
	return at;
}

static uint8_t *put_element(uint8_t *at, uint8_t id, const void *bytes, size_t len)
{
	if (id == 0)
		return at;
	*at++ = (uint8_t)(id << 4 | (len - 1));
	memcpy(at, bytes, len);
	return at + len;
}

static uint8_t *put_extensions(
	const struct bench_source *source, uint8_t *at, uint16_t twcc_seq, uint64_t now_ns)
{
	uint8_t *head = at, twcc[2], time[3], level = VOICE | LEVEL_DBOV;

	put(twcc, twcc_seq, 2);
	/* abs-send-time: seconds as a 6.18 fixed point. */
	put(time,
		((now_ns / 1000000000u % 64) << 18) | ((now_ns % 1000000000u << 18) / 1000000000u),
		3);
	at += 4;
	at = put_element(at, source->mid_ext, source->mid, strlen(source->mid));
	at = put_element(at, source->twcc_ext, twcc, sizeof(twcc));
	at = put_element(at, source->time_ext, time, sizeof(time));
	at = put_element(at, source->level_ext, &level, sizeof(level));
	while ((at - head) % 4)
		*at++ = 0;
	put(head, ONE_BYTE_PROFILE, 2);
	put(head + 2, (uint64_t)(at - head) / 4 - 1, 2);
	return at;
}

/* RFC 7741: a descriptor with a 15-bit picture id, and the frame's own first bytes. */
static uint8_t *put_vp8(const struct bench_source *source, uint8_t *at, bool is_first)
{
	static const uint8_t size[4] = { 0x80, 0x02, 0xe0, 0x01 }; /* 640 x 480 */

	*at++ = is_first ? 0x90 : 0x80; /* X, S */
	*at++ = 0x80;                   /* I */
	at = put(at, 0x8000u | source->picture, 2);
	if (!is_first)
		return at;
	*at++ = source->wants_key ? 0x10 : 0x11; /* show_frame; P = 0 in a key frame */
	at = put(at, 0, 2);
	if (!source->wants_key)
		return at;
	at = put(at, 0x9d012a, 3);
	memcpy(at, size, sizeof(size));
	return at + sizeof(size);
}

void bench_source_next_frame(struct bench_source *source, uint32_t interval_us)
{
	source->rtp_time += (uint32_t)((uint64_t)interval_us * (source->is_video ? 90 : 48) / 1000);
	source->picture = (source->picture + 1) & 0x7fff;
}

size_t bench_source_write(struct bench_source *source, uint8_t out[static BENCH_PACKET_MAX],
	uint16_t n, uint16_t twcc_seq, uint64_t now_ns)
{
	bool is_last = n + 1 == source->n_packets;
	struct bench_stamp stamp = { .source = source->id, .sent_ns = now_ns };
	uint8_t *at = out;

	*at++ = RTP_VERSION | RTP_EXTENSION;
	*at++ = source->payload_type | (source->is_video && is_last ? RTP_MARKER : 0);
	at = put(at, ++source->rtp_seq, 2);
	at = put(at, source->rtp_time, 4);
	at = put(at, source->ssrc, 4);
	at = put_extensions(source, at, twcc_seq, now_ns);
	if (source->is_video)
		at = put_vp8(source, at, n == 0);
	else
		*at++ = 0x78; /* TOC: CELT, fullband, 20 ms */
	memset(at, (int)(source->seq * 37 & 0xff), source->size - (size_t)(at - out));
	stamp.seq = ++source->seq;
	bench_stamp_write(out + source->size - BENCH_STAMP_LEN, &stamp);
	if (source->is_video && is_last && source->wants_key) {
		source->wants_key = false;
		source->n_keys++;
	}
	return source->size;
}

/* RFC 8285, one-byte form: the only one that is negotiated by anybody here. */
static void read_number(struct bench_rtp *out, const uint8_t *at, const uint8_t *end, uint8_t id)
{
	while (id && at < end) {
		size_t len = (at[0] & 0x0fu) + 1;

		if (at[0] == 0) { /* padding */
			at++;
			continue;
		}
		if (at + 1 + len > end)
			return;
		if (at[0] >> 4 == id && len == 2) {
			out->has_number = true;
			out->number = (uint16_t)(at[1] << 8 | at[2]);
		}
		at += 1 + len;
	}
}

bool bench_rtp_read(struct bench_rtp *out, const uint8_t *bytes, size_t len, uint8_t twcc_ext)
{
	size_t at = RTP_HEADER_LEN + 4u * (bytes[0] & 0x0f), extensions;

	*out = (struct bench_rtp){ .payload_type = bytes[1] & 0x7f, .payload_end = len };
	if (len < at || (bytes[0] & 0xc0) != RTP_VERSION)
		return false;
	for (size_t i = 8; i < 12; i++)
		out->ssrc = out->ssrc << 8 | bytes[i];
	if (bytes[0] & RTP_EXTENSION) {
		if (len < at + 4)
			return false;
		extensions = 4u * (size_t)(bytes[at + 2] << 8 | bytes[at + 3]);
		if (len < at + 4 + extensions)
			return false;
		if ((bytes[at] << 8 | bytes[at + 1]) == ONE_BYTE_PROFILE)
			read_number(out, bytes + at + 4, bytes + at + 4 + extensions, twcc_ext);
		at += 4 + extensions;
	}
	out->payload_at = at;
	if (bytes[0] & RTP_PADDING)
		out->payload_end -= bytes[len - 1];
	return out->payload_end >= at && out->payload_end <= len;
}
