/* SPDX-License-Identifier: Apache-2.0 */
/* As in core/media/parcel.c: what other threads return goes on a list that only grows until the
 * owner takes all of it at once, so no element can come back under a push in progress. */
#include "server/media/stray.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

void tsr_strays_finish(struct tsr_strays *pool)
{
	free(pool->all);
	*pool = (struct tsr_strays){ .all = NULL };
}

/* One that has not been used since the pool was made. */
static struct tsr_stray *make(struct tsr_strays *pool)
{
	if (!pool->all)
		pool->all = calloc(TSR_STRAYS_MAX, sizeof(*pool->all));
	if (!pool->all || pool->n_made == TSR_STRAYS_MAX)
		return NULL;
	return &pool->all[pool->n_made++];
}

struct tsr_stray *tsr_stray_take(struct tsr_strays *pool, struct tsr_slice datagram)
{
	struct tsr_stray *stray;

	if (datagram.len > sizeof(stray->data))
		return NULL;
	if (!pool->free)
		pool->free = atomic_exchange_explicit(&pool->returned, NULL, memory_order_acquire);
	stray = pool->free;
	if (stray)
		pool->free = stray->next;
	else if (!(stray = make(pool)))
		return NULL;
	stray->pool = pool;
	stray->len = (uint32_t)datagram.len;
	memcpy(stray->data, datagram.data, datagram.len);
	return stray;
}

void tsr_stray_return(struct tsr_stray *stray)
{
	struct tsr_strays *pool = stray->pool;
	struct tsr_stray *head = atomic_load_explicit(&pool->returned, memory_order_relaxed);

	do
		stray->next = head;
	while (!atomic_compare_exchange_weak_explicit(
		&pool->returned, &head, stray, memory_order_release, memory_order_relaxed));
}
