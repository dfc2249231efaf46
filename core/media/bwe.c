/* SPDX-License-Identifier: Apache-2.0 */
#include "core/media/bwe.h"

#include <string.h>

#include "core/media/rtp.h"
#include "core/media/twcc.h"

#define GROUP_SPAN (5 * TSR_MS)
#define BUCKET (25 * TSR_MS)
#define RATE_WINDOW (300 * TSR_MS)
#define RATE_WINDOW_MIN (120 * TSR_MS)
#define BASE_WINDOW (10 * TSR_SECOND)
#define QUEUE_FREE (40 * TSR_MS)
#define SILENCE_MAX TSR_SECOND
#define PROBE_SPAN (25 * TSR_MS)
#define PROBE_WAIT (1500 * TSR_MS) /* for the reports on it, before it counts as failed */
#define PROBE_PAUSE_MIN (500 * TSR_MS)
#define PROBE_PAUSE_MAX (8 * TSR_SECOND)
#define PROBE_AFTER_DECREASE TSR_SECOND

static const double smoothing = 0.9, gain = 4, over_time_ms = 10;
static const double threshold_start = 12.5, threshold_min = 6, threshold_max = 600;
static const double threshold_up = 0.0087, threshold_down = 0.039;
static const double decrease = 0.85;

enum { N_DELTAS_MAX = 60, PROBE_PACKETS_MIN = 5, LOSS_REPORTS_MIN = 20 };

static double lesser(double a, double b)
{
	return a < b ? a : b;
}
static double greater(double a, double b)
{
	return a > b ? a : b;
}
static double size_of(double a)
{
	return a < 0 ? -a : a;
}

static uint64_t clamp_rate(double bps)
{
	if (bps < TSR_BWE_MIN_BPS)
		return TSR_BWE_MIN_BPS;
	return bps > TSR_BWE_MAX_BPS ? TSR_BWE_MAX_BPS : (uint64_t)bps;
}

void tsr_bwe_init(struct tsr_bwe *bwe, bool has_feedback, tsr_time now)
{
	memset(bwe, 0, sizeof(*bwe));
	bwe->has_feedback = has_feedback;
	bwe->delay_bps = has_feedback ? TSR_BWE_START_BPS : TSR_BWE_BLIND_BPS;
	bwe->loss_bps = TSR_BWE_MAX_BPS;
	bwe->threshold = threshold_start;
	bwe->updated = bwe->unheard_since = bwe->last_cut = bwe->loss_since = now;
	bwe->decreased = bwe->loss_decreased = now - TSR_MINUTE;
	bwe->probe_pause = PROBE_PAUSE_MIN;
	bwe->probe_next = now;
	bwe->round_trip = 100 * TSR_MS;
}

void tsr_bwe_handle_path(struct tsr_bwe *bwe, tsr_time now)
{
	uint64_t bps = tsr_bwe_estimate(bwe);

	tsr_bwe_init(bwe, bwe->has_feedback, now);
	bwe->delay_bps = bps;
}

/* ---- sending ---- */

void tsr_bwe_handle_sent(struct tsr_bwe *bwe, uint16_t seq, size_t len, tsr_time now)
{
	struct tsr_bwe_sent *sent = &bwe->sent[seq % TSR_BWE_HISTORY];

	*sent = (struct tsr_bwe_sent){
		.at = now, .seq = seq, .len = (uint16_t)len, .is_open = true
	};
	if (bwe->sent_since_feedback == 0)
		bwe->unheard_since = now;
	bwe->sent_since_feedback += len;
	if (!bwe->is_probing)
		return;
	sent->probe = bwe->probe;
	if (bwe->probe_n_sent++ == 0)
		bwe->probe_sent_first = now;
	bwe->probe_sent_last = now;
	bwe->probe_sent_last_len = (uint32_t)len;
	bwe->probe_sent += (uint32_t)len;
}

