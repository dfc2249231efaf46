/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_BENCH_SFU_FEEDBACK_H
#define TSR_BENCH_SFU_FEEDBACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * feedback: what a browser tells of what it receives: transport-cc
 * (draft-holmer-rmcat-transport-wide-cc- extensions-01) ten times a second. Without it a sender
 * that estimates bandwidth would believe in none. Also the little that a publisher must read of
 * RTCP.
 */
#define BENCH_FEEDBACK_MAX 512 /* sequence numbers in one message */
#define BENCH_RTCP_MAX 1400

struct bench_feedback {
	uint32_t ssrc;       /* ours, as sender of RTCP */
	uint32_t media_ssrc; /* newest that was received */
	bool has_any;
	uint16_t base;                  /* first number of the next message */
	uint16_t n;                     /* numbers from there to the newest that arrived */
	int64_t at[BENCH_FEEDBACK_MAX]; /* µs; 0 = did not arrive */
	uint8_t count;
};

/* Notes that the packet with this number arrived. */
void bench_feedback_note(struct bench_feedback *feedback, uint16_t seq, int64_t now_us);

/* Writes what is to be told, preceded by an empty receiver report, and begins anew. Returns the
 * length, 0 when there is nothing. */
size_t bench_feedback_write(struct bench_feedback *feedback, uint8_t out[static BENCH_RTCP_MAX]);

struct bench_asked {
	unsigned n_pli, n_nack; /* PLI or FIR; numbers asked for again */
};

/* What a compound packet asks of a publisher. */
struct bench_asked bench_rtcp_read(const uint8_t *bytes, size_t len);

#endif
