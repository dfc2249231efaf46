/* SPDX-License-Identifier: Apache-2.0 */
#include "core/session/idmap.h"

#include <assert.h>
#include <stdlib.h>

#include "core/base/err.h"

#define CAP_MIN 16

struct tsr_idmap_slot {
	uint32_t id; /* 0 = free */
	void *value;
};

/* Ids count up, so they are spread by Knuth's multiplier before the low bits are taken. */
static size_t home_of(const struct tsr_idmap *map, uint32_t id)
{
	return (size_t)((id * UINT32_C(2654435769)) >> 7) & (map->cap - 1);
}

/* The slot of id, or the free one where it would go. */
static size_t slot_of(const struct tsr_idmap *map, uint32_t id)
{
	size_t i = home_of(map, id);

	while (map->slots[i].id != 0 && map->slots[i].id != id)
		i = (i + 1) & (map->cap - 1);
	return i;
}

void tsr_idmap_finish(struct tsr_idmap *map)
{
	free(map->slots);
	*map = (struct tsr_idmap){ 0 };
}

int tsr_idmap_reserve(struct tsr_idmap *map)
{
	struct tsr_idmap wider = { .cap = map->cap ? 2 * map->cap : CAP_MIN };

	if (2 * (map->n + 1) <= map->cap)
		return 0;
	wider.slots = calloc(wider.cap, sizeof(*wider.slots));
	if (!wider.slots)
		return TSR_ERR_NOMEM;
	for (size_t i = 0; i < map->cap; i++) {
		if (map->slots[i].id != 0)
			tsr_idmap_put(&wider, map->slots[i].id, map->slots[i].value);
	}
	free(map->slots);
	*map = wider;
	return 0;
}

void tsr_idmap_put(struct tsr_idmap *map, uint32_t id, void *value)
{
	size_t i;

	assert(id != 0 && 2 * (map->n + 1) <= map->cap);
	i = slot_of(map, id);
	assert(map->slots[i].id == 0);
	map->slots[i] = (struct tsr_idmap_slot){ .id = id, .value = value };
	map->n++;
}

void *tsr_idmap_find(const struct tsr_idmap *map, uint32_t id)
{
	if (id == 0 || map->n == 0)
		return NULL;
	return map->slots[slot_of(map, id)].value;
}

void tsr_idmap_remove(struct tsr_idmap *map, uint32_t id)
{
	size_t mask = map->cap - 1, hole, i;

	if (!tsr_idmap_find(map, id))
		return;
	hole = i = slot_of(map, id);
	/* Closes the hole: moves back whoever could no longer be reached over it. */
	while (map->slots[i = (i + 1) & mask].id != 0) {
		size_t home = home_of(map, map->slots[i].id);

		if (((i - home) & mask) < ((i - hole) & mask))
			continue;
		map->slots[hole] = map->slots[i];
		hole = i;
	}
	map->slots[hole] = (struct tsr_idmap_slot){ 0 };
	map->n--;
}
