/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_CRYPTO_REPLAY_H
#define TSR_CRYPTO_REPLAY_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/attr.h"

/*
 * replay: which counters of a key were received. Ask before decrypting, note after the tag
 * was found right; a forged object then changes nothing.
 */
#define TSR_REPLAY_WINDOW 1024

enum tsr_replay_mode {
	TSR_REPLAY_ORDERED, /* every counter greater than all before: chat, control, screen */
	TSR_REPLAY_WINDOWED /* each counter once, at most TSR_REPLAY_WINDOW behind the newest */
};

struct tsr_replay {
	enum tsr_replay_mode mode;
	bool any;                              /* something was noted */
	uint64_t newest;                       /* greatest counter noted */
	uint64_t seen[TSR_REPLAY_WINDOW / 64]; /* bit (ctr mod window); windowed mode only */
};

void tsr_replay_init(struct tsr_replay *replay, enum tsr_replay_mode mode);

/* Returns 0, or TSR_ERR_STALE when ctr came before or is too old. Changes nothing. */
TSR_CHECKED int tsr_replay_check(const struct tsr_replay *replay, uint64_t ctr);

/* Notes an authentic ctr for which the check gave 0. */
void tsr_replay_note(struct tsr_replay *replay, uint64_t ctr);

#endif
