/* SPDX-License-Identifier: Apache-2.0 */
/*
 * |V=2|P| count |     type      |   words after the first one   |
 */
#include "core/media/rtcp.h"

#include <string.h>

#include "core/base/reader.h"
#include "core/media/rtp.h"

enum { REPORT_LEN = 24, SDES_CNAME = 1 };

bool tsr_rtcp_is_sound(struct tsr_slice compound)
{
	if (compound.len == 0)
		return false;
	while (compound.len) {
		size_t len;

		if (compound.len < 4 || compound.data[0] >> 6 != 2)
			return false;
		len = 4 + 4 * (size_t)tsr_get_u16(compound.data + 2);
		if (len > compound.len)
			return false;
		if (compound.data[0] & 0x20) {
			uint8_t padding = compound.data[len - 1];

			if (padding == 0 || padding > len - 4)
				return false;
		}
		compound = tsr_slice(compound.data + len, compound.len - len);
	}
	return true;
}

bool tsr_rtcp_next(struct tsr_slice *left, struct tsr_rtcp *out)
{
	size_t len, end;

	if (left->len < 4)
		return false;
	len = 4 + 4 * (size_t)tsr_get_u16(left->data + 2);
	if (len > left->len)
		return false;
	end = left->data[0] & 0x20 ? len - left->data[len - 1] : len;
	*out = (struct tsr_rtcp){ .type = left->data[1],
		.count = left->data[0] & 0x1f,
		.body = tsr_slice(left->data + 4, end >= 4 ? end - 4 : 0) };
	*left = tsr_slice(left->data + len, left->len - len);
	return true;
}

static void read_report(struct tsr_reader *rd, struct tsr_rtcp_report *out)
{
	uint32_t loss;

	out->ssrc = tsr_reader_u32(rd);
	loss = tsr_reader_u32(rd);
	out->fraction_lost = (uint8_t)(loss >> 24);
	out->lost = (int32_t)(loss << 8) / 256; /* 24 bits with a sign */
	out->highest = tsr_reader_u32(rd);
	out->jitter = tsr_reader_u32(rd);
	out->lsr = tsr_reader_u32(rd);
	out->dlsr = tsr_reader_u32(rd);
}

size_t tsr_rtcp_read_reports(
	const struct tsr_rtcp *rtcp, struct tsr_rtcp_sr *sr, struct tsr_rtcp_report *v, size_t cap)
{
	struct tsr_reader rd = tsr_reader(rtcp->body);
	struct tsr_rtcp_sr head = { .ssrc = tsr_reader_u32(&rd) };
	size_t n;

	if (rtcp->type == TSR_RTCP_SR) {
		head.ntp = tsr_reader_u64(&rd);
		head.ts = tsr_reader_u32(&rd);
		head.packets = tsr_reader_u32(&rd);
		head.octets = tsr_reader_u32(&rd);
	}
	if (rd.err)
		head = (struct tsr_rtcp_sr){ 0 };
	if (sr)
		*sr = head;
	for (n = 0; n < rtcp->count && n < cap && rd.left.len >= REPORT_LEN; n++)
		read_report(&rd, &v[n]);
	return n;
}

int tsr_rtcp_read_feedback(struct tsr_rtcp_feedback *out, const struct tsr_rtcp *rtcp)
{
	struct tsr_reader rd = tsr_reader(rtcp->body);

	out->sender = tsr_reader_u32(&rd);
	out->media = tsr_reader_u32(&rd);
	out->fci = rd.left;
	return rd.err;
}

size_t tsr_rtcp_read_nack(struct tsr_slice fci, uint16_t *v, size_t cap)
{
	struct tsr_reader rd = tsr_reader(fci);
	size_t n = 0;

	while (rd.left.len >= 4) {
		uint16_t first = tsr_reader_u16(&rd), more = tsr_reader_u16(&rd);

		if (n < cap)
			v[n++] = first;
		for (unsigned bit = 0; bit < 16; bit++)
			if (more >> bit & 1 && n < cap)
				v[n++] = (uint16_t)(first + 1 + bit);
	}
	return n;
}

size_t tsr_rtcp_read_fir(struct tsr_slice fci, uint32_t *v, size_t cap)
{
	struct tsr_reader rd = tsr_reader(fci);
	size_t n = 0;

	while (rd.left.len >= 8 && n < cap) {
		v[n++] = tsr_reader_u32(&rd);
		(void)tsr_reader_u32(&rd);
	}
	return n;
}

