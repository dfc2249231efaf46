/* SPDX-License-Identifier: Apache-2.0 */
#include "core/media/packet.h"

#include <assert.h>

#define STUN_MIN 20
#define DTLS_MIN 13
#define RTP_MIN 12
#define RTCP_MIN 8

static_assert(sizeof(struct tsr_tuple) == 40, "tuples are compared as bytes");

enum tsr_packet_kind tsr_packet_kind(struct tsr_slice datagram)
{
	uint8_t first;

	if (datagram.len < RTCP_MIN || datagram.len > TSR_DATAGRAM_MAX)
		return TSR_PACKET_UNKNOWN;
	first = datagram.data[0];
	if (first < 4)
		return datagram.len >= STUN_MIN ? TSR_PACKET_STUN : TSR_PACKET_UNKNOWN;
	if (first >= 20 && first < 64)
		return datagram.len >= DTLS_MIN ? TSR_PACKET_DTLS : TSR_PACKET_UNKNOWN;
	if (first < 128 || first >= 192)
		return TSR_PACKET_UNKNOWN;
	if (datagram.data[1] >= 192 && datagram.data[1] < 224)
		return TSR_PACKET_RTCP;
	return datagram.len >= RTP_MIN ? TSR_PACKET_RTP : TSR_PACKET_UNKNOWN;
}

uint8_t *tsr_outbox_space(struct tsr_outbox *outbox, size_t cap)
{
	if (outbox->n == TSR_OUTBOX_N || cap > sizeof(outbox->bytes) - outbox->used)
		return NULL;
	return outbox->bytes + outbox->used;
}

void tsr_outbox_commit(struct tsr_outbox *outbox, const struct tsr_tuple *tuple, size_t len)
{
	assert(outbox->n < TSR_OUTBOX_N && len <= sizeof(outbox->bytes) - outbox->used);
	outbox->datagrams[outbox->n++] = (struct tsr_datagram){
		.tuple = *tuple, .at = (uint32_t)outbox->used, .len = (uint32_t)len
	};
	outbox->used += len;
}
