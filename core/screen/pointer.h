/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_SCREEN_POINTER_H
#define TSR_SCREEN_POINTER_H

#include <stdbool.h>

#include "core/base/attr.h"
#include "core/base/slice.h"

/*
 * pointer: where the presenter's pointer is, and what it looks like: the plaintext of a POINTER
 * frame. Pictures do not contain it, so that it moves without their cost. Big-endian:
 *
 *	 0  u8   version  1
 *	 1  u8   flags    1: visible; 2: an image follows
 *	 2  u32  stream   SCREEN stream that it is on; 0 when it is not visible
 *	 6  u16  x        hot spot, pixels of that stream's picture
 *	 8  u16  y
 *	10  u32  shape    names the image; 0: none, the viewer draws an arrow of his own
 *	14  with an image:
 *	    u8   width, height       1..64, together at most TSR_POINTER_AREA_MAX pixels
 *	    u8   hot x, hot y        inside the image
 *	    width * height times     u8 red, green, blue, alpha (not premultiplied)
 *
 * An image comes when the shape is a new one, and again now and then, since frames may be lost to
 * slow viewers: who knows the shape's number keeps the image that came with it.
 */
#define TSR_POINTER_SIDE_MAX 64u
#define TSR_POINTER_AREA_MAX 4000u /* so that it fits into a small frame */
#define TSR_POINTER_HEAD_LEN 14u
#define TSR_POINTER_MAX (TSR_POINTER_HEAD_LEN + 4 + 4 * TSR_POINTER_AREA_MAX)

struct tsr_pointer {
	bool is_visible;
	uint32_t stream;
	uint16_t x, y;
	uint32_t shape;
	uint8_t width, height; /* of the image; 0: none is given */
	uint8_t hot_x, hot_y;
	struct tsr_slice image; /* width * height * 4 bytes, somebody else's */
};

/* Takes a plaintext apart; the image stays inside it. Returns 0, or TSR_ERR_VERSION,
 * TSR_ERR_FORMAT, TSR_ERR_RANGE, TSR_ERR_SHORT or TSR_ERR_TRAILING; then *out means nothing. */
TSR_CHECKED int tsr_pointer_parse(struct tsr_pointer *out, struct tsr_slice plain);

/* Writes a pointer that parse would accept; returns its length. */
size_t tsr_pointer_write(uint8_t out[static TSR_POINTER_MAX], const struct tsr_pointer *pointer);

#endif
