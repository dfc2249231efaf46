/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_MEDIA_FRAMING_H
#define TSR_MEDIA_FRAMING_H

#include <stddef.h>
#include <stdint.h>

#include "core/base/attr.h"
#include "core/media/packet.h"

/*
 * framing: datagrams on a TCP connection, each after its length in two bytes (RFC 4571).
 * One per connection, for what comes in. Read into space, say how much came, take what is whole:
 *
 *	p = tsr_framing_space(f, &cap); n = recv(fd, p, cap); tsr_framing_handle(f, n);
 *	while (tsr_framing_next(f, &data, &len) == 0) ...
 */
#define TSR_FRAMING_HEADER_LEN 2
#define TSR_FRAMING_BUFFER (4 * (TSR_FRAMING_HEADER_LEN + TSR_DATAGRAM_MAX))

struct tsr_framing {
	uint32_t start, end; /* what is not taken yet: buffer[start..end) */
	uint8_t buffer[TSR_FRAMING_BUFFER];
};

void tsr_framing_init(struct tsr_framing *framing);

/* Where the next bytes go and how many; never 0 once tsr_framing_next() said TSR_ERR_AGAIN.
 * What next() gave before is gone. */
uint8_t *tsr_framing_space(struct tsr_framing *framing, size_t *cap);
void tsr_framing_handle(struct tsr_framing *framing, size_t len);

/* Gives a datagram in the buffer, the caller's to change until the next space(). An empty frame
 * (RFC 4571 allows it) is passed over. Returns 0, TSR_ERR_AGAIN, or TSR_ERR_TOO_BIG: close. */
TSR_CHECKED int tsr_framing_next(struct tsr_framing *framing, uint8_t **data, size_t *len);

/* The header before a datagram of len bytes, len < 65,536. */
void tsr_framing_write(uint8_t out[static TSR_FRAMING_HEADER_LEN], size_t len);

#endif
