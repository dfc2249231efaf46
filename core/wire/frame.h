/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_WIRE_FRAME_H
#define TSR_WIRE_FRAME_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/attr.h"
#include "core/base/slice.h"

/*
 * frame: the header in clear of every data frame. The relay routes, supersedes and paces by
 * it alone; whole it is the metadata of the SFrame object behind it (RFC 9605 section 4.3),
 * so nobody can change it unseen. Big-endian:
 *
 *	 0  u8  version   1
 *	 1  u8  class     enum tsr_frame_class
 *	 2  u8  flags     TSR_FRAME_KEY, TSR_FRAME_LAST; or TSR_FRAME_PREVIEW alone
 *	 3  u8  epoch     low eight bits
 *	 4  u32 from      member that sends
 *	 8  u32 to        member it is for; 0 = all
 *	12  u32 stream
 *	16  u32 picture   screen: the picture this belongs to; else a running number
 *	20  u32 base      screen, DELTA: the picture it applies to; KEY and PREVIEW: equal to
 *picture 24  u64 cells     screen: bit n = cell n is changed by it; exactly one bit in a KEY or
 *PREVIEW 32  u32 length    bytes of the SFrame object that follows
 */
#define TSR_FRAME_VERSION 1
#define TSR_FRAME_HEADER_LEN 36
#define TSR_FRAME_MAX (4u * 1024 * 1024 + 4096)    /* header and object, screen */
#define TSR_FRAME_SMALL_MAX (16u * 1024)           /* header and object, every other class */
#define TSR_FRAME_PREVIEW_MAX (256u * 1024 + 4096) /* header and object, PREVIEW */
#define TSR_FRAME_OVERHEAD 64 /* most that SFrame header and tag add to a plaintext */

enum tsr_frame_class {
	TSR_FRAME_SCREEN = 1,
	TSR_FRAME_CHAT = 2,
	TSR_FRAME_CONTROL = 3,
	TSR_FRAME_POINTER = 4,
};

/* PREVIEW: a lossy image above a cell (core/screen/preview.h). It changes no picture: `picture` is
 * the one sent last, and an update of the cell by a later one makes it void. */
enum { TSR_FRAME_KEY = 1, TSR_FRAME_LAST = 2, TSR_FRAME_PREVIEW = 4 };

struct tsr_frame {
	uint8_t class;
	uint8_t flags;
	uint8_t epoch;
	uint32_t from;
	uint32_t to;
	uint32_t stream;
	uint32_t picture;
	uint32_t base;
	uint64_t cells;
	uint32_t length;
};

/* Reads and checks a header: known version, class and flags, length within the class's
 * bound, cells and base as above. Returns 0, TSR_ERR_SHORT (fewer than 36 bytes),
 * TSR_ERR_VERSION, TSR_ERR_FORMAT or TSR_ERR_TOO_BIG. Bytes behind the header are not looked at. */
TSR_CHECKED int tsr_frame_parse(struct tsr_frame *out, struct tsr_slice bytes);

/* Writes the 36 bytes. */
void tsr_frame_write(uint8_t out[static TSR_FRAME_HEADER_LEN], const struct tsr_frame *frame);

#endif
