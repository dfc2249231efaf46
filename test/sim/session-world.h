/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_SIM_SESSION_WORLD_H
#define TSR_SIM_SESSION_WORLD_H

#include "core/session/session.h"

/*
 * session-world: a whole session in virtual time, from one seed: members who come, drop, return,
 * ask for what they may and may not; messages that are delayed and overtake each other; a store
 * that is slow, refuses, loses answers; an owner that dies and is restored from the store. After
 * every step all invariants are checked.
 */
#define WORLD_MEMBERS_MAX 50

struct world;

/* Returns NULL when out of memory. Member 1 holds the organizer's link. */
struct world *world_create(uint64_t seed, uint32_t n_members);
void world_destroy(struct world *w);

/* One random input, drained and checked. Returns false when an invariant broke, having said
 * which; world_has_ended() tells that there is nothing more to do. */
bool world_step(struct world *w);
bool world_has_ended(const struct world *w);

/* Answers all that is open and lets the session come to rest; then the store and the session must
 * agree. */
bool world_rest(struct world *w);

/* How often an input failed for memory. */
unsigned world_n_nomem(const struct world *w);

#endif
