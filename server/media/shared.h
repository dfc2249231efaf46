/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_MEDIA_SHARED_H
#define TSR_MEDIA_SHARED_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * shared: the little that lanes know of each other's part of a session, in atomic words. The desk
 * makes these; every lane that keeps one has a reference.
 */

/* Who has a transport: the lane that saw its first valid STUN takes it, for good. */
#define TSR_NOBODY (-1)
struct tsr_claim {
	_Atomic uint32_t refs;
	_Atomic int32_t owner; /* lane, or TSR_NOBODY */
};

/* Of a session: which lanes have a router. Audio goes to all of them; the lowest of them tells who
 * speaks. */
struct tsr_hall {
	_Atomic uint32_t refs;
	_Atomic uint64_t lanes; /* a bit each */
};

/* Of a producer: where it comes in, and which lanes have somebody who wants it. */
struct tsr_tap {
	_Atomic uint32_t refs;
	_Atomic int32_t owner; /* lane, or TSR_NOBODY */
	_Atomic uint64_t lanes;
};

/* NULL when out of memory. */
struct tsr_claim *tsr_claim_create(void);
struct tsr_hall *tsr_hall_create(void);
struct tsr_tap *tsr_tap_create(void);

struct tsr_claim *tsr_claim_ref(struct tsr_claim *claim);
struct tsr_hall *tsr_hall_ref(struct tsr_hall *hall);
struct tsr_tap *tsr_tap_ref(struct tsr_tap *tap);

/* Clear the caller's pointer; NULL inside is fine. */
void tsr_claim_unref(struct tsr_claim **claim);
void tsr_hall_unref(struct tsr_hall **hall);
void tsr_tap_unref(struct tsr_tap **tap);

/* Takes the transport for a lane; false when another one has it. */
bool tsr_claim_take(struct tsr_claim *claim, unsigned lane);

static inline uint64_t tsr_lane_bit(unsigned lane)
{
	return (uint64_t)1 << lane;
}

#endif
