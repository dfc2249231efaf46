/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_SESSION_IDMAP_H
#define TSR_SESSION_IDMAP_H

#include <stddef.h>
#include <stdint.h>

#include "core/base/attr.h"

/*
 * idmap: from an id (1..) to a pointer; open addressing with linear probing, at most half full.
 * Room is made first, so that putting cannot fail halfway through a change.
 */
struct tsr_idmap {
	struct tsr_idmap_slot *slots; /* cap of them, a power of two, or NULL */
	size_t cap;
	size_t n;
};

/* A zeroed struct is an empty map; this frees what it holds, not what it points to. */
void tsr_idmap_finish(struct tsr_idmap *map);

/* Makes room for one more. Returns 0 or TSR_ERR_NOMEM (map unchanged). */
TSR_CHECKED int tsr_idmap_reserve(struct tsr_idmap *map);

/* Needs room, and an id that is not 0 and not there yet. */
void tsr_idmap_put(struct tsr_idmap *map, uint32_t id, void *value);

void *tsr_idmap_find(const struct tsr_idmap *map, uint32_t id); /* NULL: not there */
void tsr_idmap_remove(struct tsr_idmap *map, uint32_t id);      /* not there is fine */

#endif
