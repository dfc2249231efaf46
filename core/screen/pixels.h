/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_SCREEN_PIXELS_H
#define TSR_SCREEN_PIXELS_H

#include "core/base/attr.h"
#include "core/base/slice.h"
#include "core/screen/cells.h"

/*
 * pixels: the exact coder of codec 4: the pixels of some rectangles, in order, as bytes and back.
 * One adaptive model goes through all of them and starts anew with each call, so what comes out
 * depends on nothing but format, rectangles and pixels. docs/screen-codec.md has the format.
 *
 * The rectangles are not empty, lie inside the picture, are even with I420 (but for ends at the
 * border) and are together no larger than the picture.
 */
struct tsr_pixels;

/* For pictures of this format and size (valid for tsr_grid_init()). Returns 0 or TSR_ERR_NOMEM;
 * free with tsr_pixels_destroy(). */
TSR_CHECKED int tsr_pixels_create(
	struct tsr_pixels **out, enum tsr_pixel_format format, uint32_t width, uint32_t height);
void tsr_pixels_destroy(struct tsr_pixels *px); /* NULL is fine */

/* Bytes that coding never exceeds. */
size_t tsr_pixels_bound(enum tsr_pixel_format format, const struct tsr_rect *rects, size_t n_rects);

/* Codes the rectangles of a picture. Returns the length, 0 when cap was not enough or there are no
 * rectangles. The same pixels give the same bytes on every machine; alpha does not count. */
size_t tsr_pixels_encode(struct tsr_pixels *px, uint8_t *out, size_t cap,
	const struct tsr_planes *planes, const struct tsr_rect *rects, size_t n_rects);

/* Decodes into memory of its own. Returns 0, TSR_ERR_SHORT, TSR_ERR_TRAILING or TSR_ERR_FORMAT.
 * Never allocates; time is linear in the bytes and the area. */
TSR_CHECKED int tsr_pixels_decode(
	struct tsr_pixels *px, struct tsr_slice in, const struct tsr_rect *rects, size_t n_rects);
/* Puts what the last tsr_pixels_decode(), which succeeded, has decoded into a picture. */
void tsr_pixels_put(struct tsr_pixels *px, const struct tsr_planes *planes);

#endif
