/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_BENCH_SCREEN_RECORDING_H
#define TSR_BENCH_SCREEN_RECORDING_H

#include <stdbool.h>

#include "core/screen/cells.h"

/*
 * recording: what a screen showed, exactly, 30 times a second at most, in a file, so that every
 * codec sees the same pictures. In the order of the machine that made it, and read only there:
 *
 *	head     "tsrrec1" and a zero, i64 start (us since 1970), u32 width, u32 height
 *	frame    u32 tick (1/30 s since start), u32 x, y, width, height (damage), u32 len,
 *	         len bytes: zstd of the damaged pixels XOR those of the frame before, row by row
 *	end      u32 tick, five zeros
 *
 * Ticks at which nothing was damaged have no frame. The first frame is the whole screen. A fourth
 * byte is 255 in every pixel that was ever damaged.
 */
#define RECORDING_FPS 30

struct recording_frame {
	uint32_t tick;
	struct tsr_rect damage; /* what the X server called damaged, whether it changed or not */
};

struct recorder;

struct recorder *recorder_open(const char *path, int64_t start_us, uint32_t width, uint32_t height);
void recorder_add(struct recorder *rec, const struct recording_frame *frame, const uint8_t *pixels,
	size_t stride);
void recorder_close(struct recorder *rec, uint32_t last_tick);

struct recording;

struct recording *recording_open(const char *path);
void recording_close(struct recording *rec);
uint32_t recording_width(const struct recording *rec);
uint32_t recording_height(const struct recording *rec);
int64_t recording_start_us(const struct recording *rec);

/* The next frame; false at the end, where frame->tick is the last one. */
bool recording_next(struct recording *rec, struct recording_frame *frame);
/* When it will be; at the end the last tick. The picture stays as it is. */
uint32_t recording_next_tick(const struct recording *rec);
/* The screen as of that frame: BGRA with tight rows, the recording's own. */
const struct tsr_planes *recording_picture(const struct recording *rec);

#endif