void tsr_bwe_handle_repeated(struct tsr_bwe *bwe, uint16_t seq)
{
	struct tsr_bwe_sent *sent = &bwe->sent[seq % TSR_BWE_HISTORY];

	if (!sent->is_open || sent->seq != seq)
		return;
	sent->is_open = false;
	bwe->n_reported++;
	bwe->n_lost++;
}

/* ---- what arrives ---- */

static void count_arrival(struct tsr_bwe *bwe, tsr_time arrived, uint32_t len)
{
	tsr_time at = arrived / BUCKET;
	unsigned i = (unsigned)((uint64_t)at % TSR_BWE_BUCKETS);

	if (bwe->buckets[i].at != at) {
		if (bwe->buckets[i].at > at)
			return; /* late, by more than the window */
		bwe->buckets[i].at = at;
		bwe->buckets[i].bytes = 0;
	}
	bwe->buckets[i].bytes += len;
	if (bwe->arrivals_began == 0 || arrived - bwe->arrivals_newest > TSR_SECOND)
		bwe->arrivals_began = arrived;
	if (arrived > bwe->arrivals_newest)
		bwe->arrivals_newest = arrived;
}

/* What arrived in the last n buckets, bits per second; the newest is not full yet. */
static uint64_t arrival_rate(const struct tsr_bwe *bwe, tsr_time n)
{
	tsr_time newest = bwe->arrivals_newest / BUCKET;
	tsr_time span = bwe->arrivals_newest - bwe->arrivals_began;
	tsr_time window = (n - 1) * BUCKET + bwe->arrivals_newest % BUCKET;
	uint64_t bytes = 0;

	for (unsigned i = 0; i < TSR_BWE_BUCKETS; i++)
		if (newest - bwe->buckets[i].at < n)
			bytes += bwe->buckets[i].bytes;
	span = span < window ? span : window;
	return span > 0 ? bytes * 8 * (uint64_t)TSR_SECOND / (uint64_t)span : 0;
}

static void measure_arrivals(struct tsr_bwe *bwe)
{
	if (bwe->arrivals_newest - bwe->arrivals_began >= RATE_WINDOW_MIN)
		bwe->acked_bps = arrival_rate(bwe, RATE_WINDOW / BUCKET);
}

/* ---- trend of the delay ---- */

static double slope(const struct tsr_bwe *bwe)
{
	double n = bwe->n_points, at = 0, delay = 0, above = 0, below = 0;

	for (uint32_t i = 0; i < bwe->n_points; i++) {
		at += bwe->points[i].at / n;
		delay += bwe->points[i].delay / n;
	}
	for (uint32_t i = 0; i < bwe->n_points; i++) {
		double d = bwe->points[i].at - at;

		above += d * (bwe->points[i].delay - delay);
		below += d * d;
	}
	return below > 0 ? above / below : 0;
}

static void adapt_threshold(struct tsr_bwe *bwe, double trend, tsr_time now)
{
	double size = size_of(trend), k, ms;

	ms = (double)(now - bwe->threshold_set) / (double)TSR_MS;
	bwe->threshold_set = now;
	if (size > bwe->threshold + 15) /* a spike: a switch of networks, not a trend */
		return;
	k = size < bwe->threshold ? threshold_down : threshold_up;
	bwe->threshold += k * (size - bwe->threshold) * lesser(ms, 100);
	bwe->threshold = lesser(greater(bwe->threshold, threshold_min), threshold_max);
}

static void detect(struct tsr_bwe *bwe, tsr_time now)
{
	double raw = slope(bwe);
	double trend = lesser(bwe->n_deltas, N_DELTAS_MAX) * raw * gain;

	if (bwe->n_deltas < 2) {
		bwe->use = TSR_BWE_NORMAL;
		return;
	}
	if (trend > bwe->threshold) {
		if (bwe->n_over++ == 0)
			bwe->over_since = now;
		if ((double)(now - bwe->over_since) >= over_time_ms * (double)TSR_MS &&
			bwe->n_over > 1 && raw >= bwe->previous_trend)
			bwe->use = TSR_BWE_OVERUSED;
	} else {
		bwe->n_over = 0;
		bwe->use = trend < -bwe->threshold ? TSR_BWE_UNDERUSED : TSR_BWE_NORMAL;
	}
	bwe->previous_trend = raw;
	adapt_threshold(bwe, trend, now);
}

