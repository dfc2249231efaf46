/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_SCREEN_VIEW_H
#define TSR_SCREEN_VIEW_H

#include "core/screen/codec.h"
#include "core/wire/frame.h"

/*
 * view: the viewer's side of one SCREEN stream instance. In go frames whose header was
 * authenticated with the unit; out come rectangles to draw, acknowledgements and at most one
 * request.
 *
 * IN SYNC: the picture is exactly picture number n of the presenter. CATCHING UP: some cells are
 * older or missing; they are drawn as they arrive. Which one it is, is not guessed from the order
 * of frames: every unit carries the presenter's state (codec.h), and the view is in sync when and
 * only when its own is equal. So a relay that skips, repeats or mixes cannot make it show
 * a picture that was never there and call it whole.
 *
 * PREVIEWS are lossy images of rectangles inside cells that the presenter holds back. They are
 *drawn above the picture and never into it: planes, digest and sync know nothing of them. At most
 *one per cell; a newer one replaces it, an exact update of what it shows takes it away. The caller
 *decodes the image (at once or later), and draws the part that still holds:
 *
 *	after each frame:    draw the dirty rectangles
 *	                     while (tsr_view_poll_preview(view, &preview)) decode it
 *	when it is decoded:  rect = tsr_view_preview_shown(view, preview.cell, preview.serial)
 *	                     draw that part of it, unless it is empty
 *	drawing all anew:    the picture, then tsr_view_preview() of every cell
 *
 * Memory: two pictures (the picture and its decoding scratch), made at create; and the bytes of the
 * previews, at most TSR_PREVIEW_IMAGE_MAX per cell.
 */
struct tsr_view;

struct tsr_view_preview {
	uint32_t cell, serial;
	struct tsr_rect rect;   /* where the whole image lies; it must have this size */
	struct tsr_rect shown;  /* the part of it that holds, never empty */
	struct tsr_slice image; /* JPEG; borrowed until the next call but polls */
};

struct tsr_view_stats {
	uint64_t bytes;     /* received, headers included */
	uint32_t applied;   /* frames that changed the picture */
	uint32_t skipped;   /* frames that were not needed or not applicable */
	uint32_t malformed; /* authentic, but not a unit */
	uint32_t unreadable;
	uint32_t previews; /* taken in */
};

/* Returns 0, TSR_ERR_RANGE or TSR_ERR_NOMEM. Free with tsr_view_destroy(). */
TSR_CHECKED int tsr_view_create(
	struct tsr_view **out, enum tsr_pixel_format format, uint32_t width, uint32_t height);
void tsr_view_destroy(struct tsr_view *view); /* NULL is fine */

/* A frame that was decrypted; frame_bytes is header and SFrame object. Returns 0 also when the
 * frame is of no use now; a negative value means that the unit was malformed and has been dropped
 * (the picture is untouched). */
TSR_CHECKED int tsr_view_handle_frame(struct tsr_view *view, const struct tsr_frame *frame,
	struct tsr_slice unit, size_t frame_bytes);

/* A frame that could not be decrypted; it counts for flow control all the same. */
void tsr_view_handle_unreadable(struct tsr_view *view, size_t frame_bytes);

/* A key arrived (new epoch): what could not be read may be asked for again. */
void tsr_view_handle_epoch(struct tsr_view *view);

/* Next rectangle to draw from tsr_view_planes(). Drain after each frame. */
bool tsr_view_poll_dirty(struct tsr_view *view, struct tsr_rect *out);

/* Next preview to decode and draw: it is new, or something was drawn over it. Drain after the dirty
 * rectangles. */
bool tsr_view_poll_preview(struct tsr_view *view, struct tsr_view_preview *out);
/* The part of this preview that is to be drawn now; empty when it is gone or replaced. */
struct tsr_rect tsr_view_preview_shown(const struct tsr_view *view, uint32_t cell, uint32_t serial);
/* The preview of a cell, if there is one. */
bool tsr_view_preview(const struct tsr_view *view, uint32_t cell, struct tsr_view_preview *out);

/* What StreamAck should say, if there is something new: poll after drawing. */
bool tsr_view_poll_ack(struct tsr_view *view, uint32_t *picture, uint64_t *bytes_total);

/* True once when StreamRefresh should be sent; *unreadable goes into it. Not again before the
 * view was in sync, but for the 1st, 2nd, 4th, 8th ... useless frame after it. */
bool tsr_view_poll_refresh(struct tsr_view *view, bool *unreadable);

bool tsr_view_is_in_sync(const struct tsr_view *view);
/* Number of the newest picture that was shown whole; 0 before the first. */
uint32_t tsr_view_picture_number(const struct tsr_view *view);
const struct tsr_grid *tsr_view_grid(const struct tsr_view *view);
const struct tsr_planes *tsr_view_planes(const struct tsr_view *view);
uint64_t tsr_view_digest(const struct tsr_view *view); /* tsr_picture_digest() of it */
void tsr_view_stats(const struct tsr_view *view, struct tsr_view_stats *out);

/* Blackens everything (end, change of presenter). */
void tsr_view_erase(struct tsr_view *view);

#endif
