/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_BENCH_SFU_RUN_H
#define TSR_BENCH_SFU_RUN_H

#include <sys/types.h>

#include "bench/sfu/leg.h"

/*
 * run: the loop over all legs, and one measurement in it: sources send at their pace for a while,
 * and what every receiver got is compared with what was sent.
 */
#define BENCH_LEGS_MAX 8192
#define BENCH_SEND_EVERY (20 * TSR_MS)

struct bench_load {
	int epoll;
	struct tsr_dtls_identity *identity;
	struct bench_leg *legs[BENCH_LEGS_MAX]; /* by id; NULL: closed */
	uint32_t n_legs;
	struct bench_delays delays;
	tsr_time next_timers;
};

struct bench_run {
	double seconds, warm_seconds;
	double per_second; /* frames, or audio packets */
	pid_t pid;         /* whose processor time is measured; 0: nobody's */
	struct bench_leg *senders[BENCH_LEGS_MAX];
	size_t n_senders;
};

extern struct bench_load bench_load;

/* Reads what came and does what is due, for at most so long. False when stdin has something. */
bool bench_turn(int64_t wait_us);

/* Until no leg is on its way any more, or `patience` is over. */
void bench_settle(tsr_time patience);

/* Runs and prints the result as the members of a JSON object. */
void bench_run(const struct bench_run *run);

#endif