static void add_point(struct tsr_bwe *bwe, double at, double delay)
{
	if (bwe->n_points == TSR_BWE_TREND) {
		memmove(&bwe->points[0], &bwe->points[1],
			(TSR_BWE_TREND - 1) * sizeof(bwe->points[0]));
		bwe->n_points--;
	}
	bwe->points[bwe->n_points].at = at;
	bwe->points[bwe->n_points++].delay = delay;
}

static void reset_trend(struct tsr_bwe *bwe)
{
	bwe->group.is_set = bwe->before.is_set = false;
	bwe->delay = bwe->smoothed = bwe->previous_trend = 0;
	bwe->n_points = bwe->n_deltas = bwe->n_over = 0;
	bwe->use = TSR_BWE_NORMAL;
}

static void end_group(struct tsr_bwe *bwe)
{
	const struct tsr_bwe_group *a = &bwe->before, *b = &bwe->group;

	if (a->is_set) {
		tsr_time d = (b->arrived_last - a->arrived_last) - (b->sent_last - a->sent_last);

		bwe->delay += (double)d / (double)TSR_MS;
		bwe->smoothed = smoothing * bwe->smoothed + (1 - smoothing) * bwe->delay;
		if (bwe->n_deltas < 1000)
			bwe->n_deltas++;
		add_point(bwe, (double)b->arrived_last / (double)TSR_MS, bwe->smoothed);
		detect(bwe, b->arrived_last);
	}
	bwe->before = bwe->group;
}

static void add_to_group(struct tsr_bwe *bwe, tsr_time sent, tsr_time arrived)
{
	struct tsr_bwe_group *g = &bwe->group;

	if (g->is_set && sent < g->sent_first)
		return; /* reordered */
	if (g->is_set && sent - g->sent_first > GROUP_SPAN) {
		if (arrived - g->arrived_last > 3 * TSR_SECOND) {
			reset_trend(bwe);
		} else {
			end_group(bwe);
			g->is_set = false;
		}
	}
	if (!g->is_set)
		*g = (struct tsr_bwe_group){ .sent_first = sent, .is_set = true };
	g->sent_last = sent > g->sent_last ? sent : g->sent_last;
	g->arrived_last = arrived > g->arrived_last ? arrived : g->arrived_last;
}

/* The least delay of the last 10 to 20 seconds is that of the empty line; the rest is queue. */
static void note_delay(struct tsr_bwe *bwe, tsr_time delay, tsr_time now)
{
	if (!bwe->has_base) {
		bwe->has_base = true;
		bwe->base = bwe->base_next = delay;
		bwe->base_since = now;
	}
	if (now - bwe->base_since > BASE_WINDOW) {
		bwe->base = bwe->base_next;
		bwe->base_next = delay;
		bwe->base_since = now;
	}
	bwe->base_next = tsr_time_min(bwe->base_next, delay);
	bwe->base = tsr_time_min(bwe->base, bwe->base_next);
	bwe->standing += (delay - bwe->base - bwe->standing) / 4;
}

/* ---- probes ---- */

static void end_probe(struct tsr_bwe *bwe, bool was_useful, tsr_time now)
{
	bwe->is_probing = false;
	bwe->probe_bps = 0;
	if (was_useful)
		bwe->probe_pause = PROBE_PAUSE_MIN;
	else
		bwe->probe_pause = tsr_time_min(2 * bwe->probe_pause, PROBE_PAUSE_MAX);
	bwe->probe_next = now + (was_useful ? 0 : bwe->probe_pause);
}

