/* SPDX-License-Identifier: Apache-2.0 */
#include "core/media/framing.h"

#include <assert.h>

#include "core/base/err.h"

void tsr_framing_init(struct tsr_framing *framing)
{
	framing->start = framing->end = 0;
}

uint8_t *tsr_framing_space(struct tsr_framing *framing, size_t *cap)
{
	memmove(framing->buffer, framing->buffer + framing->start, framing->end - framing->start);
	framing->end -= framing->start;
	framing->start = 0;
	*cap = sizeof(framing->buffer) - framing->end;
	return framing->buffer + framing->end;
}

void tsr_framing_handle(struct tsr_framing *framing, size_t len)
{
	assert(len <= sizeof(framing->buffer) - framing->end);
	framing->end += (uint32_t)len;
}

int tsr_framing_next(struct tsr_framing *framing, uint8_t **data, size_t *len)
{
	*data = NULL;
	*len = 0;
	while (framing->end - framing->start >= TSR_FRAMING_HEADER_LEN) {
		uint8_t *at = framing->buffer + framing->start;
		uint32_t want = (uint32_t)at[0] << 8 | at[1];

		if (want > TSR_DATAGRAM_MAX)
			return TSR_ERR_TOO_BIG;
		if (framing->end - framing->start - TSR_FRAMING_HEADER_LEN < want)
			return TSR_ERR_AGAIN;
		framing->start += TSR_FRAMING_HEADER_LEN + want;
		if (want > 0) {
			*data = at + TSR_FRAMING_HEADER_LEN;
			*len = want;
			return 0;
		}
	}
	return TSR_ERR_AGAIN;
}

void tsr_framing_write(uint8_t out[static TSR_FRAMING_HEADER_LEN], size_t len)
{
	assert(len <= UINT16_MAX);
	out[0] = (uint8_t)(len >> 8);
	out[1] = (uint8_t)len;
}
