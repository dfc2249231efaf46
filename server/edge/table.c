/* SPDX-License-Identifier: Apache-2.0 */
#include "server/edge/table.h"

#include <stdlib.h>

#include "core/base/err.h"

void tsr_table_finish(struct tsr_table *table)
{
	free(table->items);
	free(table->generations);
	free(table->free_places);
	*table = (struct tsr_table){ 0 };
}

static int grow(struct tsr_table *table)
{
	uint32_t cap = table->cap ? table->cap * 2 : 64;
	void *p;

	if (cap > TSR_TABLE_MAX)
		return TSR_ERR_FULL;
	if (!(p = realloc(table->items, cap * sizeof(*table->items))))
		return TSR_ERR_NOMEM;
	table->items = p;
	if (!(p = realloc(table->generations, cap * sizeof(*table->generations))))
		return TSR_ERR_NOMEM;
	table->generations = p;
	if (!(p = realloc(table->free_places, cap * sizeof(*table->free_places))))
		return TSR_ERR_NOMEM;
	table->free_places = p;
	table->cap = cap;
	return 0;
}

int tsr_table_add(struct tsr_table *table, void *item, uint64_t *id)
{
	uint32_t place;
	int r;

	if (table->n_free > 0) {
		place = table->free_places[--table->n_free];
	} else {
		if (table->n_places == table->cap && (r = grow(table)) != 0)
			return r;
		place = table->n_places++;
		table->generations[place] = 0;
	}
	table->items[place] = item;
	table->generations[place]++;
	*id = (uint64_t)table->generations[place] << 24 | place;
	return 0;
}

void *tsr_table_find(const struct tsr_table *table, uint64_t id)
{
	uint32_t place = (uint32_t)id & (TSR_TABLE_MAX - 1);

	if (place >= table->n_places || id >> 24 != table->generations[place])
		return NULL;
	return table->items[place];
}

void tsr_table_remove(struct tsr_table *table, uint64_t id)
{
	uint32_t place = (uint32_t)id & (TSR_TABLE_MAX - 1);

	if (!tsr_table_find(table, id))
		return;
	table->items[place] = NULL;
	/* A place whose generations are used up is not used again. */
	if (table->generations[place] < UINT32_MAX - 1)
		table->free_places[table->n_free++] = place;
}

void *tsr_table_at(const struct tsr_table *table, uint32_t place)
{
	return table->items[place];
}
