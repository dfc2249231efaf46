/* SPDX-License-Identifier: Apache-2.0 */
/*
 * |      first number             |      how many statuses        |
 * |      reference time, 64 ms                    |  report count |
 * |      chunk                    |      chunk                    | ...
 * | delta | delta | ...      units of 250 us; u8, or i16 for large ones
 *
 *	chunk  0 | status:2 | run:13           a run of one status
 *	       1 0 | 14 x status:1             0 = not received, 1 = small delta
 *	       1 1 | 7 x status:2              0 = not received, 1 = u8, 2 = i16
 */
#include "core/media/twcc.h"

#include "core/base/err.h"
#include "core/base/reader.h"
#include "core/media/rtcp.h"
#include "core/media/rtp.h"

enum { STATUS_LOST, STATUS_SMALL, STATUS_LARGE };
enum { RUN_MAX = 8191, REPORT_MAX = 400 /* statuses, so that a report fits into one packet */ };
#define DELTA_UNIT 250
#define REFERENCE_UNIT (64 * TSR_MS)

static tsr_time *arrival(struct tsr_twcc_log *log, uint32_t seq)
{
	return &log->arrived[seq % TSR_TWCC_WINDOW];
}

void tsr_twcc_log_packet(struct tsr_twcc_log *log, uint16_t seq, tsr_time now)
{
	uint32_t i;

	if (!log->has_started) {
		log->has_started = true;
		log->next = log->newest = 0x10000u + seq;
		*arrival(log, log->newest) = 0;
	}
	i = tsr_unwrap_u16(log->newest, seq);
	if (tsr_is_after(log->next, i))
		return;                         /* reported as lost */
	if (i - log->next >= TSR_TWCC_WINDOW) { /* a jump: what was not reported never will be */
		log->next = log->newest = i;
		log->n_waiting = 0;
		*arrival(log, i) = 0;
	}
	while (tsr_is_after(i, log->newest))
		*arrival(log, ++log->newest) = 0;
	if (*arrival(log, i) == 0)
		if (log->n_waiting++ == 0)
			log->since = now;
	*arrival(log, i) = now > 0 ? now : 1;
}

tsr_time tsr_twcc_log_next_timeout(const struct tsr_twcc_log *log)
{
	return log->n_waiting ? log->since + TSR_TWCC_INTERVAL : TSR_TIME_NEVER;
}

/* The deltas' units from one arrival to the next, rounded so that errors do not add up. */
static uint8_t classify(tsr_time *at, tsr_time arrived, int16_t *delta)
{
	tsr_time units = (arrived - *at) / DELTA_UNIT;

	if (units > INT16_MAX)
		units = INT16_MAX;
	if (units < INT16_MIN)
		units = INT16_MIN;
	*at += units * DELTA_UNIT;
	*delta = (int16_t)units;
	return units >= 0 && units <= UINT8_MAX ? STATUS_SMALL : STATUS_LARGE;
}

static void write_chunks(struct tsr_writer *wr, const uint8_t *status, uint32_t n)
{
	for (uint32_t i = 0; i < n;) {
		uint32_t run = 1;

		while (i + run < n && run < RUN_MAX && status[i + run] == status[i])
			run++;
		if (run >= 7) {
			tsr_writer_u16(wr, (uint16_t)(status[i] << 13 | run));
			i += run;
			continue;
		}
		uint16_t chunk = 0xc000;

		for (unsigned k = 0; k < 7 && i < n; k++, i++)
			chunk |= (uint16_t)(status[i] << (12 - 2 * k));
		tsr_writer_u16(wr, chunk);
	}
}

