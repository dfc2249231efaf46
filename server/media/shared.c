/* SPDX-License-Identifier: Apache-2.0 */
#include "server/media/shared.h"

#include <stdlib.h>

/* All three begin with their count. */
static void *ref(_Atomic uint32_t *refs)
{
	atomic_fetch_add_explicit(refs, 1, memory_order_relaxed);
	return refs;
}

static void unref(_Atomic uint32_t *refs)
{
	if (atomic_fetch_sub_explicit(refs, 1, memory_order_acq_rel) == 1)
		free(refs);
}

struct tsr_claim *tsr_claim_create(void)
{
	struct tsr_claim *claim = calloc(1, sizeof(*claim));

	if (claim) {
		claim->refs = 1;
		claim->owner = TSR_NOBODY;
	}
	return claim;
}

struct tsr_hall *tsr_hall_create(void)
{
	struct tsr_hall *hall = calloc(1, sizeof(*hall));

	if (hall)
		hall->refs = 1;
	return hall;
}

struct tsr_tap *tsr_tap_create(void)
{
	struct tsr_tap *tap = calloc(1, sizeof(*tap));

	if (tap) {
		tap->refs = 1;
		tap->owner = TSR_NOBODY;
	}
	return tap;
}

struct tsr_claim *tsr_claim_ref(struct tsr_claim *claim)
{
	return ref(&claim->refs);
}

struct tsr_hall *tsr_hall_ref(struct tsr_hall *hall)
{
	return ref(&hall->refs);
}

struct tsr_tap *tsr_tap_ref(struct tsr_tap *tap)
{
	return ref(&tap->refs);
}

void tsr_claim_unref(struct tsr_claim **claim)
{
	if (*claim)
		unref(&(*claim)->refs);
	*claim = NULL;
}

void tsr_hall_unref(struct tsr_hall **hall)
{
	if (*hall)
		unref(&(*hall)->refs);
	*hall = NULL;
}

void tsr_tap_unref(struct tsr_tap **tap)
{
	if (*tap)
		unref(&(*tap)->refs);
	*tap = NULL;
}

bool tsr_claim_take(struct tsr_claim *claim, unsigned lane)
{
	int32_t owner = TSR_NOBODY;

	return atomic_compare_exchange_strong(&claim->owner, &owner, (int32_t)lane) ||
	       owner == (int32_t)lane;
}
