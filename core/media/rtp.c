/* SPDX-License-Identifier: Apache-2.0 */
/*
 *  0                   1                   2                   3
 * |V=2|P|X|  CC   |M|     PT      |       sequence number         |
 * |                           timestamp                           |
 * |                             SSRC                              |
 * |                     CSRC, CC times                            |
 * |      profile of extensions    |   their length in words       |  when X
 */
#include "core/media/rtp.h"

#include "core/base/err.h"

enum { PROFILE_ONE_BYTE = 0xBEDE, PROFILE_TWO_BYTE = 0x1000 };

int tsr_rtp_parse(struct tsr_rtp *out, struct tsr_slice packet)
{
	const uint8_t *p = packet.data;
	size_t at = TSR_RTP_HEADER_LEN, end = packet.len;

	*out = (struct tsr_rtp){ 0 };
	if (packet.len < TSR_RTP_HEADER_LEN)
		return TSR_ERR_SHORT;
	if (p[0] >> 6 != 2)
		return TSR_ERR_VERSION;
	out->marker = p[1] >> 7;
	out->pt = p[1] & 0x7f;
	out->seq = tsr_get_u16(p + 2);
	out->ts = tsr_get_u32(p + 4);
	out->ssrc = tsr_get_u32(p + 8);
	at += 4 * (size_t)(p[0] & 0x0f);
	if (p[0] & 0x10) {
		if (end < at + 4)
			return TSR_ERR_SHORT;
		out->profile = tsr_get_u16(p + at);
		out->extensions = tsr_slice(p + at + 4, 4 * (size_t)tsr_get_u16(p + at + 2));
		at += 4 + out->extensions.len;
	}
	if (end < at)
		return TSR_ERR_SHORT;
	if (p[0] & 0x20) {
		if (end == at || p[end - 1] == 0 || p[end - 1] > end - at)
			return TSR_ERR_FORMAT;
		end -= p[end - 1];
	}
	out->payload = tsr_slice(p + at, end - at);
	return 0;
}

static void read_element(struct tsr_rtp_extensions *out, const struct tsr_rtp_ids *ids, uint8_t id,
	struct tsr_slice value)
{
	if (id == ids->mid && value.len <= TSR_RTP_NAME_MAX) {
		out->mid = value;
	} else if (id == ids->rid && value.len <= TSR_RTP_NAME_MAX) {
		out->rid = value;
	} else if (id == ids->repaired_rid && value.len <= TSR_RTP_NAME_MAX) {
		out->repaired_rid = value;
	} else if (id == ids->audio_level && value.len >= 1) {
		out->has_level = true;
		out->has_voice = value.data[0] >> 7;
		out->level = value.data[0] & 0x7f;
	} else if (id == ids->transport_cc && value.len >= 2) {
		out->has_transport_seq = true;
		out->transport_seq = tsr_get_u16(value.data);
	}
}

void tsr_rtp_read_extensions(
	struct tsr_rtp_extensions *out, const struct tsr_rtp *rtp, const struct tsr_rtp_ids *ids)
{
	const uint8_t *p, *end;
	bool is_one_byte = rtp->profile == PROFILE_ONE_BYTE;

	*out = (struct tsr_rtp_extensions){ 0 };
	if (rtp->extensions.len == 0)
		return;
	if (!is_one_byte && (rtp->profile & 0xfff0) != PROFILE_TWO_BYTE)
		return;
	p = rtp->extensions.data;
	end = p + rtp->extensions.len;
	while (p < end) {
		uint8_t id = is_one_byte ? *p >> 4 : *p;
		size_t len;

		if (*p == 0) { /* padding */
			p++;
			continue;
		}
		if (is_one_byte) {
			if (id == 15)
				return;
			len = (size_t)(*p & 0x0f) + 1;
			p++;
		} else {
			if (end - p < 2)
				return;
			len = p[1];
			p += 2;
		}
		if ((size_t)(end - p) < len)
			return;
		if (id != 0)
			read_element(out, ids, id, tsr_slice(p, len));
		p += len;
	}
}
