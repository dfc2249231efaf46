/* SPDX-License-Identifier: Apache-2.0 */
#include "core/crypto/replay.h"

#include <string.h>

#include "core/base/err.h"

void tsr_replay_init(struct tsr_replay *replay, enum tsr_replay_mode mode)
{
	memset(replay, 0, sizeof(*replay));
	replay->mode = mode;
}

static uint64_t *word(struct tsr_replay *replay, uint64_t ctr)
{
	return &replay->seen[ctr % TSR_REPLAY_WINDOW / 64];
}

static uint64_t bit(uint64_t ctr)
{
	return UINT64_C(1) << ctr % 64;
}

int tsr_replay_check(const struct tsr_replay *replay, uint64_t ctr)
{
	if (!replay->any || ctr > replay->newest)
		return 0;
	if (replay->mode == TSR_REPLAY_ORDERED || replay->newest - ctr >= TSR_REPLAY_WINDOW)
		return TSR_ERR_STALE;
	return replay->seen[ctr % TSR_REPLAY_WINDOW / 64] & bit(ctr) ? TSR_ERR_STALE : 0;
}

void tsr_replay_note(struct tsr_replay *replay, uint64_t ctr)
{
	if (!replay->any || ctr > replay->newest) {
		uint64_t ahead = replay->any ? ctr - replay->newest : TSR_REPLAY_WINDOW;

		if (ahead >= TSR_REPLAY_WINDOW)
			memset(replay->seen, 0, sizeof(replay->seen));
		else /* what was skipped takes the places of what falls out */
			for (uint64_t i = 1; i <= ahead; i++)
				*word(replay, replay->newest + i) &= ~bit(replay->newest + i);
		replay->newest = ctr;
		replay->any = true;
	}
	*word(replay, ctr) |= bit(ctr);
}
