/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_MEDIA_RTP_H
#define TSR_MEDIA_RTP_H

#include <stdbool.h>

#include "core/base/attr.h"
#include "core/base/slice.h"

/*
 * rtp: the header of RTP (RFC 3550 5.1) and its extensions (RFC 8285, both forms).
 */
#define TSR_RTP_HEADER_LEN 12u
#define TSR_RTP_PACKET_MAX 1440u /* header, extensions and payload, without the SRTP tag */
#define TSR_RTP_NAME_MAX 16u     /* bytes of a MID or RID */

struct tsr_rtp {
	bool marker;
	uint8_t pt;
	uint16_t seq;
	uint32_t ts;
	uint32_t ssrc;
	uint16_t profile; /* of the extensions: 0xBEDE, 0x1000..0x100F; 0 = there are none */
	struct tsr_slice extensions; /* inside the packet, as are all slices */
	struct tsr_slice payload;    /* without padding */
};

/* Returns 0, TSR_ERR_SHORT, TSR_ERR_VERSION or TSR_ERR_FORMAT (padding). Lengths are checked;
 * the elements of the extensions are when they are read. */
TSR_CHECKED int tsr_rtp_parse(struct tsr_rtp *out, struct tsr_slice packet);

/* The identifiers of the extensions (1..14) as one sender has them; 0 = not used. */
struct tsr_rtp_ids {
	uint8_t mid, rid, repaired_rid, audio_level, abs_send_time, transport_cc;
};

/* What the extensions said. Names are slices of the packet, empty when absent. */
struct tsr_rtp_extensions {
	struct tsr_slice mid, rid, repaired_rid; /* RFC 9143, 8852 */
	bool has_level, has_voice, has_transport_seq;
	uint8_t level; /* RFC 6464: -dBov, 127 = silence */
	uint16_t transport_seq;
};

/* Elements that break the rules end the walk; what came before them counts (RFC 8285 4.2). */
void tsr_rtp_read_extensions(
	struct tsr_rtp_extensions *out, const struct tsr_rtp *rtp, const struct tsr_rtp_ids *ids);

/* ---- big-endian fields of packets that are rewritten in place ---- */
static inline void tsr_put_u16(uint8_t *at, uint16_t v)
{
	at[0] = (uint8_t)(v >> 8);
	at[1] = (uint8_t)v;
}
static inline void tsr_put_u32(uint8_t *at, uint32_t v)
{
	tsr_put_u16(at, (uint16_t)(v >> 16));
	tsr_put_u16(at + 2, (uint16_t)v);
}
static inline uint16_t tsr_get_u16(const uint8_t *at)
{
	return (uint16_t)(at[0] << 8 | at[1]);
}
static inline uint32_t tsr_get_u32(const uint8_t *at)
{
	return (uint32_t)tsr_get_u16(at) << 16 | tsr_get_u16(at + 2);
}

/* The number nearest to the reference whose low 16 bits are seq: sequence numbers without a wrap.
 */
static inline uint32_t tsr_unwrap_u16(uint32_t reference, uint16_t seq)
{
	return reference + (uint32_t)(int32_t)(int16_t)(uint16_t)(seq - (uint16_t)reference);
}
/* Whether a comes after b, both being numbers that wrap. */
static inline bool tsr_is_after(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) > 0;
}

#endif
