/* SPDX-License-Identifier: Apache-2.0 */
/* Last-N as it is unless set: of thirty cameras that one receiver wants, twenty-five. */
#include "media-world.h"
#include "test.h"

#define CAMERAS WORLD_PUBLISHERS
#define FIRST(n) ((1u << (n)) - 1)
#define BIT(i) (1u << (i))
#define STEP (10 * TSR_MS)
#define WORD (300 * TSR_MS) /* that somebody says */
enum { LOUD = 20, QUIET = 80 };

_Static_assert(TSR_MEDIA_LAST_N == 25 && CAMERAS == 30, "what the cases below count on");

struct call {
	struct world *w;
	struct world_receiver *r;
	uint32_t shown; /* of whom pictures came in the last span: one bit each */
};

static void begin(struct call *call)
{
	struct world *w = call->w = world_create(21);

	w->is_flat = true;
	w->flat_len = 300;
	for (uint32_t i = 0; i < CAMERAS; i++)
		CHECK(world_add_publisher(w, i % 2, TSR_CODEC_VP8, 5 * TSR_MS));
	call->r = world_add_receiver(w, 1, 5 * TSR_MS);
	CHECK(world_consume(w, call->r));
}

static unsigned count_forwarded(const struct call *call)
{
	struct tsr_consumer_stats v[2 * CAMERAS];
	size_t n = tsr_egress_consumers(call->r->egress, v, 2 * CAMERAS, call->w->now);
	unsigned forwarded = 0;

	for (size_t i = 0; i < n; i++)
		for (uint32_t k = 0; k < CAMERAS; k++)
			forwarded += v[i].is_on && v[i].reason != TSR_CONSUMER_SOURCE &&
				     v[i].source.v == call->w->publishers[k].video.v;
	return forwarded;
}

/* Lets time pass, in which there are never more, and no microphone misses a packet. */
static void pass(struct call *call, tsr_time span)
{
	uint64_t video[CAMERAS], audio[CAMERAS];

	for (uint32_t i = 0; i < CAMERAS; i++) {
		video[i] = world_video(call->r, i)->n_packets;
		audio[i] = world_audio(call->r, i)->n_packets;
	}
	for (tsr_time end = call->w->now + span; call->w->now < end;) {
		world_run(call->w, STEP);
		CHECK(count_forwarded(call) <= TSR_MEDIA_LAST_N);
	}
	call->shown = 0;
	for (uint32_t i = 0; i < CAMERAS; i++) {
		struct world_stream *voice = world_audio(call->r, i);
		struct world_stream *face = world_video(call->r, i);

		if (face->n_packets > video[i])
			call->shown |= BIT(i);
		CHECK(voice->n_packets + 1 >= audio[i] + (uint64_t)(span / (20 * TSR_MS)));
		CHECK(!voice->broken && !face->broken);
	}
}

/* Of whom pictures come once the choice is made anew and what was on its way is there. */
static uint32_t shown(struct call *call)
{
	pass(call, 500 * TSR_MS);
	pass(call, 500 * TSR_MS);
	return call->shown;
}

static void say_a_word(struct call *call, uint32_t who)
{
	call->w->publishers[who].level = LOUD;
	pass(call, WORD);
	call->w->publishers[who].level = QUIET;
}

static void who_spoke_last_are_shown_and_all_are_heard(void)
{
	const uint32_t first = FIRST(25);
	struct call call;

	begin(&call);
	pass(&call, 2 * TSR_SECOND);
	CHECK_INT(shown(&call), first); /* nobody spoke: who opened first */
	for (uint32_t i = 1; i <= 25; i++)
		say_a_word(&call, i % 25);
	CHECK_INT(shown(&call), first); /* all of them spoke, 1 the longest ago */
	say_a_word(&call, 27);
	CHECK_INT(shown(&call), (first | BIT(27)) & ~BIT(1));
	say_a_word(&call, 29);
	CHECK_INT(shown(&call), (first | BIT(27) | BIT(29)) & ~(BIT(1) | BIT(2)));
	say_a_word(&call, 1); /* comes back for who is the next in turn */
	CHECK_INT(shown(&call), (first | BIT(27) | BIT(29)) & ~(BIT(2) | BIT(3)));
	world_destroy(call.w);
}

static void who_speaks_on_stays(void)
{
	const uint32_t speakers = BIT(25) | BIT(26) | BIT(27);
	struct call call;

	begin(&call);
	for (uint32_t i = 25; i < 28; i++)
		call.w->publishers[i].level = LOUD;
	pass(&call, 2 * TSR_SECOND);
	CHECK_INT(shown(&call), FIRST(22) | speakers);
	for (uint32_t i = 0; i < 22; i++) /* a word for every other place, then one more */
		say_a_word(&call, i);
	say_a_word(&call, 28);
	CHECK_INT(shown(&call), (FIRST(22) & ~BIT(0)) | speakers | BIT(28));
	world_destroy(call.w);
}

/* It was one of the last, so that others were left out for a picture that nobody had. */
static void a_camera_that_sends_nothing_takes_no_place(void)
{
	struct world_publisher *p;
	struct call call;

	begin(&call);
	p = call.w->publishers;
	pass(&call, 2 * TSR_SECOND);
	CHECK_INT(shown(&call), FIRST(25));
	tsr_ingress_set_paused(p[3].ingress, p[3].video, true);
	tsr_ingress_set_paused(p[9].ingress, p[9].video, true);
	pass(&call, 2 * TSR_SECOND);
	CHECK_INT(shown(&call), FIRST(27) & ~(BIT(3) | BIT(9)));
	tsr_ingress_set_paused(p[3].ingress, p[3].video, false);
	pass(&call, TSR_SECOND);
	CHECK_INT(shown(&call), FIRST(26) & ~BIT(9));
	world_destroy(call.w);
}

TEST_MAIN(TEST(who_spoke_last_are_shown_and_all_are_heard), TEST(who_speaks_on_stays),
	TEST(a_camera_that_sends_nothing_takes_no_place))
