/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_SIM_SCREEN_WORLD_H
#define TSR_SIM_SCREEN_WORLD_H

#include "core/base/slice.h"
#include "core/base/time.h"
#include "core/screen/cells.h"

/*
 * screen-world: one presenter, one relay and some viewers in virtual time. Each has a connection
 * for frames and one for messages, ordered each for itself, with a delay and a bandwidth: with
 * faults the delays differ, and credits, needs, epochs, pauses and acks overtake frames or are
 * overtaken. Some readers are slow, some stall, some come late or come again, the presenter pauses,
 * reconnects and changes epochs. All of it follows from the seed.
 *
 * What must never happen, besides what the names of world_result say: a viewer in sync shows what
 * never was; a preview lies above what is exact; a pause freezes what is not exact; the relay sends
 * a preview of before a pause after it, or anything at all of before a blank one.
 */
enum { WORLD_VIEWERS_MAX = 128 };

struct tsr_frame;

/* Pictures from elsewhere, and who wants to see what each viewer sees. */
struct world_source {
	/* Called at each tick; true when there is another picture: planes, which stay, and where it
	 * changed. */
	bool (*next)(void *user, tsr_time now, struct tsr_planes *planes, struct tsr_rect *damage);
	/* A viewer takes a frame. life counts how often he has joined; digest is that of what he
	 * sees when he is in sync, else 0. */
	void (*shown)(void *user, uint32_t viewer, uint32_t life, const struct tsr_frame *frame,
		struct tsr_slice unit, uint64_t digest);
	void *user;
};

struct world_config {
	uint64_t seed;
	uint32_t width, height;
	enum tsr_pixel_format format;
	uint32_t n_viewers;
	uint32_t n_slow; /* of these, with a tenth of the bandwidth */
	bool has_faults; /* joins, stalls, reconnects, pauses, epochs, unreadable frames */
	uint32_t rate;   /* bytes per ms of a connection; 0 = 1250 */
	tsr_time active; /* for how long the picture changes */
	/* The share is told the time: it holds what the line does not carry, and shows previews. */
	bool is_paced;
	/* Instead of the usual changes: new noise in every cell every 100 ms, at one of four places
	 * in turn, so that the picture keeps its size. */
	bool has_noise;
	uint32_t slow_rate; /* bytes per ms of a slow viewer's connection; 0 = rate / 10 */
	/* A long share: about one change a second, a viewer joins anew every ten minutes, the epoch
	 * changes every thirty. */
	bool is_a_day;
	/* These pictures instead; with faults each kind of them happens. NULL: none. */
	const struct world_source *source;
	tsr_time joins_over; /* but for the first two, the viewers join one by one within this time
			      */
	void (*on_hour)(unsigned hour); /* called at 0, 1, 2 ... hours; may be NULL */
};

struct world_result {
	const char *wrong;     /* what must never happen and did; NULL is good */
	uint32_t n_equal_soon; /* viewers with ordinary connections equal 300 ms after stillness */
	uint32_t n_ordinary;
	uint32_t n_equal; /* all kinds, at the end */
	uint32_t n_viewers;
	uint64_t uplink; /* bytes that the presenter sent */
	uint32_t pictures;
	uint32_t n_copies;              /* of moved content */
	uint32_t n_held;                /* cells, at most */
	uint32_t n_previews;            /* shown to viewers */
	tsr_time max_age_slow, max_age; /* of a picture when a viewer had it whole */
	uint64_t key_bytes;             /* largest set of KEYs of all cells */
	/* Of the slow viewers: how old the oldest cell is that one shows, from half of the active
	 * time on (a cell is as old as the picture that it is of); -1 while one was never shown. */
	tsr_time cell_age_p50, cell_age_p95, cell_age_max;
	uint64_t slow_bytes; /* sent down to the slow viewers in that time */
	uint64_t digest;     /* of everything that was shown, for comparing machines */
	bool is_out_of_memory;
};

void world_run(const struct world_config *config, struct world_result *result);

#endif