static void judge_probe(struct tsr_bwe *bwe, tsr_time now)
{
	tsr_time took_sent = bwe->probe_sent_last - bwe->probe_sent_first;
	tsr_time took = bwe->probe_arrived_last - bwe->probe_arrived_first;
	uint32_t n_sent = bwe->probe_n_sent;
	double sent_bps, came_bps, result;

	if (bwe->probe_bps == 0 || bwe->is_probing || n_sent < 2)
		return;
	if (bwe->probe_n_arrived * 10 < n_sent * 8 || bwe->probe_n_arrived < 2)
		return;
	took_sent = took_sent < TSR_MS ? TSR_MS : took_sent;
	took = took < TSR_MS ? TSR_MS : took;
	sent_bps = (double)(bwe->probe_sent - bwe->probe_sent_last_len) * 8 * (double)TSR_SECOND /
		   (double)took_sent;
	came_bps = (double)(bwe->probe_arrived - bwe->probe_arrived_first_len) * 8 *
		   (double)TSR_SECOND / (double)took;
	result = lesser(lesser(sent_bps, came_bps), (double)bwe->probe_bps * 1.2);
	if (came_bps < 0.9 * sent_bps) {
		result *= 0.95;
		reset_trend(bwe); /* its own queue shall not count as overuse */
	}
	if (result > (double)bwe->delay_bps * 1.05) {
		bwe->delay_bps = clamp_rate(result);
		if (bwe->loss_bps < bwe->delay_bps)
			bwe->loss_bps = bwe->delay_bps;
		if (bwe->capacity > 0 && result > bwe->capacity)
			bwe->capacity = 0;
		end_probe(bwe, true, now);
	} else {
		end_probe(bwe, false, now);
	}
}

static void note_probe(struct tsr_bwe *bwe, const struct tsr_bwe_sent *sent, tsr_time arrived)
{
	if (bwe->probe_n_arrived++ == 0 || arrived < bwe->probe_arrived_first) {
		bwe->probe_arrived_first = arrived;
		bwe->probe_arrived_first_len = sent->len;
	}
	if (arrived > bwe->probe_arrived_last)
		bwe->probe_arrived_last = arrived;
	bwe->probe_arrived += sent->len;
}

size_t tsr_bwe_probe_due(const struct tsr_bwe *bwe, tsr_time now)
{
	uint64_t due;

	if (!bwe->is_probing)
		return 0;
	due = bwe->probe_bps * (uint64_t)(now - bwe->probe_began + TSR_MS) / 8 /
	      (uint64_t)TSR_SECOND;
	return due > bwe->probe_sent ? (size_t)(due - bwe->probe_sent) : 0;
}

static void begin_probe(struct tsr_bwe *bwe, uint64_t bps, tsr_time now)
{
	bwe->is_probing = true;
	bwe->probe = bwe->probe == UINT8_MAX ? 1 : bwe->probe + 1;
	bwe->probe_bps = bps;
	bwe->probe_began = now;
	bwe->probe_sent = bwe->probe_arrived = bwe->probe_n_sent = bwe->probe_n_arrived = 0;
	bwe->probe_arrived_first = bwe->probe_arrived_last = 0;
}

static void handle_probe_time(struct tsr_bwe *bwe, uint64_t wanted_bps, tsr_time now)
{
	if (bwe->is_probing) {
		if (now - bwe->probe_began >= PROBE_SPAN &&
			(bwe->probe_n_sent >= PROBE_PACKETS_MIN ||
				now - bwe->probe_began > 8 * PROBE_SPAN))
			bwe->is_probing = false;
		return;
	}
	if (bwe->probe_bps) {
		if (now - bwe->probe_began > PROBE_WAIT)
			end_probe(bwe, false, now);
		return;
	}
	if (now < bwe->probe_next || now - bwe->decreased < PROBE_AFTER_DECREASE ||
		bwe->use != TSR_BWE_NORMAL || bwe->standing > 2 * QUEUE_FREE ||
		tsr_bwe_estimate(bwe) >= wanted_bps)
		return;
	begin_probe(bwe,
		clamp_rate(lesser(2.0 * (double)tsr_bwe_estimate(bwe), 1.5 * (double)wanted_bps)),
		now);
}

