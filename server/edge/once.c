/* SPDX-License-Identifier: Apache-2.0 */
#include "server/edge/once.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"

/* Twice as many places as ids: probes stay short. The ids are drawn by control and signed, so
 * their first bytes are a hash that no outsider chooses. */
enum { PLACES = TSR_ONCE_CAP * 2 };

struct generation {
	uint32_t n;
	uint8_t ids[PLACES][TSR_ONCE_LEN]; /* all zero = free */
};

struct tsr_once {
	tsr_time turned_at;
	struct generation *now;
	struct generation *before;
};

static const uint8_t zero[TSR_ONCE_LEN];

struct tsr_once *tsr_once_create(void)
{
	struct tsr_once *once = calloc(1, sizeof(*once));

	if (!once)
		return NULL;
	once->now = calloc(1, sizeof(*once->now));
	once->before = calloc(1, sizeof(*once->before));
	if (!once->now || !once->before) {
		tsr_once_destroy(once);
		return NULL;
	}
	return once;
}

void tsr_once_destroy(struct tsr_once *once)
{
	if (!once)
		return;
	free(once->now);
	free(once->before);
	free(once);
}

/* The place that holds the id, or the free one where it belongs. */
static uint8_t *find_place(struct generation *g, const uint8_t *id)
{
	uint32_t at;

	memcpy(&at, id, sizeof(at));
	for (;; at++) {
		uint8_t *place = g->ids[at % PLACES];

		if (memcmp(place, id, TSR_ONCE_LEN) == 0 || memcmp(place, zero, TSR_ONCE_LEN) == 0)
			return place;
	}
}

static void turn(struct tsr_once *once, tsr_time now)
{
	struct generation *old = once->before;

	if (now - once->turned_at < TSR_ONCE_PERIOD)
		return;
	if (once->now->n == 0 && old->n == 0) {
		once->turned_at = now;
		return;
	}
	if (now - once->turned_at >= 2 * TSR_ONCE_PERIOD)
		memset(once->now, 0, sizeof(*once->now));
	memset(old, 0, sizeof(*old));
	once->before = once->now;
	once->now = old;
	once->turned_at = now;
}

int tsr_once_take(struct tsr_once *once, const uint8_t id[static TSR_ONCE_LEN], tsr_time now)
{
	uint8_t *place;

	turn(once, now);
	if (memcmp(id, zero, TSR_ONCE_LEN) == 0)
		return TSR_ERR_STALE;
	if (memcmp(find_place(once->before, id), id, TSR_ONCE_LEN) == 0)
		return TSR_ERR_STALE;
	place = find_place(once->now, id);
	if (memcmp(place, id, TSR_ONCE_LEN) == 0)
		return TSR_ERR_STALE;
	if (once->now->n == TSR_ONCE_CAP)
		return TSR_ERR_FULL;
	memcpy(place, id, TSR_ONCE_LEN);
	once->now->n++;
	return 0;
}
