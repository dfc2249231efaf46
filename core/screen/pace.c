/* SPDX-License-Identifier: Apache-2.0 */
#include "core/screen/pace.h"

/* Before anything is known. */
#define RATE_START 1000000u
#define RATE_MIN 8000u
/* A line that takes more is not filled for it: 32 Mbit/s is plenty for what never rests. */
#define FILL_MAX 4000000u
#define PURSE_TIME (250 * TSR_MS)
#define PURSE_MIN (32 * 1024)
#define PURSE_MAX (8 * 1024 * 1024)
/* A sample is of so many bytes. */
#define SAMPLE_MIN (16u * 1024)
/* Credits say that the line is slow only when as much was under way as it takes in this time, but
 * never more than this; what was less may have waited for somebody's processor. */
#define FULL_TIME (60 * TSR_MS)
#define FULL_MAX (32u * 1024)
/* So much may be under way on the thinnest line. */
#define QUEUE_MIN (8u * 1024)
/* What may wait in the line in front of something new. */
#define QUEUE_TIME (40 * TSR_MS)

void tsr_pace_init(struct tsr_pace *pace)
{
	*pace = (struct tsr_pace){ .rate = RATE_START };
	pace->purse = tsr_pace_purse_max(pace);
}

int64_t tsr_pace_purse_max(const struct tsr_pace *pace)
{
	int64_t max = (int64_t)pace->rate * PURSE_TIME / TSR_SECOND;

	return max < PURSE_MIN ? PURSE_MIN : max > PURSE_MAX ? PURSE_MAX : max;
}

uint64_t tsr_pace_fill(const struct tsr_pace *pace)
{
	uint64_t fill = pace->rate * 19 / 20;

	return fill > FILL_MAX ? FILL_MAX : fill;
}

void tsr_pace_handle_time(struct tsr_pace *pace, tsr_time now)
{
	tsr_time passed = now - pace->filled;
	int64_t max = tsr_pace_purse_max(pace);

	if (pace->now == 0)
		pace->filled = now;
	else if (passed >= TSR_MS) {
		passed = passed > 10 * TSR_SECOND ? 10 * TSR_SECOND : passed;
		pace->purse += (int64_t)tsr_pace_fill(pace) * passed / TSR_SECOND;
		pace->filled = now;
	}
	if (pace->purse > max)
		pace->purse = max;
	pace->now = now > 0 ? now : 1;
}

void tsr_pace_handle_sent(struct tsr_pace *pace, size_t bytes)
{
	uint32_t last = (pace->first + pace->n - 1) % TSR_PACE_FRAMES;

	pace->unacked += bytes;
	pace->purse -= (int64_t)bytes;
	if (pace->purse < 0)
		pace->purse = 0;
	if (pace->n == TSR_PACE_FRAMES) {
		pace->frames[last].bytes += bytes;
		return;
	}
	last = (pace->first + pace->n++) % TSR_PACE_FRAMES;
	pace->frames[last].at = pace->now;
	pace->frames[last].bytes = bytes;
}

static void take_sample(struct tsr_pace *pace)
{
	uint64_t sample =
		pace->sampled * TSR_SECOND / (uint64_t)(pace->took > TSR_MS ? pace->took : TSR_MS);

	bool is_full = pace->sampled_full * 2 >= pace->sampled;

	pace->sampled = pace->sampled_full = 0;
	pace->took = 0;
	if (sample < pace->rate && !is_full)
		return;
	if (sample < pace->rate)
		pace->rate = pace->is_measured ? (pace->rate * 3 + sample) / 4 : sample;
	else /* what comes in a bunch after a stall proves little: a step at a time */
		pace->rate = sample > pace->rate * 2 ? pace->rate * 2 : sample;
	if (pace->rate < RATE_MIN)
		pace->rate = RATE_MIN;
	pace->is_measured = true;
}

/* On a thin line much less than on a wide one says so: there pictures are kept so small that
 * FULL_MAX is never under way, and only what flatters the line would count. */
static bool is_line_full(const struct tsr_pace *pace)
{
	uint64_t enough = pace->rate * FULL_TIME / TSR_SECOND;

	return pace->unacked >= (enough < FULL_MAX ? enough : FULL_MAX);
}

/* Takes credited bytes off the frames under way; returns when the first of them was sent. */
static tsr_time take_frames(struct tsr_pace *pace, size_t bytes)
{
	tsr_time at = pace->n > 0 ? pace->frames[pace->first].at : pace->now;

	while (bytes > 0 && pace->n > 0) {
		size_t part = pace->frames[pace->first].bytes;

		if (part > bytes) {
			pace->frames[pace->first].bytes -= bytes;
			break;
		}
		bytes -= part;
		if (pace->round_trip == 0 ||
			pace->now - pace->frames[pace->first].at < pace->round_trip)
			pace->round_trip = pace->now - pace->frames[pace->first].at;
		pace->first = (pace->first + 1) % TSR_PACE_FRAMES;
		pace->n--;
	}
	return at;
}

void tsr_pace_handle_credit(struct tsr_pace *pace, size_t bytes)
{
	tsr_time from = pace->credited, before = pace->round_trip, sent = take_frames(pace, bytes);
	bool is_full = is_line_full(pace);
	uint64_t took;

	pace->unacked -= bytes < pace->unacked ? bytes : pace->unacked;
	pace->credited = pace->now;
	if (pace->now == 0 || pace->round_trip != before)
		return; /* a frame that was the fastest is no measure of itself */
	from = sent + pace->round_trip > from ? sent + pace->round_trip : from;
	took = pace->now > from ? (uint64_t)(pace->now - from) : 0;
	/* all of it counts: of frames apart from each other those would that came in a bunch */
	pace->sampled += bytes;
	pace->sampled_full += is_full ? bytes : 0;
	pace->took += (tsr_time)took;
	if (pace->sampled >= SAMPLE_MIN)
		take_sample(pace);
}

bool tsr_pace_is_clear(const struct tsr_pace *pace)
{
	uint64_t queue = pace->rate * (uint64_t)(QUEUE_TIME + pace->round_trip) / TSR_SECOND;

	return pace->unacked <= (queue > QUEUE_MIN ? queue : QUEUE_MIN);
}

tsr_time tsr_pace_when(const struct tsr_pace *pace, int64_t bytes)
{
	if (bytes > tsr_pace_purse_max(pace))
		return TSR_TIME_NEVER;
	if (pace->purse >= bytes)
		return pace->now;
	return pace->filled + TSR_MS +
	       (bytes - pace->purse) * TSR_SECOND / (int64_t)tsr_pace_fill(pace);
}
