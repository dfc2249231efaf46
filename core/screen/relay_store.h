/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_SCREEN_RELAY_STORE_H
#define TSR_SCREEN_RELAY_STORE_H

#include "core/base/msg.h"
#include "core/base/time.h"
#include "core/screen/relay.h"

/*
 * relay_store: what the relay keeps of a stream, without any viewer.
 *
 * Cell c's newest KEY was cut from some picture k. It shows the cell as it is in the pictures [lo,
 *hi):
 *
 *	lo = last picture <= k that changed c      hi = first picture > k that changed c, 0 = none
 *yet
 *
 * The run holds the DELTA frames of the pictures base+1 .. newest. A picture of KEY frames is
 * not in the run: it empties it, and who needs it takes the KEYs from the cells.
 */
struct tsr_relay_key {
	struct tsr_msg *msg; /* NULL: none that is kept */
	uint32_t lo, hi;
	uint32_t len; /* bytes of the data frame */
	uint8_t epoch;
};

struct tsr_relay_delta {
	struct tsr_msg *msg;
	uint64_t sum; /* bytes of all DELTAs before this one, ever */
	uint32_t len;
	uint8_t epoch;
};

/* The newest PREVIEW of a cell; void when the cell changes. */
struct tsr_relay_preview {
	struct tsr_msg *msg; /* NULL: none */
	uint32_t serial;     /* counts the stream's previews */
	uint32_t len;
	uint8_t epoch;
};

#define TSR_RELAY_ARRIVALS 256u

struct tsr_relay_store {
	struct tsr_grid grid;
	uint32_t picture; /* newest seen, 0 = none */
	bool is_open;     /* more KEY frames of it are to come */
	bool has_epoch;
	uint8_t epoch;                   /* newest known */
	uint8_t frame_epoch;             /* of the last frame */
	uint32_t changed[TSR_CELLS_MAX]; /* picture that changed the cell last */
	struct tsr_relay_key keys[TSR_CELLS_MAX];
	uint32_t base;                                      /* the run starts behind this picture */
	struct tsr_relay_delta run[TSR_RELAY_RUN_PICTURES]; /* picture % that many */
	uint64_t sum;                                       /* bytes of all DELTAs ever */
	struct tsr_relay_preview previews[TSR_CELLS_MAX];
	uint32_t preview_serial; /* of the newest, 0 = none ever */
	size_t preview_memory;   /* of these alone */
	size_t memory;
	tsr_time arrived[TSR_RELAY_ARRIVALS]; /* picture % 256: its first frame */
};

/* A frame in; see tsr_relay_handle_frame(). */
TSR_CHECKED int tsr_relay_store_put(struct tsr_relay_store *store, const struct tsr_frame *frame,
	struct tsr_msg *msg, tsr_time now);

/* The DELTA of a picture in (base, newest]. */
static inline const struct tsr_relay_delta *tsr_relay_store_delta(
	const struct tsr_relay_store *store, uint32_t picture)
{
	return &store->run[picture % TSR_RELAY_RUN_PICTURES];
}

/* The newest picture that is there as a whole. */
static inline uint32_t tsr_relay_store_whole(const struct tsr_relay_store *store)
{
	return store->is_open ? store->picture - 1 : store->picture;
}

/* Bytes of the DELTAs behind a picture, which the run reaches back to. */
static inline uint64_t tsr_relay_store_run_len(
	const struct tsr_relay_store *store, uint32_t picture)
{
	return picture == store->picture
		       ? 0
		       : store->sum - tsr_relay_store_delta(store, picture + 1)->sum;
}

/* When a picture arrived; for one long gone, the oldest that is known. */
tsr_time tsr_relay_store_arrival(const struct tsr_relay_store *store, uint32_t picture);

/* Drops what is older than the newest two epochs. */
void tsr_relay_store_handle_epoch(struct tsr_relay_store *store, uint8_t epoch);

void tsr_relay_store_drop_keys(struct tsr_relay_store *store);
void tsr_relay_store_drop_previews(struct tsr_relay_store *store);

/* Drops all messages; what changed when stays known. */
void tsr_relay_store_erase(struct tsr_relay_store *store);

/* Epochs travel as eight bits: how far a is ahead of b. */
static inline int tsr_epoch_ahead(uint8_t a, uint8_t b)
{
	return (int8_t)(uint8_t)(a - b);
}

#endif