size_t tsr_rtcp_read_bye(const struct tsr_rtcp *rtcp, uint32_t *v, size_t cap)
{
	struct tsr_reader rd = tsr_reader(rtcp->body);
	size_t n = 0;

	while (n < rtcp->count && n < cap && rd.left.len >= 4)
		v[n++] = tsr_reader_u32(&rd);
	return n;
}

static void write_head(struct tsr_writer *wr, size_t count, uint8_t type, size_t words)
{
	tsr_writer_u8(wr, (uint8_t)(0x80 | count));
	tsr_writer_u8(wr, type);
	tsr_writer_u16(wr, (uint16_t)words);
}

void tsr_rtcp_write_sr(struct tsr_writer *wr, const struct tsr_rtcp_sr *sr)
{
	write_head(wr, 0, TSR_RTCP_SR, 6);
	tsr_writer_u32(wr, sr->ssrc);
	tsr_writer_u64(wr, sr->ntp);
	tsr_writer_u32(wr, sr->ts);
	tsr_writer_u32(wr, sr->packets);
	tsr_writer_u32(wr, sr->octets);
}

void tsr_rtcp_write_rr(
	struct tsr_writer *wr, uint32_t ssrc, const struct tsr_rtcp_report *v, size_t n)
{
	write_head(wr, n, TSR_RTCP_RR, 1 + 6 * n);
	tsr_writer_u32(wr, ssrc);
	for (size_t i = 0; i < n; i++) {
		tsr_writer_u32(wr, v[i].ssrc);
		tsr_writer_u32(
			wr, (uint32_t)v[i].fraction_lost << 24 | ((uint32_t)v[i].lost & 0xffffff));
		tsr_writer_u32(wr, v[i].highest);
		tsr_writer_u32(wr, v[i].jitter);
		tsr_writer_u32(wr, v[i].lsr);
		tsr_writer_u32(wr, v[i].dlsr);
	}
}

void tsr_rtcp_write_cname(struct tsr_writer *wr, uint32_t ssrc, const char *cname)
{
	size_t len = strlen(cname), chunk = 4 + 2 + len + 1; /* ends with at least one zero */
	size_t padded = (chunk + 3) / 4 * 4;

	write_head(wr, 1, TSR_RTCP_SDES, padded / 4);
	tsr_writer_u32(wr, ssrc);
	tsr_writer_u8(wr, SDES_CNAME);
	tsr_writer_u8(wr, (uint8_t)len);
	tsr_writer_bytes(wr, tsr_slice(cname, len));
	for (size_t at = chunk - 1; at < padded; at++)
		tsr_writer_u8(wr, 0);
}

void tsr_rtcp_write_pli(struct tsr_writer *wr, uint32_t ssrc, uint32_t media)
{
	write_head(wr, TSR_PSFB_PLI, TSR_RTCP_PSFB, 2);
	tsr_writer_u32(wr, ssrc);
	tsr_writer_u32(wr, media);
}

/* How many of the seqs fit into the pair that begins with the first; *mask gets the others. */
static size_t pair(const uint16_t *seqs, size_t n, uint16_t *mask)
{
	size_t i;

	*mask = 0;
	for (i = 1; i < n && (uint16_t)(seqs[i] - seqs[0] - 1) < 16; i++)
		*mask |= (uint16_t)(1u << (uint16_t)(seqs[i] - seqs[0] - 1));
	return i;
}

void tsr_rtcp_write_nack(
	struct tsr_writer *wr, uint32_t ssrc, uint32_t media, const uint16_t *seqs, size_t n)
{
	size_t n_pairs = 0;
	uint16_t mask;

	for (size_t i = 0; i < n; n_pairs++)
		i += pair(seqs + i, n - i, &mask);
	write_head(wr, TSR_RTPFB_NACK, TSR_RTCP_RTPFB, 2 + n_pairs);
	tsr_writer_u32(wr, ssrc);
	tsr_writer_u32(wr, media);
	for (size_t i = 0, taken; i < n; i += taken) {
		taken = pair(seqs + i, n - i, &mask);
		tsr_writer_u16(wr, seqs[i]);
		tsr_writer_u16(wr, mask);
	}
}

void tsr_rtcp_write_bye(struct tsr_writer *wr, uint32_t ssrc)
{
	write_head(wr, 1, TSR_RTCP_BYE, 1);
	tsr_writer_u32(wr, ssrc);
}