/* ---- rates ---- */

static void lower(struct tsr_bwe *bwe, tsr_time now)
{
	double acked = bwe->acked_bps ? (double)bwe->acked_bps : (double)bwe->delay_bps;

	/* Where the queue has only begun to grow, the newest says what the line carries. */
	acked = greater(acked, (double)arrival_rate(bwe, RATE_WINDOW_MIN / BUCKET + 1));

	/* What was sent before the last decrease was heard of still arrives late. */
	if (now - bwe->decreased < bwe->round_trip + RATE_WINDOW_MIN)
		return;
	if (decrease * acked < (double)bwe->delay_bps)
		bwe->delay_bps = clamp_rate(decrease * acked);
	bwe->capacity = bwe->capacity > 0 ? bwe->capacity * 0.7 + acked * 0.3 : acked;
	if (size_of(acked - bwe->capacity) > 0.3 * bwe->capacity)
		bwe->capacity = acked;
	bwe->decreased = now;
	bwe->was_cut = true;
	bwe->probe_next = now + PROBE_AFTER_DECREASE;
}

static void raise(struct tsr_bwe *bwe, tsr_time now)
{
	double s = lesser((double)(now - bwe->updated) / (double)TSR_SECOND, 1), bps;
	double limit = 1.5 * (double)bwe->acked_bps + 10000;

	bps = (double)bwe->delay_bps;
	if (bwe->capacity > 0 && bps > 0.8 * bwe->capacity && bps < 1.2 * bwe->capacity) {
		/* near what it was: a packet for each round trip */
		bps += 9600 * s * (double)TSR_SECOND / (double)(bwe->round_trip + 100 * TSR_MS);
	} else {
		bps *= 1 + 0.08 * s;
	}
	if (bps > limit)
		bps = greater((double)bwe->delay_bps, limit);
	bwe->delay_bps = clamp_rate(bps);
}

static void update_delay_rate(struct tsr_bwe *bwe, tsr_time now)
{
	measure_arrivals(bwe);
	if (bwe->use == TSR_BWE_OVERUSED)
		lower(bwe, now);
	else if (bwe->use == TSR_BWE_NORMAL && bwe->acked_bps)
		raise(bwe, now);
	bwe->updated = now;
}

static void weigh_loss(struct tsr_bwe *bwe, double loss, tsr_time now)
{
	double s = lesser((double)(now - bwe->loss_since) / (double)TSR_SECOND, 1);

	if (loss > 0.1) {
		if (now - bwe->loss_decreased > 300 * TSR_MS + bwe->round_trip) {
			uint64_t now_bps =
				bwe->loss_bps < bwe->delay_bps ? bwe->loss_bps : bwe->delay_bps;

			bwe->loss_bps = clamp_rate((double)now_bps * (1 - 0.5 * loss));
			bwe->loss_decreased = now;
			bwe->was_cut = true;
		}
	} else {
		bwe->loss_bps =
			clamp_rate((double)bwe->loss_bps * (1 + (loss < 0.02 ? 0.15 : 0.05) * s));
	}
	bwe->lost += (loss - bwe->lost) * s; /* of the last second, however often it is weighed */
	bwe->loss_permille = (uint32_t)(bwe->lost * 1000 + 0.5);
	bwe->loss_since = now;
}

static void count_loss(struct tsr_bwe *bwe, tsr_time now)
{
	if (bwe->n_reported < LOSS_REPORTS_MIN || now - bwe->loss_since < 200 * TSR_MS)
		return;
	weigh_loss(bwe, (double)bwe->n_lost / bwe->n_reported, now);
	bwe->n_reported = bwe->n_lost = 0;
}

