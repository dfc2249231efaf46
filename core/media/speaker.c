/* SPDX-License-Identifier: Apache-2.0 */
#include "core/media/speaker.h"

enum {
	SILENCE = 127,
	SPEECH = (127 - 50) * 256, /* louder than -50 dBov */
	LEAD = 3 * 256,            /* dB by which a challenger must be louder */
};
#define HANGOVER (500 * TSR_MS)   /* pauses between words are speech */
#define FLOOR_FREE (800 * TSR_MS) /* the holder has been silent for so long */
#define CHALLENGE (400 * TSR_MS)
#define QUIET_AFTER (100 * TSR_MS) /* without packets */

void tsr_floor_init(struct tsr_floor *floor)
{
	tsr_list_init(&floor->meters);
	floor->holder = NULL;
}

void tsr_floor_add(struct tsr_floor *floor, struct tsr_meter *meter)
{
	*meter = (struct tsr_meter){ 0 };
	tsr_list_append(&floor->meters, &meter->link);
}

bool tsr_floor_remove(struct tsr_floor *floor, struct tsr_meter *meter)
{
	bool is_holder = floor->holder == meter;

	tsr_list_remove(&meter->link);
	if (is_holder)
		floor->holder = NULL;
	return is_holder || meter->is_speaking;
}

void tsr_meter_handle_level(struct tsr_meter *meter, uint8_t level, tsr_time now)
{
	uint32_t loud = (uint32_t)(SILENCE - (level & 0x7f)) * 256;

	if (loud > meter->loudness)
		meter->loudness += (loud - meter->loudness) / 2;
	else
		meter->loudness -= (meter->loudness - loud) / 8;
	meter->heard = now;
	if (meter->loudness >= SPEECH)
		meter->spoke = now;
}

static bool update(struct tsr_meter *meter, tsr_time now)
{
	bool was_speaking = meter->is_speaking;

	if (now - meter->heard > QUIET_AFTER)
		meter->loudness -= meter->loudness / 4;
	meter->is_speaking = meter->spoke != 0 && now - meter->spoke < HANGOVER;
	return was_speaking != meter->is_speaking;
}

static bool is_ahead(const struct tsr_floor *floor, const struct tsr_meter *meter, tsr_time now)
{
	const struct tsr_meter *holder = floor->holder;

	if (!meter->is_speaking || meter == holder)
		return false;
	return !holder || now - holder->spoke > FLOOR_FREE ||
	       meter->loudness > holder->loudness + LEAD;
}

bool tsr_floor_handle_timeout(struct tsr_floor *floor, tsr_time now)
{
	struct tsr_meter *winner = NULL;
	bool has_changed = false;

	tsr_list_each (link, next, &floor->meters)
		has_changed |= update(tsr_list_entry(link, struct tsr_meter, link), now);
	tsr_list_each (link, next, &floor->meters) {
		struct tsr_meter *meter = tsr_list_entry(link, struct tsr_meter, link);

		if (!is_ahead(floor, meter, now))
			meter->ahead_since = 0;
		else if (meter->ahead_since == 0)
			meter->ahead_since = now;
		if (meter->ahead_since && now - meter->ahead_since >= CHALLENGE &&
			(!winner || meter->loudness > winner->loudness))
			winner = meter;
	}
	if (winner) {
		floor->holder = winner;
		winner->ahead_since = 0;
		has_changed = true;
	}
	return has_changed;
}

uint8_t tsr_meter_level(const struct tsr_meter *meter)
{
	return (uint8_t)(SILENCE - meter->loudness / 256);
}
