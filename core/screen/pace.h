/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_SCREEN_PACE_H
#define TSR_SCREEN_PACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/time.h"

/*
 * pace: what the presenter's line carries, and how much of it may be spent now.
 *
 * The rate is estimated from credits. A frame occupies the line from when the one before has left
 * it, or from when it was sent if that is later, until it has left itself; each is seen one round
 * trip later, by its credit. So a sample is true also when little is sent. Higher samples raise the
 * estimate; lower ones lower it only when much was under way. Spending draws on a purse that fills
 * with 19 twentieths of the rate and holds what the line carries in a quarter of a second: short
 * bursts go out as they are, what goes on and on is held to the rate.
 */
#define TSR_PACE_FRAMES 64u

struct tsr_pace {
	tsr_time now;        /* 0: nobody tells the time, nothing is limited */
	tsr_time filled;     /* when the purse was filled last */
	tsr_time credited;   /* when the last credit came */
	tsr_time round_trip; /* shortest seen; 0 = none yet */
	uint64_t rate;       /* bytes per second */
	bool is_measured;
	int64_t purse;    /* bytes that may be spent */
	uint64_t unacked; /* bytes under way */
	/* the frames under way, oldest first; the last one stands for all that there is no place
	 * for */
	struct {
		tsr_time at;
		size_t bytes; /* left to be credited */
	} frames[TSR_PACE_FRAMES];
	uint32_t first, n;
	uint64_t sampled;      /* bytes, and how long they took; for the next sample */
	uint64_t sampled_full; /* of them, those credited while much was under way */
	tsr_time took;
};

void tsr_pace_init(struct tsr_pace *pace);

void tsr_pace_handle_time(struct tsr_pace *pace, tsr_time now);
void tsr_pace_handle_sent(struct tsr_pace *pace, size_t bytes);
void tsr_pace_handle_credit(struct tsr_pace *pace, size_t bytes);

/* What the purse holds when full, and how fast it fills (bytes per second). */
int64_t tsr_pace_purse_max(const struct tsr_pace *pace);
uint64_t tsr_pace_fill(const struct tsr_pace *pace);

/* Whether what is sent now would be under way at once: nothing much waits in the line. */
bool tsr_pace_is_clear(const struct tsr_pace *pace);

/* When the purse will hold so much; TSR_TIME_NEVER when it never does. */
tsr_time tsr_pace_when(const struct tsr_pace *pace, int64_t bytes);

#endif
