/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/sfu/run.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "bench/load/conn.h"

#define EVENTS 256
#define TIMERS_EVERY BENCH_SEND_EVERY
#define FEEDBACK_EVERY (100 * TSR_MS)
#define DRAIN (1500 * TSR_MS) /* longest wait for what is still under way */

struct bench_load bench_load = { .epoll = -1 };

/* ---- what comes -------------------------------------------------------------------------- */

static void on_rtp(struct bench_leg *leg, struct tsr_slice packet, uint64_t rx_ns)
{
	struct bench_stamp stamp;
	struct bench_rtp rtp;
	size_t len;

	if (!bench_rtp_read(&rtp, packet.data, packet.len, leg->twcc_ext)) {
		leg->n_unknown++;
		return;
	}
	leg->feedback.media_ssrc = rtp.ssrc;
	if (rtp.has_number)
		bench_feedback_note(&leg->feedback, rtp.number, (tsr_time)(rx_ns / 1000));
	if (leg->rtx_pt && rtp.payload_type == leg->rtx_pt)
		return; /* a probe, or what was asked for again: nothing new */
	len = rtp.payload_end - rtp.payload_at;
	if (!bench_stamp_parse(&stamp, packet.data + rtp.payload_at, len)) {
		leg->n_unknown += len > 0; /* padding alone is a probe */
		return;
	}
	for (size_t i = 0; i < leg->n_sources; i++) {
		enum bench_tally_news news;

		if (leg->sources[i] != stamp.source)
			continue;
		news = bench_tally_take(&leg->tally[i], stamp.seq);
		leg->n_twice += news == BENCH_TALLY_TWICE;
		if (news == BENCH_TALLY_NEW)
			bench_delays_note(&bench_load.delays, (int64_t)(rx_ns - stamp.sent_ns));
		return;
	}
	leg->n_unknown++;
}

static void on_rtcp(struct bench_leg *leg, struct tsr_slice packet)
{
	struct bench_asked asked = bench_rtcp_read(packet.data, packet.len);

	leg->n_pli += asked.n_pli;
	leg->n_nack += asked.n_nack;
	if (asked.n_pli && leg->source)
		leg->source->wants_key = true;
}

static const struct bench_leg_handler handler = { .rtp = on_rtp, .rtcp = on_rtcp };

/* ---- the loop ---------------------------------------------------------------------------- */

static void timers(tsr_time now)
{
	static tsr_time fed_at;
	uint8_t report[BENCH_RTCP_MAX];
	bool feeds = now >= fed_at + FEEDBACK_EVERY;

	bench_load.next_timers = now + TIMERS_EVERY;
	if (feeds)
		fed_at = now;
	for (uint32_t i = 0; i < bench_load.n_legs; i++) {
		struct bench_leg *leg = bench_load.legs[i];
		size_t len;

		if (!leg)
			continue;
		if (bench_leg_next_timeout(leg, now) <= now)
			bench_leg_timeout(leg, now);
		if (leg->is_sending && leg->state == BENCH_LEG_CONNECTED)
			bench_leg_send_frame(leg, BENCH_SEND_EVERY);
		if (!feeds || leg->state != BENCH_LEG_CONNECTED)
			continue;
		len = bench_feedback_write(&leg->feedback, report);
		if (len)
			bench_leg_send_rtcp(leg, report, len);
	}
}

bool bench_turn(int64_t wait_us)
{
	struct epoll_event events[EVENTS];
	tsr_time now = bench_now();
	struct timespec wait;
	bool is_told = false;
	int n;

	if (now >= bench_load.next_timers)
		timers(now);
	wait_us = wait_us < bench_load.next_timers - now ? wait_us : bench_load.next_timers - now;
	wait_us = wait_us > 0 ? wait_us : 0;
	wait = (struct timespec){ wait_us / 1000000, wait_us % 1000000 * 1000 };
	n = epoll_pwait2(bench_load.epoll, events, EVENTS, &wait, NULL);
	for (int i = 0; i < n; i++) {
		if (events[i].data.ptr)
			bench_leg_handle(events[i].data.ptr, &handler);
		else
			is_told = true;
	}
	return !is_told;
}

void bench_settle(tsr_time patience)
{
	tsr_time end = bench_now() + patience;

	bench_load.next_timers = 0;
	while (bench_now() < end) {
		bool is_on_its_way = false;

		for (uint32_t i = 0; i < bench_load.n_legs; i++)
			is_on_its_way |= bench_load.legs[i] &&
					 bench_load.legs[i]->state == BENCH_LEG_CONNECTING;
		if (!is_on_its_way)
			return;
		bench_turn(1000);
	}
}

/* ---- a run ------------------------------------------------------------------------------- */

