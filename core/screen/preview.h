/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_SCREEN_PREVIEW_H
#define TSR_SCREEN_PREVIEW_H

#include "core/base/slice.h"
#include "core/screen/cells.h"

/*
 * preview: the plaintext of a PREVIEW frame, a lossy image that is drawn above one cell and never
 * into its exact pixels. Big-endian:
 *
 *	 0  u8  version   1
 *	 1  u8  kind      3
 *	 2  u8  image     1 = JPEG, sequential, 8 bits, of the width and height below
 *	 3  u8  zero
 *	 4  u16 x, y, width, height: where, inside the cell of the header
 *	12  the image, 1..TSR_PREVIEW_IMAGE_MAX bytes
 *
 * The core looks into the image as far as its frame header, so that no decoder is handed one that
 * is larger than its place or takes many turns.
 */
#define TSR_PREVIEW_HEAD_LEN 12u
#define TSR_PREVIEW_IMAGE_MAX (256u * 1024)

enum { TSR_PREVIEW_JPEG = 1 };

struct tsr_preview {
	struct tsr_rect rect;
	struct tsr_slice image;
};

/* cell: of the frame's header. The image borrows from unit. Returns 0, TSR_ERR_SHORT,
 * TSR_ERR_VERSION, TSR_ERR_FORMAT, TSR_ERR_RANGE or TSR_ERR_TOO_BIG. */
TSR_CHECKED int tsr_preview_parse(
	struct tsr_preview *out, const struct tsr_grid *grid, uint32_t cell, struct tsr_slice unit);

/* Writes the 12 bytes in front of a JPEG image. */
void tsr_preview_write_head(uint8_t out[static TSR_PREVIEW_HEAD_LEN], struct tsr_rect rect);

#endif
