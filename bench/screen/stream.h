/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_BENCH_SCREEN_STREAM_H
#define TSR_BENCH_SCREEN_STREAM_H

#include "core/base/slice.h"
#include "core/screen/cells.h"
#include "core/wire/frame.h"

/*
 * stream: what a viewer gets, in a file, for decoders elsewhere (bench/lib/decode-wasm.mjs).
 *
 *	head     u32 format, width, height, little-endian as all that follows
 *	frame    36 bytes of header (core/wire/frame.h), u64 digest of the picture that is whole at
 *the viewer's after it (tsr_picture_digest()), 0 when none is, u32 length, the unit
 */
struct stream;

struct stream *stream_open(
	const char *path, enum tsr_pixel_format format, uint32_t width, uint32_t height);
/* frame->length is seen to. */
void stream_add(struct stream *stream, const struct tsr_frame *frame, uint64_t digest,
	struct tsr_slice unit);
void stream_close(struct stream *stream); /* NULL is fine */

#endif
