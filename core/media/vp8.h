/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_MEDIA_VP8_H
#define TSR_MEDIA_VP8_H

#include <stdbool.h>

#include "core/base/attr.h"
#include "core/base/slice.h"

/*
 * vp8: the payload descriptor of RFC 7741 4.2, and the one bit of the frame's header that says
 * whether it is a key frame. What follows is encrypted.
 */
struct tsr_vp8 {
	bool is_start; /* first packet of a frame: S, and partition 0 */
	bool is_key;   /* only on the first packet */
	bool is_sync;  /* Y: depends on the base layer only */
	uint8_t temporal;
	uint8_t picture_at, picture_len; /* 0 = there is none; 1 (7 bits) or 2 bytes (15 bits) */
	uint16_t picture;
	uint8_t tl0_at; /* 0 = there is none */
	uint8_t tl0;
};

/* Returns 0 or TSR_ERR_SHORT. */
TSR_CHECKED int tsr_vp8_parse(struct tsr_vp8 *out, struct tsr_slice payload);

#endif
