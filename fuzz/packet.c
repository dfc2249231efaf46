/* SPDX-License-Identifier: Apache-2.0 */
/* A datagram: what RFC 7983 makes of it, and no more than its length allows. */
#include <stdlib.h>

#include "core/media/packet.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const size_t least[] = { [TSR_PACKET_STUN] = 20,
		[TSR_PACKET_DTLS] = 13,
		[TSR_PACKET_RTP] = 12,
		[TSR_PACKET_RTCP] = 8 };
	enum tsr_packet_kind kind = tsr_packet_kind(tsr_slice(data, size));

	if (size < least[kind] || (kind != TSR_PACKET_UNKNOWN && size > TSR_DATAGRAM_MAX))
		abort();
	return 0;
}
