/* SPDX-License-Identifier: Apache-2.0 */
/* A film that costs more than the line gives, over lines of every kind, in virtual time. */
#include "core/screen/pace.h"

#include "test/test.h"
#include "test/unit/screen/pictures.h"

enum { QUEUE_LEN = 4096, TICK = TSR_MS };

struct line {
	struct tsr_pace pace;
	uint64_t random, rate; /* bytes per second */
	tsr_time now, delay, free_at;
	uint32_t jitter; /* of credits, us: somebody's processor is busy */
	struct {
		tsr_time at;
		size_t bytes;
	} credits[QUEUE_LEN];
	uint32_t first, n;
	tsr_time worst; /* longest that something waited in the line */
};

static void line_init(struct line *line, uint64_t kbit, tsr_time delay, uint32_t jitter)
{
	*line = (struct line){ .random = kbit + 1,
		.rate = kbit * 125,
		.now = TSR_SECOND,
		.delay = delay,
		.jitter = jitter };
	tsr_pace_init(&line->pace);
	tsr_pace_handle_time(&line->pace, line->now);
}

static void line_send(struct line *line, size_t bytes)
{
	tsr_time start = line->free_at > line->now ? line->free_at : line->now;
	uint32_t i = (line->first + line->n++) % QUEUE_LEN;
	tsr_time late = line->jitter ? random_below(&line->random, line->jitter) : 0;

	if (start - line->now > line->worst)
		line->worst = start - line->now;
	line->free_at = start + (tsr_time)(bytes * TSR_SECOND / line->rate);
	line->credits[i].at = line->free_at + 2 * line->delay + late;
	line->credits[i].bytes = bytes;
	tsr_pace_handle_sent(&line->pace, bytes);
}

static void line_tick(struct line *line)
{
	line->now += TICK;
	tsr_pace_handle_time(&line->pace, line->now);
	while (line->n > 0 && line->credits[line->first].at <= line->now) {
		tsr_pace_handle_credit(&line->pace, line->credits[line->first].bytes);
		line->first = (line->first + 1) % QUEUE_LEN;
		line->n--;
	}
}

/* Previews as share.c makes them: from half of the purse on, when nothing much waits. */
static void play(struct line *line, tsr_time time)
{
	for (tsr_time end = line->now + time; line->now < end;) {
		int64_t half = tsr_pace_purse_max(&line->pace) / 2;

		line_tick(line);
		if (line->now / TICK % 33 == 0 && line->pace.purse > half &&
			tsr_pace_is_clear(&line->pace))
			line_send(line, 3000 + random_below(&line->random, 12000));
		if (line->now / TICK % 100 == 0)
			line_send(line, 60 + random_below(&line->random, 400));
	}
}

static void the_rate_of_every_line_is_found(void)
{
	static const uint64_t lines[] = { 300, 500, 1000, 1500, 2000, 4000 };

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		for (uint32_t jitter = 0; jitter <= 12000; jitter += 6000) {
			struct line line;
			uint64_t found, sum = 0;

			line_init(&line, lines[i], 20 * TSR_MS, jitter);
			/* a first picture */
			for (uint32_t k = 0; k < 4; k++)
				line_send(&line, 20000);
			play(&line, 10 * TSR_SECOND);
			line.worst = 0;
			for (uint32_t k = 0; k < 20; k++) {
				play(&line, TSR_SECOND);
				sum += line.pace.rate / 20;
			}
			found = sum * 8 / 1000;
			printf("# %llu kbit/s, credits up to %u ms late: estimated %llu, waits up "
			       "to "
			       "%lld ms\n",
				(unsigned long long)lines[i], jitter / 1000,
				(unsigned long long)found, (long long)(line.worst / TSR_MS));
			CHECK(found <= lines[i] * 5 / 4);
			CHECK(found >= lines[i] * 3 / 5);
			/* a preview, and what may be under way before the next one */
			CHECK(line.worst <=
				60 * TSR_MS + (tsr_time)(24000 * TSR_SECOND / line.rate));
		}
}

/* Wi-Fi gets worse: 8 Mbit/s become 1. */
static void a_line_that_becomes_thin_is_noticed(void)
{
	struct line line;

	line_init(&line, 8000, 20 * TSR_MS, 3000);
	play(&line, 5 * TSR_SECOND);
	line.rate = 125000;
	play(&line, 5 * TSR_SECOND);
	CHECK(line.pace.rate * 8 / 1000 <= 1300);
}

TEST_MAIN(TEST(the_rate_of_every_line_is_found), TEST(a_line_that_becomes_thin_is_noticed))
