/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_MEDIA_VP9_H
#define TSR_MEDIA_VP9_H

#include <stdbool.h>

#include "core/base/attr.h"
#include "core/base/slice.h"

/*
 * vp9: the payload descriptor of RFC 9628 4.2. Key frames are told by it alone: everything after
 * it is encrypted.
 */
struct tsr_vp9 {
	bool is_start, is_end; /* B, E: of a layer's frame */
	bool is_predicted;     /* P: from earlier pictures */
	bool is_key;           /* start of the lowest layer of a picture that needs no other */
	bool is_sync;          /* U: higher temporal layers may be added after this picture */
	uint8_t spatial, temporal;
	uint8_t picture_at, picture_len; /* as in tsr_vp8 */
	uint16_t picture;
	uint8_t n_spatial; /* of the scalability structure; 0 = it is not here */
};

/* Returns 0, TSR_ERR_SHORT or TSR_ERR_FORMAT. */
TSR_CHECKED int tsr_vp9_parse(struct tsr_vp9 *out, struct tsr_slice payload);

#endif
