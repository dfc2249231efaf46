/* SPDX-License-Identifier: Apache-2.0 */
/*
 *      |I|P|L|F|B|E|V|Z|
 *  I:  |M| PICTURE ID  |   M: two bytes, 15 bits
 *  L:  | TID |U| SID |D|
 *  L, not F: | TL0PICIDX |
 *  P and F:  | P_DIFF  |N|   up to three times
 *  V:  | N_S |Y|G|-|-|-|, then Y: (N_S + 1) x (u16 width, u16 height); G: u8 N_G, then N_G times
 *      |TID|U| R |-|-| and R x u8
 */
#include "core/media/vp9.h"

#include "core/base/err.h"
#include "core/base/reader.h"

static void read_structure(struct tsr_vp9 *out, struct tsr_reader *rd)
{
	uint8_t head = tsr_reader_u8(rd), n_pictures;

	out->n_spatial = (uint8_t)((head >> 5) + 1);
	if (head & 0x10)
		(void)tsr_reader_bytes(rd, 4 * (size_t)out->n_spatial);
	if (!(head & 0x08))
		return;
	n_pictures = tsr_reader_u8(rd);
	for (unsigned i = 0; i < n_pictures && !rd->err; i++)
		(void)tsr_reader_bytes(rd, tsr_reader_u8(rd) >> 2 & 3);
}

static void read_references(struct tsr_reader *rd)
{
	for (int i = 0; i < 3; i++)
		if (!(tsr_reader_u8(rd) & 1))
			return;
	tsr_reader_fail(rd, TSR_ERR_FORMAT); /* N in the third one */
}

int tsr_vp9_parse(struct tsr_vp9 *out, struct tsr_slice payload)
{
	struct tsr_reader rd = tsr_reader(payload);
	uint8_t first = tsr_reader_u8(&rd), byte;

	*out = (struct tsr_vp9){
		.is_predicted = first >> 6 & 1, .is_start = first >> 3 & 1, .is_end = first >> 2 & 1
	};
	if (first & 0x80) {
		out->picture_at = (uint8_t)(payload.len - rd.left.len);
		out->picture_len = 1;
		byte = tsr_reader_u8(&rd);
		out->picture = byte & 0x7f;
		if (byte & 0x80) {
			out->picture_len = 2;
			out->picture = (uint16_t)(out->picture << 8 | tsr_reader_u8(&rd));
		}
	}
	if (first & 0x20) {
		byte = tsr_reader_u8(&rd);
		out->temporal = byte >> 5;
		out->is_sync = byte >> 4 & 1;
		out->spatial = byte >> 1 & 7;
		if (!(first & 0x10))
			(void)tsr_reader_u8(&rd);
	}
	if ((first & 0x50) == 0x50)
		read_references(&rd);
	if (first & 0x02)
		read_structure(out, &rd);
	out->is_key = out->is_start && !out->is_predicted && out->spatial == 0;
	return rd.err;
}
