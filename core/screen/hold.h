/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_SCREEN_HOLD_H
#define TSR_SCREEN_HOLD_H

#include "core/base/time.h"
#include "core/screen/codec.h"

/*
 * hold: what the presenter holds back: at most one rectangle per cell, which its encoder leaves as
 * it was sent last while the screen shows something else there. See docs/screen.md, "Previews".
 *
 *	changing  the captures differ there; previews are due
 *	still     no change for a while: its exact form is due, from the top, as far as the purse
 *	          allows; what is left stays held, and the last preview stays above it
 *
 * A preview that saves little (text does not shrink much) is not worth its loss: such a rectangle
 * is released at once, still or not.
 */
struct tsr_held {
	struct tsr_rect rect; /* empty: nothing is held here */
	uint64_t hash;        /* of what the newest capture shows in it */
	tsr_time changed;     /* when that was seen to change */
	tsr_time previewed;   /* when the last preview was asked for; 0 = never */
	uint32_t preview_len; /* of the last one */
	size_t cost;          /* bytes that it takes exactly, when last tried */
	bool is_tried;        /* since it changed */
	bool is_new;          /* changed since the last preview */
	bool is_text;         /* previews save little */
};

struct tsr_holds {
	enum tsr_pixel_format format;
	struct tsr_grid grid;
	uint64_t cells; /* in which something is held */
	struct tsr_held held[TSR_CELLS_MAX];
};

/* Adds rect to what is held in the cell, of which it is a part; it has changed now. */
void tsr_holds_add(struct tsr_holds *holds, struct tsr_encoder *enc, uint32_t cell,
	struct tsr_rect rect, const struct tsr_planes *src, tsr_time now);

/* Looks at a capture: notes what has changed in it, inside damage (NULL: anywhere). True when
 * anything has. */
bool tsr_holds_observe(struct tsr_holds *holds, const struct tsr_planes *src,
	const struct tsr_rect *damage, tsr_time now);

/* The cells whose exact form is due at `now`: still for `rest` and shown by a preview, which comes
 * sooner; or of text; with rest 0, all. */
uint64_t tsr_holds_due(const struct tsr_holds *holds, tsr_time now, tsr_time rest);
/* When that will be so for the first one that is not yet; TSR_TIME_NEVER when there is none. */
tsr_time tsr_holds_next(const struct tsr_holds *holds, tsr_time now, tsr_time rest);

/* Gives the exact form of cells to the next picture of the encoder, as much as fits into so many
 * bytes, the longest still first (always a little); SIZE_MAX: all of it. */
void tsr_holds_release(struct tsr_holds *holds, struct tsr_encoder *enc,
	const struct tsr_planes *src, uint64_t cells, size_t bytes);

/* The cell whose preview is due and older than `since`, the one that waits longest first;
 * TSR_CELLS_MAX: none. */
uint32_t tsr_holds_preview(const struct tsr_holds *holds, tsr_time since);

/* A preview of so many bytes was made of the cell. Returns whether it is worth sending. */
bool tsr_holds_handle_preview(struct tsr_holds *holds, uint32_t cell, size_t len);

/* All previews are to be sent again. */
void tsr_holds_renew(struct tsr_holds *holds);

#endif