static double cpu_of(pid_t pid)
{
	struct timespec t;
	clockid_t clock = CLOCK_PROCESS_CPUTIME_ID;

	if (pid < 0)
		return 0;
	if ((pid > 0 && clock_getcpuclockid(pid, &clock) != 0) || clock_gettime(clock, &t) != 0)
		bench_die("process %d is gone", (int)pid);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

struct totals {
	uint64_t sent, expected, once, twice, late, bad, unknown, pli, nack, bytes;
};

static struct bench_source *source_of(uint32_t id)
{
	for (uint32_t i = 0; i < bench_load.n_legs; i++)
		if (bench_load.legs[i] && bench_load.legs[i]->source &&
			bench_load.legs[i]->source->id == id)
			return bench_load.legs[i]->source;
	return NULL;
}

/* Counts from here. */
static void begin_counting(const struct bench_run *run)
{
	memset(&bench_load.delays, 0, sizeof(bench_load.delays));
	for (uint32_t i = 0; i < bench_load.n_legs; i++) {
		struct bench_leg *leg = bench_load.legs[i];

		if (!leg)
			continue;
		for (size_t k = 0; k < leg->n_sources; k++)
			bench_tally_finish(&leg->tally[k]);
		for (size_t s = 0; s < run->n_senders; s++)
			for (size_t k = 0; k < leg->n_sources; k++)
				if (leg->sources[k] == run->senders[s]->source->id)
					bench_tally_start(
						&leg->tally[k], run->senders[s]->source->seq);
	}
}

/* Whether a source of this run is expected there. */
static bool is_receiver(const struct bench_leg *leg)
{
	for (size_t k = 0; k < leg->n_sources; k++)
		if (leg->tally[k].seen)
			return true;
	return false;
}

static struct totals count(void)
{
	struct totals t = { 0 };

	for (uint32_t i = 0; i < bench_load.n_legs; i++) {
		const struct bench_leg *leg = bench_load.legs[i];

		if (leg && leg->source) {
			t.pli += leg->n_pli;
			t.nack += leg->n_nack;
		}
		if (!leg || !is_receiver(leg))
			continue;
		t.twice += leg->n_twice;
		t.bad += leg->n_bad;
		t.unknown += leg->n_unknown;
		for (size_t k = 0; k < leg->n_sources; k++) {
			const struct bench_source *source = source_of(leg->sources[k]);

			if (!leg->tally[k].seen || !source)
				continue;
			t.expected += source->seq - leg->tally[k].base;
			t.once += leg->tally[k].n_once;
			t.late += leg->tally[k].n_late;
		}
	}
	return t;
}

/* Sends what is due, each sender at its own offset within the interval. */
static void send_due(const struct bench_run *run, tsr_time from, uint64_t *n_sent, tsr_time now)
{
	double interval = 1e6 / run->per_second;

	for (size_t i = 0; i < run->n_senders; i++) {
		double offset = run->senders[i]->source->is_video
					? 0
					: interval * (double)i / (double)run->n_senders;

		while ((double)(now - from) >= offset + interval * (double)n_sent[i]) {
			bench_leg_send_frame(run->senders[i], (uint32_t)interval);
			n_sent[i]++;
		}
	}
}

static tsr_time next_due(const struct bench_run *run, tsr_time from, const uint64_t *n_sent)
{
	double interval = 1e6 / run->per_second, next = 1e18;

	for (size_t i = 0; i < run->n_senders; i++) {
		double offset = run->senders[i]->source->is_video
					? 0
					: interval * (double)i / (double)run->n_senders;
		double due = offset + interval * (double)n_sent[i];

		next = due < next ? due : next;
	}
	return from + (tsr_time)next;
}

static void send_for(const struct bench_run *run, tsr_time from, tsr_time end, uint64_t *n_sent)
{
	tsr_time now;

	while ((now = bench_now()) < end) {
		send_due(run, from, n_sent, now);
		bench_turn(next_due(run, from, n_sent) - bench_now());
	}
}

static void drain(void)
{
	tsr_time end = bench_now() + DRAIN;

	while (bench_now() < end) {
		struct totals t = count();

		if (t.once >= t.expected)
			return;
		bench_turn(5 * TSR_MS);
	}
}

static uint64_t sent_by(const struct bench_run *run)
{
	uint64_t sent = 0;

	for (size_t i = 0; i < run->n_senders; i++)
		sent += run->senders[i]->source->seq;
	return sent;
}

static void print(const struct totals *t, const struct totals *before)
{
	printf("\"expected\":%llu,\"received\":%llu,\"lost\":%llu,\"late\":%llu,\"twice\":%llu,"
	       "\"bad\":%llu,\"unknown\":%llu,\"pli\":%llu,\"nack\":%llu,"
	       "\"delay_p50\":%.3f,\"delay_p99\":%.3f,\"delay_max\":%.3f,",
		(unsigned long long)t->expected, (unsigned long long)t->once,
		(unsigned long long)(t->expected - t->once), (unsigned long long)t->late,
		(unsigned long long)(t->twice - before->twice),
		(unsigned long long)(t->bad - before->bad),
		(unsigned long long)(t->unknown - before->unknown),
		(unsigned long long)(t->pli - before->pli),
		(unsigned long long)(t->nack - before->nack),
		bench_delays_quantile(&bench_load.delays, 0.5),
		bench_delays_quantile(&bench_load.delays, 0.99),
		bench_delays_quantile(&bench_load.delays, 1 - 1e-9));
}

void bench_run(const struct bench_run *run)
{
	uint64_t *n_sent = calloc(run->n_senders + 1, sizeof(*n_sent)), sent;
	tsr_time from = bench_now(), counted_from;
	struct totals before, t;
	double cpu, own;

	if (!n_sent)
		bench_die("out of memory");
	send_for(run, from, from + (tsr_time)(run->warm_seconds * 1e6), n_sent);
	begin_counting(run);
	before = count();
	sent = sent_by(run);
	cpu = cpu_of(run->pid ? run->pid : -1);
	own = cpu_of(0);
	counted_from = bench_now();
	send_for(run, from, counted_from + (tsr_time)(run->seconds * 1e6), n_sent);
	drain();
	cpu = cpu_of(run->pid ? run->pid : -1) - cpu;
	own = cpu_of(0) - own;
	t = count();
	print(&t, &before);
	printf("\"sent\":%llu,\"cpu\":%.6f,\"own_cpu\":%.6f,\"seconds\":%.6f",
		(unsigned long long)(sent_by(run) - sent), cpu, own,
		(double)(bench_now() - counted_from) * 1e-6);
	free(n_sent);
}
