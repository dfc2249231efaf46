/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_ENDPOINT_HEADLESS_JPEG_H
#define TSR_ENDPOINT_HEADLESS_JPEG_H

#include "core/base/slice.h"
#include "core/screen/cells.h"

/*
 * jpeg: the images of previews (core/screen/preview.h), by libjpeg-turbo. Colours are halved both
 * ways (4:2:0). What is decoded comes from others: only baseline images of exactly the size
 * expected are read, and nothing of one with errors is used.
 */

/* Codes a rectangle of a BGRA picture. Returns the length, 0 when it exceeds cap or memory is out.
 */
size_t tsr_jpeg_encode(uint8_t *out, size_t cap, const struct tsr_planes *bgra,
	struct tsr_rect rect, uint32_t quality);

/* Decodes an image of width x height pixels into rows of width * 4 bytes, BGRA with alpha 255.
 * Returns 0, TSR_ERR_FORMAT or TSR_ERR_RANGE (another size); out is undefined then. */
TSR_CHECKED int tsr_jpeg_decode(
	uint8_t *out, uint32_t width, uint32_t height, struct tsr_slice image);

#endif
