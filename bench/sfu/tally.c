/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/sfu/tally.h"

#include <stdlib.h>

#include "bench/load/conn.h"

static void put(uint8_t *out, uint64_t value, int bytes)
{
	for (int i = 0; i < bytes; i++)
		out[i] = (uint8_t)(value >> 8 * (bytes - 1 - i));
}

static uint64_t get(const uint8_t *in, int bytes)
{
	uint64_t value = 0;

	for (int i = 0; i < bytes; i++)
		value = value << 8 | in[i];
	return value;
}

void bench_stamp_write(uint8_t out[static BENCH_STAMP_LEN], const struct bench_stamp *stamp)
{
	put(out, BENCH_STAMP_MAGIC, 4);
	put(out + 4, stamp->source, 4);
	put(out + 8, stamp->seq, 4);
	put(out + 12, stamp->sent_ns, 8);
}

bool bench_stamp_parse(struct bench_stamp *stamp, const uint8_t *bytes, size_t len)
{
	const uint8_t *at = bytes + len - BENCH_STAMP_LEN;

	if (len < BENCH_STAMP_LEN || get(at, 4) != BENCH_STAMP_MAGIC)
		return false;
	stamp->source = (uint32_t)get(at + 4, 4);
	stamp->seq = (uint32_t)get(at + 8, 4);
	stamp->sent_ns = get(at + 12, 8);
	return true;
}

void bench_tally_start(struct bench_tally *tally, uint32_t base)
{
	uint64_t *seen = tally->seen ? tally->seen : malloc(BENCH_TALLY_MAX / 8);

	if (!seen)
		bench_die("out of memory");
	memset(seen, 0, BENCH_TALLY_MAX / 8);
	*tally = (struct bench_tally){ .base = base, .newest = base, .seen = seen };
}

void bench_tally_finish(struct bench_tally *tally)
{
	free(tally->seen);
	*tally = (struct bench_tally){ 0 };
}

enum bench_tally_news bench_tally_take(struct bench_tally *tally, uint32_t seq)
{
	uint32_t n = seq - tally->base - 1;
	uint64_t bit = 1ull << n % 64;

	if (!tally->seen || n >= BENCH_TALLY_MAX)
		return BENCH_TALLY_OTHER;
	if (tally->seen[n / 64] & bit)
		return BENCH_TALLY_TWICE;
	tally->seen[n / 64] |= bit;
	tally->n_once++;
	if (seq < tally->newest)
		tally->n_late++;
	else
		tally->newest = seq;
	return BENCH_TALLY_NEW;
}

void bench_delays_note(struct bench_delays *delays, int64_t delay_ns)
{
	int64_t step = delay_ns / 1000 / BENCH_DELAY_STEP_US;

	step = step < 0 ? 0 : step >= BENCH_DELAY_STEPS ? BENCH_DELAY_STEPS - 1 : step;
	delays->n[step]++;
	delays->total++;
}

double bench_delays_quantile(const struct bench_delays *delays, double q)
{
	uint64_t wanted = (uint64_t)(q * (double)delays->total), before = 0;

	for (unsigned i = 0; i < BENCH_DELAY_STEPS; i++) {
		before += delays->n[i];
		if (before > wanted)
			return (i + 0.5) * BENCH_DELAY_STEP_US / 1000.0;
	}
	return 0;
}