bool tsr_twcc_log_write(struct tsr_twcc_log *log, struct tsr_writer *wr, uint32_t ssrc,
	uint32_t media, tsr_time now)
{
	uint8_t status[REPORT_MAX], *head;
	int16_t delta[REPORT_MAX];
	uint32_t n = 0, first, came;
	tsr_time at;

	if (now < tsr_twcc_log_next_timeout(log))
		return false;
	for (came = log->next; *arrival(log, came) == 0;)
		came++;
	first = came - log->next < REPORT_MAX ? log->next : came;
	at = *arrival(log, came) / REFERENCE_UNIT * REFERENCE_UNIT;
	size_t start = wr->len;

	head = tsr_writer_space(wr, 4);
	tsr_writer_u32(wr, ssrc);
	tsr_writer_u32(wr, media);
	tsr_writer_u16(wr, (uint16_t)first);
	for (; n < REPORT_MAX && !tsr_is_after(first + n, log->newest); n++) {
		tsr_time arrived = *arrival(log, first + n);

		status[n] = arrived ? classify(&at, arrived, &delta[n]) : STATUS_LOST;
		log->n_waiting -= arrived != 0;
	}
	log->next = first + n;
	log->since = now;
	tsr_writer_u16(wr, (uint16_t)n);
	tsr_writer_u32(wr, (uint32_t)(*arrival(log, came) / REFERENCE_UNIT) << 8 | log->n_reports);
	log->n_reports++;
	write_chunks(wr, status, n);
	for (uint32_t i = 0; i < n; i++) {
		if (status[i] == STATUS_SMALL)
			tsr_writer_u8(wr, (uint8_t)delta[i]);
		else if (status[i] == STATUS_LARGE)
			tsr_writer_u16(wr, (uint16_t)delta[i]);
	}
	size_t padding = (4 - (wr->len - start) % 4) % 4;

	for (size_t i = 0; i < padding; i++)
		tsr_writer_u8(wr, i + 1 == padding ? (uint8_t)padding : 0);
	if (wr->err)
		return false;
	head[0] = (uint8_t)(0x80 | (padding ? 0x20 : 0) | TSR_RTPFB_TRANSPORT_CC);
	head[1] = TSR_RTCP_RTPFB;
	tsr_put_u16(head + 2, (uint16_t)((wr->len - start) / 4 - 1));
	return true;
}

static uint32_t chunk_len(uint16_t chunk)
{
	if (!(chunk & 0x8000))
		return chunk & 0x1fff;
	return chunk & 0x4000 ? 7 : 14;
}

int tsr_twcc_read(struct tsr_twcc_reader *out, struct tsr_slice fci)
{
	struct tsr_reader rd = tsr_reader(fci);
	uint32_t n = 0;

	*out = (struct tsr_twcc_reader){ 0 };
	out->seq = tsr_reader_u16(&rd);
	out->n_left = tsr_reader_u16(&rd);
	out->at = (tsr_time)(tsr_reader_u32(&rd) >> 8) * REFERENCE_UNIT;
	if (out->n_left > TSR_TWCC_STATUSES_MAX)
		return TSR_ERR_RANGE;
	out->chunks = rd.left;
	while (n < out->n_left && !rd.err)
		n += chunk_len(tsr_reader_u16(&rd));
	out->deltas = rd.left;
	return rd.err;
}

static uint16_t take_u16(struct tsr_slice *bytes)
{
	uint16_t v = tsr_get_u16(bytes->data);

	*bytes = tsr_slice(bytes->data + 2, bytes->len - 2);
	return v;
}

static unsigned next_status(struct tsr_twcc_reader *rd)
{
	uint32_t i;

	while (rd->n_run == 0) {
		rd->chunk = take_u16(&rd->chunks); /* tsr_twcc_read() saw that they are there */
		rd->n_run = chunk_len(rd->chunk);
	}
	i = chunk_len(rd->chunk) - rd->n_run--;
	if (!(rd->chunk & 0x8000))
		return rd->chunk >> 13 & 3;
	return rd->chunk & 0x4000 ? rd->chunk >> (12 - 2 * i) & 3 : rd->chunk >> (13 - i) & 1;
}

bool tsr_twcc_next(struct tsr_twcc_reader *rd, struct tsr_twcc_status *out)
{
	unsigned status;

	if (rd->n_left == 0)
		return false;
	rd->n_left--;
	status = next_status(rd);
	*out = (struct tsr_twcc_status){ .seq = rd->seq++ };
	if (status == STATUS_SMALL && rd->deltas.len >= 1) {
		rd->at += rd->deltas.data[0] * DELTA_UNIT;
		rd->deltas = tsr_slice(rd->deltas.data + 1, rd->deltas.len - 1);
	} else if (status == STATUS_LARGE && rd->deltas.len >= 2) {
		rd->at += (int16_t)take_u16(&rd->deltas) * DELTA_UNIT;
	} else if (status != STATUS_LOST) {
		rd->n_left = 0; /* deltas are missing, or the status is reserved */
		return false;
	}
	out->has_come = status != STATUS_LOST;
	out->arrived = rd->at;
	return true;
}
