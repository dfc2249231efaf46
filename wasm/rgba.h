/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_WASM_RGBA_H
#define TSR_WASM_RGBA_H

#include "core/screen/cells.h"

/* Converts a rectangle of a picture to RGBA with alpha 255, as a canvas wants it, rows without
 * padding. I420 is BT.601, limited range, chroma not interpolated. rect lies inside the picture. */
void tsr_rgba_convert(uint8_t *out, enum tsr_pixel_format format, const struct tsr_planes *planes,
	struct tsr_rect rect);

#endif
