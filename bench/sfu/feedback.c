/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/sfu/feedback.h"

#include <string.h>

#define RTCP_RR 201
#define RTCP_RTPFB 205
#define RTCP_PSFB 206
#define FMT_NACK 1
#define FMT_TRANSPORT_CC 15
#define FMT_PLI 1
#define FMT_FIR 4
#define REFERENCE_US 64000
#define TICK_US 250
#define PER_CHUNK 7 /* symbols of two bits */

static uint8_t *put(uint8_t *at, uint64_t value, int bytes)
{
	for (int i = 0; i < bytes; i++)
		*at++ = (uint8_t)(value >> 8 * (bytes - 1 - i));
	return at;
}

static unsigned get16(const uint8_t *at)
{
	return (unsigned)at[0] << 8 | at[1];
}

void bench_feedback_note(struct bench_feedback *feedback, uint16_t seq, int64_t now_us)
{
	uint16_t n = seq - feedback->base;

	if (!feedback->has_any) {
		feedback->base = seq;
		feedback->has_any = true;
		n = 0;
	}
	if (n >= BENCH_FEEDBACK_MAX)
		return; /* told already, or too far ahead for one message */
	feedback->at[n] = now_us;
	if (n >= feedback->n)
		feedback->n = (uint16_t)(n + 1);
}

/* In ticks since the packet before; those that did not arrive have none. */
static int delta_of(const struct bench_feedback *feedback, unsigned i, int64_t *before)
{
	int64_t ticks = (feedback->at[i] - *before) / TICK_US;

	ticks = ticks > INT16_MAX ? INT16_MAX : ticks < INT16_MIN ? INT16_MIN : ticks;
	*before += ticks * TICK_US;
	return (int)ticks;
}

static uint8_t *put_chunks(const struct bench_feedback *feedback, uint8_t *at, int64_t reference)
{
	for (unsigned i = 0; i < feedback->n;) {
		uint16_t chunk = 0xc000; /* a vector of two-bit symbols */

		for (unsigned k = 0; k < PER_CHUNK; k++, i++) {
			unsigned symbol = 0;

			if (i < feedback->n && feedback->at[i]) {
				int ticks = delta_of(feedback, i, &reference);

				symbol = ticks < 0 || ticks > 255 ? 2 : 1;
			}
			chunk |= (uint16_t)(symbol << 2 * (PER_CHUNK - 1 - k));
		}
		at = put(at, chunk, 2);
	}
	return at;
}

static uint8_t *put_deltas(const struct bench_feedback *feedback, uint8_t *at, int64_t reference)
{
	for (unsigned i = 0; i < feedback->n; i++) {
		int ticks;

		if (!feedback->at[i])
			continue;
		ticks = delta_of(feedback, i, &reference);
		at = put(at, (uint64_t)(uint16_t)ticks, ticks < 0 || ticks > 255 ? 2 : 1);
	}
	return at;
}

static int64_t first_arrival(const struct bench_feedback *feedback)
{
	for (unsigned i = 0; i < feedback->n; i++)
		if (feedback->at[i])
			return feedback->at[i];
	return 0;
}

size_t bench_feedback_write(struct bench_feedback *feedback, uint8_t out[static BENCH_RTCP_MAX])
{
	uint8_t *at = out, *head;
	int64_t reference;

	if (feedback->n == 0)
		return 0;
	at = put(at, 0x80u << 8 | RTCP_RR, 2);
	at = put(at, 1, 2);
	at = put(at, feedback->ssrc, 4);
	head = at;
	at = put(at, (0x80u | FMT_TRANSPORT_CC) << 8 | RTCP_RTPFB, 2) + 2;
	at = put(at, feedback->ssrc, 4);
	at = put(at, feedback->media_ssrc, 4);
	at = put(at, feedback->base, 2);
	at = put(at, feedback->n, 2);
	reference = first_arrival(feedback) / REFERENCE_US;
	at = put(at, (uint64_t)reference & 0xffffff, 3);
	at = put(at, feedback->count++, 1);
	at = put_chunks(feedback, at, reference * REFERENCE_US);
	at = put_deltas(feedback, at, reference * REFERENCE_US);
	while ((at - head) % 4)
		*at++ = 0;
	put(head + 2, (uint64_t)(at - head) / 4 - 1, 2);
	feedback->base = (uint16_t)(feedback->base + feedback->n);
	memset(feedback->at, 0, feedback->n * sizeof(feedback->at[0]));
	feedback->n = 0;
	return (size_t)(at - out);
}

struct bench_asked bench_rtcp_read(const uint8_t *bytes, size_t len)
{
	struct bench_asked asked = { 0 };

	while (len >= 4) {
		size_t size = 4 * (1 + get16(bytes + 2));
		unsigned fmt = bytes[0] & 0x1f;

		if (size > len)
			break;
		if (bytes[1] == RTCP_PSFB && (fmt == FMT_PLI || fmt == FMT_FIR))
			asked.n_pli++;
		for (size_t i = 12; bytes[1] == RTCP_RTPFB && fmt == FMT_NACK && i + 4 <= size;
			i += 4)
			asked.n_nack += 1 + (unsigned)__builtin_popcount(get16(bytes + i + 2));
		bytes += size;
		len -= size;
	}
	return asked;
}
