/* SPDX-License-Identifier: Apache-2.0 */
#include "core/media/remap.h"

#include <string.h>

#include "core/media/rtp.h"

enum state { STATE_NONE, STATE_RESERVED, STATE_GIVEN, STATE_DROPPED };

static void clear(struct tsr_remap *map)
{
	memset(map->slots, 0, map->window * sizeof(map->slots[0]));
}

void tsr_remap_init(
	struct tsr_remap *map, struct tsr_remap_slot *slots, uint16_t window, uint16_t first)
{
	*map = (struct tsr_remap){ .next = first, .window = window, .slots = slots };
	clear(map);
}

static struct tsr_remap_slot *slot_of(struct tsr_remap *map, uint32_t in)
{
	return &map->slots[in & (map->window - 1u)];
}

void tsr_remap_restart(struct tsr_remap *map, uint32_t in)
{
	map->newest = in - 1;
	map->floor = in;
	clear(map);
}

static struct tsr_remap_slot *put(struct tsr_remap *map, uint32_t in, enum state state)
{
	struct tsr_remap_slot *slot = slot_of(map, in);

	*slot = (struct tsr_remap_slot){ .in = (uint16_t)in, .state = (uint8_t)state };
	if (state != STATE_DROPPED)
		slot->out = map->next++;
	return slot;
}

/* The slot of a number that is not newer than the newest, or NULL. */
static struct tsr_remap_slot *find(struct tsr_remap *map, uint32_t in)
{
	struct tsr_remap_slot *slot = slot_of(map, in);

	if (tsr_is_after(in, map->newest) || tsr_is_after(map->floor, in) ||
		map->newest - in >= map->window || slot->in != (uint16_t)in ||
		slot->state == STATE_NONE)
		return NULL;
	return slot;
}

static bool advance(struct tsr_remap *map, uint32_t in)
{
	if (in - map->newest > map->window / 2u)
		return false;
	while (++map->newest != in)
		put(map, map->newest, STATE_RESERVED);
	return true;
}

enum tsr_remap_result tsr_remap_pass(struct tsr_remap *map, uint32_t in, uint16_t *out)
{
	struct tsr_remap_slot *slot;

	if (tsr_is_after(in, map->newest)) {
		if (!advance(map, in))
			return TSR_REMAP_BROKEN;
		*out = put(map, in, STATE_GIVEN)->out;
		return TSR_REMAP_NEW;
	}
	slot = find(map, in);
	if (!slot || slot->state == STATE_DROPPED)
		return TSR_REMAP_GONE;
	*out = slot->out;
	if (slot->state == STATE_GIVEN)
		return TSR_REMAP_AGAIN;
	slot->state = STATE_GIVEN;
	return TSR_REMAP_NEW;
}

bool tsr_remap_drop(struct tsr_remap *map, uint32_t in, uint16_t *out)
{
	struct tsr_remap_slot *slot;

	if (tsr_is_after(in, map->newest)) {
		if (advance(map, in))
			put(map, in, STATE_DROPPED);
		return false;
	}
	slot = find(map, in);
	if (!slot || slot->state != STATE_RESERVED)
		return false;
	*out = slot->out;
	slot->state = STATE_GIVEN;
	return true;
}

size_t tsr_remap_release(struct tsr_remap *map, uint16_t *out, size_t cap)
{
	size_t n = 0;

	for (uint32_t back = map->window - 1u; back > 0 && n < cap; back--)
		n += tsr_remap_drop(map, map->newest - back, &out[n]);
	return n;
}

bool tsr_remap_is_dropped(struct tsr_remap *map, uint32_t in)
{
	const struct tsr_remap_slot *slot = find(map, in);

	return slot && slot->state == STATE_DROPPED;
}
