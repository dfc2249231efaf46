/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_EDGE_TICKET_H
#define TSR_EDGE_TICKET_H

#include <stdint.h>

#include "core/e2e/proof.h"

/*
 * ticket: what names a member's bulk connection. It tells the way to the owner, and the rest is
 * random; the proof with the device key is what counts.
 *
 *	u8 owner, u56 host, u64 random
 */
static inline void tsr_ticket_write(
	uint8_t out[static TSR_BULK_TICKET_LEN], unsigned owner, uint64_t host, uint64_t random)
{
	out[0] = (uint8_t)owner;
	for (int i = 0; i < 7; i++)
		out[1 + i] = (uint8_t)(host >> (48 - 8 * i));
	for (int i = 0; i < 8; i++)
		out[8 + i] = (uint8_t)(random >> (56 - 8 * i));
}

static inline unsigned tsr_ticket_owner(const uint8_t ticket[static TSR_BULK_TICKET_LEN])
{
	return ticket[0];
}

static inline uint64_t tsr_ticket_host(const uint8_t ticket[static TSR_BULK_TICKET_LEN])
{
	uint64_t host = 0;

	for (int i = 1; i < 8; i++)
		host = host << 8 | ticket[i];
	return host;
}

#endif
