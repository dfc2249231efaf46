/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_EDGE_TABLE_H
#define TSR_EDGE_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include "core/base/attr.h"

/*
 * table: names for things that other threads may still speak of after they are gone. An id is
 * generation << 24 | place: a place is used again, an id never is. Ids have 56 bits and are not 0.
 */
#define TSR_TABLE_MAX (1u << 24)

struct tsr_table {
	void **items;
	uint32_t *generations;
	uint32_t *free_places; /* stack */
	uint32_t n_free;
	uint32_t n_places; /* ever used */
	uint32_t cap;
};

/* Zeroed memory is an empty table. The items stay the caller's. */
void tsr_table_finish(struct tsr_table *table);

/* Returns 0, TSR_ERR_NOMEM or TSR_ERR_FULL. */
TSR_CHECKED int tsr_table_add(struct tsr_table *table, void *item, uint64_t *id);

void *tsr_table_find(const struct tsr_table *table, uint64_t id); /* NULL: gone */
void tsr_table_remove(struct tsr_table *table, uint64_t id);

/* The item in a place below n_places, or NULL: to walk them all. */
void *tsr_table_at(const struct tsr_table *table, uint32_t place);

#endif
