/* SPDX-License-Identifier: Apache-2.0 */
#include "core/media/ssrcs.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"
#include "core/base/fetch.h"

#define FIRST_CAP 4u

void tsr_ssrcs_init(struct tsr_ssrcs *ssrcs)
{
	*ssrcs = (struct tsr_ssrcs){ 0 };
}

void tsr_ssrcs_finish(struct tsr_ssrcs *ssrcs)
{
	for (uint32_t i = 0; i < ssrcs->n; i++)
		free(ssrcs->items[i].tags);
	free(ssrcs->items);
	free(ssrcs->slots);
	tsr_ssrcs_init(ssrcs);
}

/* Where the search for an SSRC begins; it goes on to the next slot. cap is not 0. */
static uint32_t first_slot(const struct tsr_ssrcs *ssrcs, uint32_t ssrc)
{
	return (uint32_t)(ssrc * UINT32_C(0x9e3779b1)) >> 16 & (2 * ssrcs->cap - 1);
}

void tsr_ssrcs_fetch(const struct tsr_ssrcs *ssrcs, uint32_t ssrc)
{
	if (ssrcs->n > 0)
		tsr_fetch(&ssrcs->slots[first_slot(ssrcs, ssrc)], 1);
}

struct tsr_ssrc *tsr_ssrcs_find(const struct tsr_ssrcs *ssrcs, uint32_t ssrc)
{
	if (ssrcs->n == 0)
		return NULL;
	for (uint32_t at = first_slot(ssrcs, ssrc); ssrcs->slots[at]; /* half of them are free */
		at = (at + 1) & (2 * ssrcs->cap - 1)) {
		struct tsr_ssrc *item = &ssrcs->items[ssrcs->slots[at] - 1];

		if (item->ssrc == ssrc)
			return item;
	}
	return NULL;
}

static void place(struct tsr_ssrcs *ssrcs, uint32_t i)
{
	uint32_t at = first_slot(ssrcs, ssrcs->items[i].ssrc);

	while (ssrcs->slots[at])
		at = (at + 1) & (2 * ssrcs->cap - 1);
	ssrcs->slots[at] = (uint16_t)(i + 1);
}

static void place_all(struct tsr_ssrcs *ssrcs)
{
	memset(ssrcs->slots, 0, 2 * ssrcs->cap * sizeof(*ssrcs->slots));
	for (uint32_t i = 0; i < ssrcs->n; i++)
		place(ssrcs, i);
}

static int grow(struct tsr_ssrcs *ssrcs)
{
	uint32_t cap = ssrcs->cap ? 2 * ssrcs->cap : FIRST_CAP;
	uint16_t *slots = calloc(2 * cap, sizeof(*slots));
	struct tsr_ssrc *items = realloc(ssrcs->items, cap * sizeof(*items));

	if (items)
		ssrcs->items = items;
	if (!slots || !items) {
		free(slots);
		return TSR_ERR_NOMEM;
	}
	free(ssrcs->slots);
	ssrcs->slots = slots;
	ssrcs->cap = cap;
	place_all(ssrcs);
	return 0;
}

static struct tsr_ssrc *find_idle(struct tsr_ssrcs *ssrcs)
{
	struct tsr_ssrc *idle = &ssrcs->items[0];

	for (uint32_t i = 1; i < ssrcs->n; i++)
		if (ssrcs->clock - ssrcs->items[i].used > ssrcs->clock - idle->used)
			idle = &ssrcs->items[i];
	return idle;
}

int tsr_ssrcs_add(
	struct tsr_ssrcs *ssrcs, struct tsr_ssrc **out, uint32_t ssrc, uint32_t max, bool evicts)
{
	struct tsr_ssrc *item;
	int r;

	*out = NULL;
	if (ssrcs->n == max && !evicts)
		return TSR_ERR_FULL;
	if (ssrcs->n < max && ssrcs->n == ssrcs->cap && (r = grow(ssrcs)) != 0)
		return r;
	if (ssrcs->n < max) {
		item = &ssrcs->items[ssrcs->n];
	} else {
		item = find_idle(ssrcs);
		free(item->tags);
	}
	item->tags = NULL;
	item->ssrc = ssrc;
	item->used = ++ssrcs->clock;
	tsr_replay_init(&item->replay, TSR_REPLAY_WINDOWED);
	if (ssrcs->n < max)
		place(ssrcs, ssrcs->n++);
	else
		place_all(ssrcs);
	*out = item;
	return 0;
}

void tsr_ssrcs_remove(struct tsr_ssrcs *ssrcs, uint32_t ssrc)
{
	struct tsr_ssrc *item = tsr_ssrcs_find(ssrcs, ssrc);

	if (!item)
		return;
	free(item->tags);
	*item = ssrcs->items[--ssrcs->n];
	place_all(ssrcs);
}

void tsr_ssrcs_note(struct tsr_ssrcs *ssrcs, struct tsr_ssrc *item, uint64_t index)
{
	item->used = ++ssrcs->clock;
	tsr_replay_note(&item->replay, index);
}

size_t tsr_ssrcs_memory(const struct tsr_ssrcs *ssrcs)
{
	size_t tags = 0;

	for (uint32_t i = 0; i < ssrcs->n; i++)
		tags += ssrcs->items[i].tags ? TSR_SSRC_TAGS * sizeof(uint64_t) : 0;
	return tags + ssrcs->cap * (sizeof(*ssrcs->items) + 2 * sizeof(*ssrcs->slots));
}
