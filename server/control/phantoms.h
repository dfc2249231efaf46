/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_CONTROL_PHANTOMS_H
#define TSR_CONTROL_PHANTOMS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/attr.h"
#include "core/base/ids.h"
#include "core/base/time.h"
#include "server/control/keys.h"

/*
 * phantoms: sessions that do not exist. Whoever knocks at a number that nobody uses waits in the
 * lobby of one, and cannot tell it from the lobby of a real session: its uid is the same for
 * every knock at that number, and members get ids as digits-only members of real sessions do.
 * At most 64 at a time, 15 minutes after the last knock; the oldest makes room.
 */
#define TSR_PHANTOMS 64
#define TSR_PHANTOM_LIFE (15 * TSR_MINUTE)
#define TSR_KNOCKER_FIRST 0x40000000u

struct tsr_phantoms {
	struct {
		struct tsr_session_uid uid;
		tsr_time until; /* 0: free */
	} v[TSR_PHANTOMS];
};

/* The uid of the phantom of that number, alive for another 15 minutes. */
struct tsr_session_uid tsr_phantoms_touch(
	struct tsr_phantoms *phantoms, const struct tsr_keys *keys, uint32_t number, tsr_time now);

bool tsr_phantoms_has(
	const struct tsr_phantoms *phantoms, const struct tsr_session_uid *uid, tsr_time now);

/*
 * The id of somebody who came by digits alone, the same at each knock: from TSR_KNOCKER_FIRST to
 * 2^31-1. Ids counted from 1 would tell him whether anybody is there. attempt: from 0, for the next
 * choice when the id is taken.
 */
uint32_t tsr_knocker_id(const struct tsr_keys *keys, uint32_t number,
	const uint8_t device_key_hash[static 32], unsigned attempt);

#endif
