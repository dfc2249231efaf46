/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two sizes of parcels, as audio is small. The pool's thread keeps a list of free ones of each;
 * what other threads drop goes on a second list that only grows (a push by compare and swap) until
 * the owner takes all of it at once, so no element can come back under a push in progress.
 */
#include "core/media/parcel.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "core/media/rtp.h"

enum { SMALL_LEN = 320, N_SIZES = 2, FREE_MAX = 2048 };

struct tsr_parcel_pool {
	_Atomic(struct tsr_parcel *) returned; /* by any thread */
	_Atomic uint32_t users;                /* the owner, and each parcel that is out */
	struct tsr_parcel *free[N_SIZES];
	uint32_t n_free[N_SIZES];
};

struct tsr_parcel_pool *tsr_parcel_pool_create(void)
{
	struct tsr_parcel_pool *pool = calloc(1, sizeof(*pool));

	if (!pool)
		return NULL;
	atomic_init(&pool->returned, NULL);
	atomic_init(&pool->users, 1);
	return pool;
}

static unsigned size_of(const struct tsr_parcel *parcel)
{
	return parcel->cap > SMALL_LEN;
}

static void keep(struct tsr_parcel_pool *pool, struct tsr_parcel *parcel)
{
	unsigned size = size_of(parcel);

	if (pool->n_free[size] == FREE_MAX) {
		free(parcel);
		return;
	}
	parcel->next = pool->free[size];
	pool->free[size] = parcel;
	pool->n_free[size]++;
}

static void collect(struct tsr_parcel_pool *pool)
{
	struct tsr_parcel *next,
		*parcel = atomic_exchange_explicit(&pool->returned, NULL, memory_order_acquire);

	for (; parcel; parcel = next) {
		next = parcel->next;
		keep(pool, parcel);
	}
}

static void drop_user(struct tsr_parcel_pool *pool)
{
	struct tsr_parcel *next;

	if (atomic_fetch_sub_explicit(&pool->users, 1, memory_order_acq_rel) != 1)
		return;
	collect(pool);
	for (unsigned size = 0; size < N_SIZES; size++)
		for (struct tsr_parcel *parcel = pool->free[size]; parcel; parcel = next) {
			next = parcel->next;
			free(parcel);
		}
	free(pool);
}

void tsr_parcel_pool_destroy(struct tsr_parcel_pool *pool)
{
	if (pool)
		drop_user(pool);
}

struct tsr_parcel *tsr_parcel_create(struct tsr_parcel_pool *pool, size_t len)
{
	unsigned size = len > SMALL_LEN;
	size_t cap = size ? TSR_RTP_PACKET_MAX : SMALL_LEN;
	struct tsr_parcel *parcel;

	assert(len <= TSR_RTP_PACKET_MAX);
	if (!pool->free[size])
		collect(pool);
	parcel = pool->free[size];
	if (parcel) {
		pool->free[size] = parcel->next;
		pool->n_free[size]--;
	} else if (!(parcel = malloc(sizeof(*parcel) + cap))) {
		return NULL;
	}
	memset(parcel, 0, sizeof(*parcel));
	atomic_init(&parcel->refs, 1);
	parcel->pool = pool;
	parcel->cap = (uint16_t)cap;
	parcel->len = (uint16_t)len;
	atomic_fetch_add_explicit(&pool->users, 1, memory_order_relaxed);
	return parcel;
}

struct tsr_parcel *tsr_parcel_ref(struct tsr_parcel *parcel)
{
	atomic_fetch_add_explicit(&parcel->refs, 1, memory_order_relaxed);
	return parcel;
}

void tsr_parcel_unref(struct tsr_parcel **parcel)
{
	struct tsr_parcel *p = *parcel, *head;
	struct tsr_parcel_pool *pool;

	*parcel = NULL;
	if (!p || atomic_fetch_sub_explicit(&p->refs, 1, memory_order_acq_rel) != 1)
		return;
	pool = p->pool;
	head = atomic_load_explicit(&pool->returned, memory_order_relaxed);
	do
		p->next = head;
	while (!atomic_compare_exchange_weak_explicit(
		&pool->returned, &head, p, memory_order_release, memory_order_relaxed));
	drop_user(pool);
}
