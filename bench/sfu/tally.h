/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_BENCH_SFU_TALLY_H
#define TSR_BENCH_SFU_TALLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bench/sfu/stamp.h"

/*
 * tally: what arrived of what was sent in one run: each sequence number of a source once at each
 * receiver, and how long it took. A run covers the numbers (base, base + BENCH_TALLY_MAX].
 */
#define BENCH_TALLY_MAX 65536u
#define BENCH_DELAY_STEP_US 10u
#define BENCH_DELAY_STEPS 20000u /* 200 ms; later ones share the last */

/* One source at one receiver. */
struct bench_tally {
	uint32_t base;   /* newest number sent before the run */
	uint32_t newest; /* highest that arrived */
	uint32_t n_once; /* different numbers that arrived */
	uint32_t n_late; /* lower than one that had arrived */
	uint64_t *seen;  /* bit seq - base - 1 */
};

struct bench_delays {
	uint32_t n[BENCH_DELAY_STEPS];
	uint64_t total;
};

void bench_tally_start(struct bench_tally *tally, uint32_t base);
void bench_tally_finish(struct bench_tally *tally);

/* Notes a packet of the source. OTHER: not of this run. */
enum bench_tally_news { BENCH_TALLY_NEW, BENCH_TALLY_TWICE, BENCH_TALLY_OTHER };
enum bench_tally_news bench_tally_take(struct bench_tally *tally, uint32_t seq);

void bench_delays_note(struct bench_delays *delays, int64_t delay_ns);
/* In milliseconds; q in 0..1. */
double bench_delays_quantile(const struct bench_delays *delays, double q);

#endif
