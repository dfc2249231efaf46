/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_SCREEN_CODEC_H
#define TSR_SCREEN_CODEC_H

#include "core/base/slice.h"
#include "core/screen/cells.h"

/*
 * codec: exact coding of screen pictures; docs/screen.md has the format byte by byte.
 *
 * A unit is the plaintext of one frame: a KEY unit is one cell that stands alone, a DELTA
 * unit is everything that changed since exactly the previous picture. Each unit carries the
 * presenter's account of what changed when, folded into 64 bits ("state"), so that a viewer
 * knows for certain whether its picture is the one that a DELTA applies to:
 *
 *	changed[c] = number of the picture that changed cell c last
 *	state      = sum over c of mix(c, changed[c])
 */
#define TSR_DELTA_MAX (256u * 1024) /* a larger DELTA is sent as KEY cells instead */
#define TSR_UNIT_MAX (3u * 1024 * 1024 + 4096)

struct tsr_state {
	uint32_t changed[TSR_CELLS_MAX]; /* 0 = never */
	uint64_t sum;
};

void tsr_state_set(struct tsr_state *state, uint32_t cell, uint32_t picture);
void tsr_state_set_all(struct tsr_state *state, uint64_t cells, uint32_t picture);

/* ---- encoder: one per stream instance; holds the last sent picture ------------------- */

struct tsr_encoder;

/* Returns 0, TSR_ERR_RANGE (size) or TSR_ERR_NOMEM. Free with tsr_encoder_destroy(). */
TSR_CHECKED int tsr_encoder_create(
	struct tsr_encoder **out, enum tsr_pixel_format format, uint32_t width, uint32_t height);
void tsr_encoder_destroy(struct tsr_encoder *enc); /* NULL is fine */

const struct tsr_grid *tsr_encoder_grid(const struct tsr_encoder *enc);
/* Number of the last picture, 0 before the first; its pixels; and what changed when. */
uint32_t tsr_encoder_picture_number(const struct tsr_encoder *enc);
const struct tsr_planes *tsr_encoder_last(const struct tsr_encoder *enc);
const struct tsr_state *tsr_encoder_state(const struct tsr_encoder *enc);

/* Takes the next picture. Only tiles that damage touches are looked at (NULL: all of it). Sets
 * *cells to the cells that changed; 0 means that there is no new picture. Otherwise the picture
 * number has risen by one, and *unit is its DELTA, which lives until the next call, or empty
 * when the cells have to be sent as KEY: always for the first picture, and when the DELTA
 * would exceed TSR_DELTA_MAX. */
void tsr_encoder_picture(struct tsr_encoder *enc, const struct tsr_planes *src,
	const struct tsr_damage *damage, uint64_t *cells, struct tsr_slice *unit);

/* ---- holding back (share.h decides): what is too dear for the line stays as it was sent last,
 * and the rest goes on. All of it is kept until set again.
 *
 * A rectangle inside the cell that tsr_encoder_picture() leaves as it is whatever src shows there:
 * no difference is looked for in it and no copy goes into it. Empty: none, as at first. With I420
 * it is even, but for ends at the border. */
void tsr_encoder_hold(struct tsr_encoder *enc, uint32_t cell, struct tsr_rect rect);

/* The next picture contains this rectangle, which lies in one cell and in nothing that is held,
 * even where nothing differs. Up to TSR_CELLS_MAX of them; forgotten after that picture. */
void tsr_encoder_force(struct tsr_encoder *enc, struct tsr_rect rect);

/* How many bytes a DELTA may take; SIZE_MAX, as at first: no limit, TSR_DELTA_MAX and KEYs as said
 * below. What would exceed it is left out, dearest rectangles first (never forced ones), and
 * differs from src as before. Of the first picture only photographs are left out, which stay black,
 * never text. */
void tsr_encoder_set_limit(struct tsr_encoder *enc, size_t bytes);

/* What the last tsr_encoder_picture() left out for its cost: the cells, and in rects[cell] where in
 * each; cells that are not in the set are not touched. */
uint64_t tsr_encoder_left(
	const struct tsr_encoder *enc, struct tsr_rect rects[static TSR_CELLS_MAX]);

/* Where inside rect src differs from the last picture; and what rect of src takes when it is
 * coded alone, at most cap. */
struct tsr_rect tsr_encoder_diff(
	const struct tsr_encoder *enc, const struct tsr_planes *src, struct tsr_rect rect);
size_t tsr_encoder_cost(
	struct tsr_encoder *enc, const struct tsr_planes *src, struct tsr_rect rect, size_t cap);

/* Makes the last picture a new one whose cells are all to be sent as KEY (a new epoch). */
void tsr_encoder_restart(struct tsr_encoder *enc);

/* The KEY unit of a cell as of the last picture; it lives until the next call. */
struct tsr_slice tsr_encoder_key(struct tsr_encoder *enc, uint32_t cell);

/* ---- decoder: one per viewed stream; holds the picture ------------------------------- */

struct tsr_decoder;

TSR_CHECKED int tsr_decoder_create(
	struct tsr_decoder **out, enum tsr_pixel_format format, uint32_t width, uint32_t height);
void tsr_decoder_destroy(struct tsr_decoder *dec); /* NULL is fine */

const struct tsr_grid *tsr_decoder_grid(const struct tsr_decoder *dec);
/* The picture as it is: black until cells arrive. Borrowed until destroy. */
const struct tsr_planes *tsr_decoder_planes(const struct tsr_decoder *dec);
const struct tsr_state *tsr_decoder_state(const struct tsr_decoder *dec);
uint64_t tsr_decoder_digest(const struct tsr_decoder *dec); /* tsr_picture_digest() of it */

/* Puts a KEY unit in its place. *state is the state of the picture that it was cut from.
 * Returns 0, or TSR_ERR_FORMAT, TSR_ERR_VERSION, TSR_ERR_SHORT, TSR_ERR_TRAILING or
 * TSR_ERR_RANGE; after an error nothing has changed. Never allocates; time is linear in the unit
 * and the cell. A cell that is there already, or newer, is not decoded again. */
TSR_CHECKED int tsr_decoder_key(
	struct tsr_decoder *dec, uint32_t cell, struct tsr_slice unit, uint64_t *state);

/* Applies a DELTA unit to the picture, which becomes number `picture` with the given cells
 * changed. TSR_ERR_STALE when the picture here is not the one it applies to; other errors as above;
 * after an error nothing has changed. Time is linear in the unit and the picture. */
TSR_CHECKED int tsr_decoder_delta(
	struct tsr_decoder *dec, uint32_t picture, uint64_t cells, struct tsr_slice unit);

/* Rectangles that the last successful call changed: at most one per cell and copy. */
#define TSR_DIRTY_MAX 80u
size_t tsr_decoder_dirty(const struct tsr_decoder *dec, const struct tsr_rect **rects);

/* Blackens the picture and forgets what changed. */
void tsr_decoder_erase(struct tsr_decoder *dec);

/* 64-bit digest of a picture, the same for the same pixels whatever the strides; alpha is left
 * out. For tests and stats: not cryptographic. */
uint64_t tsr_picture_digest(enum tsr_pixel_format format, uint32_t width, uint32_t height,
	const struct tsr_planes *planes);

#endif
