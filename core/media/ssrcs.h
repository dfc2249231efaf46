/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_MEDIA_SSRCS_H
#define TSR_MEDIA_SSRCS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/attr.h"
#include "core/crypto/replay.h"

/*
 * ssrcs: what SRTP remembers of each SSRC under one key: the packet indices seen. A hash of
 * places into an array, both of which double up to the maximum; no allocation otherwise.
 */
#define TSR_SSRC_TAGS 64u

struct tsr_ssrc {
	uint32_t ssrc;
	uint32_t used; /* clock of the table when it was last used */
	struct tsr_replay replay;
	uint64_t *tags; /* TSR_SSRC_TAGS of the newest packets, by index; NULL: not kept */
};

struct tsr_ssrcs {
	struct tsr_ssrc *items;
	uint16_t *slots; /* 2 * cap of them, a power of two: item + 1, 0 = free */
	uint32_t n, cap;
	uint32_t clock;
};

void tsr_ssrcs_init(struct tsr_ssrcs *ssrcs);
void tsr_ssrcs_finish(struct tsr_ssrcs *ssrcs);

/* Brings into the cache where the search for an SSRC begins. */
void tsr_ssrcs_fetch(const struct tsr_ssrcs *ssrcs, uint32_t ssrc);

/* NULL when unknown. Valid until the next add. */
struct tsr_ssrc *tsr_ssrcs_find(const struct tsr_ssrcs *ssrcs, uint32_t ssrc);

/* Adds an SSRC that is not there, with nothing seen. When there are max already, the one unused
 * for longest makes room if evicts says so. Returns 0, TSR_ERR_FULL or TSR_ERR_NOMEM. */
TSR_CHECKED int tsr_ssrcs_add(
	struct tsr_ssrcs *ssrcs, struct tsr_ssrc **out, uint32_t ssrc, uint32_t max, bool evicts);

/* Forgets it, if it is there. */
void tsr_ssrcs_remove(struct tsr_ssrcs *ssrcs, uint32_t ssrc);

/* Notes that index was used. */
void tsr_ssrcs_note(struct tsr_ssrcs *ssrcs, struct tsr_ssrc *item, uint64_t index);

size_t tsr_ssrcs_memory(const struct tsr_ssrcs *ssrcs);

#endif
