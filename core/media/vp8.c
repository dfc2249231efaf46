/* SPDX-License-Identifier: Apache-2.0 */
/*
 *      |X|R|N|S|R| PID |
 *  X:  |I|L|T|K|  RSV  |
 *  I:  |M| PictureID   |   M: two bytes, 15 bits
 *  L:  |   TL0PICIDX   |
 *  TK: |TID|Y| KEYIDX  |
 *      frame header, first packet only: bit 0 of its first byte is 0 in a key frame
 */
#include "core/media/vp8.h"

#include "core/base/reader.h"

int tsr_vp8_parse(struct tsr_vp8 *out, struct tsr_slice payload)
{
	struct tsr_reader rd = tsr_reader(payload);
	uint8_t first = tsr_reader_u8(&rd), extended = 0, high, layer;

	*out = (struct tsr_vp8){ .is_start = (first & 0x10) && (first & 0x07) == 0 };
	if (first & 0x80)
		extended = tsr_reader_u8(&rd);
	if (extended & 0x80) {
		out->picture_at = (uint8_t)(payload.len - rd.left.len);
		out->picture_len = 1;
		high = tsr_reader_u8(&rd);
		out->picture = high & 0x7f;
		if (high & 0x80) {
			out->picture_len = 2;
			out->picture = (uint16_t)(out->picture << 8 | tsr_reader_u8(&rd));
		}
	}
	if (extended & 0x40) {
		out->tl0_at = (uint8_t)(payload.len - rd.left.len);
		out->tl0 = tsr_reader_u8(&rd);
	}
	if (extended & 0x30) {
		layer = tsr_reader_u8(&rd);
		if (extended & 0x20) {
			out->temporal = layer >> 6;
			out->is_sync = layer >> 5 & 1;
		}
	}
	if (out->is_start)
		out->is_key = !(tsr_reader_u8(&rd) & 1);
	return rd.err;
}