/* The receiver's clock without its wrap of 2^24 units of 64 ms. */
static tsr_time unwrap_clock(struct tsr_bwe *bwe, tsr_time at)
{
	const tsr_time turn = ((tsr_time)1 << 24) * 64 * TSR_MS;

	if (!bwe->has_clock) {
		bwe->has_clock = true;
		bwe->clock = at + turn;
		return bwe->clock;
	}
	at += (bwe->clock - at + turn / 2) / turn * turn;
	bwe->clock = at > bwe->clock ? at : bwe->clock;
	return at;
}

static void handle_status(struct tsr_bwe *bwe, const struct tsr_twcc_status *status, tsr_time now)
{
	struct tsr_bwe_sent *sent = &bwe->sent[status->seq % TSR_BWE_HISTORY];
	tsr_time arrived;

	if (!sent->is_open || sent->seq != status->seq)
		return;
	sent->is_open = false;
	bwe->n_reported++;
	if (!status->has_come) {
		bwe->n_lost++;
		return;
	}
	arrived = unwrap_clock(bwe, status->arrived);
	count_arrival(bwe, arrived, sent->len);
	note_delay(bwe, arrived - sent->at, now);
	if (sent->probe && sent->probe == bwe->probe && bwe->probe_bps)
		note_probe(bwe, sent, arrived);
	if (!sent->probe)
		add_to_group(bwe, sent->at, arrived);
}

int tsr_bwe_handle_feedback(struct tsr_bwe *bwe, struct tsr_slice fci, tsr_time now)
{
	struct tsr_twcc_status status;
	struct tsr_twcc_reader rd;
	int r = tsr_twcc_read(&rd, fci);

	if (r != 0)
		return r;
	if (!bwe->has_feedback)
		return 0;
	while (tsr_twcc_next(&rd, &status))
		handle_status(bwe, &status, now);
	bwe->sent_since_feedback = 0;
	update_delay_rate(bwe, now);
	count_loss(bwe, now);
	judge_probe(bwe, now);
	return 0;
}

void tsr_bwe_handle_report(
	struct tsr_bwe *bwe, uint8_t fraction_lost, tsr_time round_trip, tsr_time now)
{
	if (round_trip > 0)
		bwe->round_trip += (round_trip - bwe->round_trip) / 4;
	if (!bwe->has_feedback)
		weigh_loss(bwe, (double)fraction_lost / 256, now);
}

/* Much was sent and for long nothing heard of it: the line is all but gone. That nothing was said
 * while nothing was sent is no sign of it. */
static void handle_silence(struct tsr_bwe *bwe, tsr_time now)
{
	if (!bwe->has_feedback || bwe->sent_since_feedback < 10000 ||
		now - bwe->unheard_since < SILENCE_MAX || now - bwe->last_cut < SILENCE_MAX / 2)
		return;
	bwe->last_cut = now;
	bwe->was_cut = true;
	bwe->delay_bps = clamp_rate((double)bwe->delay_bps / 2);
}

void tsr_bwe_handle_timeout(struct tsr_bwe *bwe, uint64_t wanted_bps, tsr_time now)
{
	handle_silence(bwe, now);
	if (bwe->has_feedback)
		handle_probe_time(bwe, wanted_bps, now);
}

uint64_t tsr_bwe_estimate(const struct tsr_bwe *bwe)
{
	return bwe->loss_bps < bwe->delay_bps ? bwe->loss_bps : bwe->delay_bps;
}

uint64_t tsr_bwe_target(const struct tsr_bwe *bwe)
{
	double queue = (double)(bwe->standing - QUEUE_FREE) / (double)(500 * TSR_MS);

	if (queue <= 0)
		return tsr_bwe_estimate(bwe);
	return clamp_rate((double)tsr_bwe_estimate(bwe) * (1 - lesser(queue, 0.5)));
}
