/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_MEDIA_SPEAKER_H
#define TSR_MEDIA_SPEAKER_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/list.h"
#include "core/base/time.h"

/*
 * speaker: who speaks, and who has the floor, from the levels of RFC 6464 that come with the
 * packets. The floor goes to another only when he has been louder, or the holder silent, for a
 * while: a cough takes it from nobody. No packets (DTX) means silence.
 */
struct tsr_meter {
	struct tsr_list link; /* in tsr_floor.meters */
	uint32_t loudness;    /* 127 - level, smoothed, times 256 */
	tsr_time heard;       /* last packet */
	tsr_time spoke;       /* last time above the threshold */
	tsr_time ahead_since; /* as challenger; 0 = is none */
	bool is_speaking;
};

struct tsr_floor {
	struct tsr_list meters; /* tsr_meter.link */
	struct tsr_meter *holder;
};

void tsr_floor_init(struct tsr_floor *floor);
void tsr_floor_add(struct tsr_floor *floor, struct tsr_meter *meter);
/* Returns whether it spoke or had the floor. */
bool tsr_floor_remove(struct tsr_floor *floor, struct tsr_meter *meter);

/* level as in RFC 6464: -dBov, 127 = silence. */
void tsr_meter_handle_level(struct tsr_meter *meter, uint8_t level, tsr_time now);

/* Some times a second. Returns whether who speaks or who has the floor changed. */
bool tsr_floor_handle_timeout(struct tsr_floor *floor, tsr_time now);

/* -dBov of what is heard now. */
uint8_t tsr_meter_level(const struct tsr_meter *meter);

#endif
