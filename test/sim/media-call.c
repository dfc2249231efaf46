/* SPDX-License-Identifier: Apache-2.0 */
/* Calls over bad lines: what can be whole is whole, nothing shows a seam, the rate follows the
 * line. */
#include <stdlib.h>

#include "core/media/rtcp.h"
#include "media-world.h"
#include "test.h"

static void say(const char *what, const struct world_stream *s)
{
	printf("# %s: %llu packets, %u broken, %u freezes, frozen %lld ms, %s\n", what,
		(unsigned long long)s->n_packets, s->has_picture ? world_count_broken(s) : 0,
		s->n_freezes, (long long)(s->frozen / TSR_MS), s->broken ? s->broken : "sound");
}

static void a_good_line_carries_everything(void)
{
	struct world *w = world_create(1);
	struct world_receiver *r;

	world_add_publisher(w, 0, TSR_CODEC_VP8, 10 * TSR_MS);
	r = world_add_receiver(w, 1, 10 * TSR_MS);
	CHECK(world_consume(w, r));
	world_run(w, 10 * TSR_SECOND);
	say("good", world_video(r, 0));
	CHECK(!world_video(r, 0)->broken);
	CHECK_INT(world_count_broken(world_video(r, 0)), 0);
	CHECK_INT(w->n_refused, 0);
	CHECK(world_video(r, 0)->frames[world_video(r, 0)->picture % WORLD_FRAMES].encoding == 2);
	world_destroy(w);
}

/* Of what was sent up to half a second ago, how much never came, per thousand. */
static uint32_t count_silence(const struct world_stream *s, uint32_t n)
{
	uint32_t n_lost = 0;

	for (uint32_t i = s->nack.newest - 25 - n; i != s->nack.newest - 25; i++)
		n_lost += !s->audio_came[i % 65536];
	return n_lost * 1000 / n;
}

static void loss_is_repaired_both_ways(enum tsr_codec codec, uint64_t seed)
{
	struct world *w = world_create(seed);
	struct world_publisher *p = world_add_publisher(w, 0, codec, 25 * TSR_MS);
	struct world_receiver *near = world_add_receiver(w, 0, 12 * TSR_MS),
			      *far = world_add_receiver(w, 1, 25 * TSR_MS);

	p->up.loss_permille = 20;
	p->up.jitter = 3000;
	p->up.reorder_permille = 10;
	far->down.loss_permille = far->up.loss_permille = 50;
	far->down.jitter = 2000;
	CHECK(world_consume(w, near) && world_consume(w, far));
	world_run(w, 20 * TSR_SECOND);
	printf("# sound that never came: near %u, far %u of 1000\n",
		count_silence(world_audio(near, 0), 900), count_silence(world_audio(far, 0), 900));
	CHECK(count_silence(world_audio(near, 0), 900) < 5);
	CHECK(count_silence(world_audio(far, 0), 900) < 5);
	p->up.loss_permille = far->down.loss_permille = far->up.loss_permille = 0;
	world_run(w, 2 * TSR_SECOND);
	say("near", world_video(near, 0));
	say("far", world_video(far, 0));
	CHECK(!world_video(near, 0)->broken && !world_video(far, 0)->broken);
	CHECK(!world_audio(near, 0)->broken && !world_audio(far, 0)->broken);
	CHECK_INT(world_count_broken(world_video(near, 0)), 0);
	CHECK_INT(world_count_broken(world_video(far, 0)), 0);
	CHECK(world_video(far, 0)->frozen < 22 * TSR_SECOND / 20);
	CHECK(world_video(far, 0)->picture - world_video(far, 0)->first_picture > 500);
	CHECK_INT(w->n_refused, 0);
	world_destroy(w);
}

static void vp8_loss_is_repaired(void)
{
	for (uint64_t seed = 1; seed <= 3; seed++)
		loss_is_repaired_both_ways(TSR_CODEC_VP8, seed);
}

static void vp9_loss_is_repaired(void)
{
	for (uint64_t seed = 1; seed <= 3; seed++)
		loss_is_repaired_both_ways(TSR_CODEC_VP9, seed);
}

/* Until when the receiver got more than max over the last 250 ms; TSR_TIME_NEVER: to the end. */
static tsr_time until_rate(
	struct world *w, struct world_receiver *r, uint64_t bps, bool is_below, tsr_time most)
{
	tsr_time start = w->now;

	while (w->now - start < most) {
		uint64_t before = r->bytes, rate;

		world_run(w, 250 * TSR_MS);
		rate = (r->bytes - before) * 8 * 4;
		if (is_below ? rate <= bps : rate >= bps)
			return w->now - start;
	}
	return TSR_TIME_NEVER;
}

/* 3 Mbit/s, 400 kbit/s, 3 Mbit/s. */
static void rate_follows_the_line(enum tsr_codec codec, uint64_t seed)
{
	struct world *w = world_create(seed);
	struct world_receiver *r;
	struct tsr_egress_stats stats;
	struct world_stream *video;
	tsr_time fall, back;

	world_add_publisher(w, 0, codec, 5 * TSR_MS);
	r = world_add_receiver(w, 0, 25 * TSR_MS);
	r->down.rate_bps = 3000000;
	CHECK(world_consume(w, r));
	video = world_video(r, 0);
	world_run(w, 15 * TSR_SECOND);
	tsr_egress_stats(r->egress, &stats, w->now);
	printf("# before: estimate %u kbit/s, sent %u\n", stats.estimate_bps / 1000,
		stats.rate_bps / 1000);
	CHECK(stats.rate_bps > 1300000);
	r->down.rate_bps = 400000;
	/* What was sent, not what came: the line itself cuts that. */
	uint64_t sent;

	fall = w->now;
	do {
		tsr_egress_stats(r->egress, &stats, w->now);
		sent = stats.bytes;
		world_run(w, 100 * TSR_MS);
		tsr_egress_stats(r->egress, &stats, w->now);
	} while ((stats.bytes - sent) * 80 > 450000 && w->now - fall < 10 * TSR_SECOND);
	fall = w->now - fall;
	world_run(w, 15 * TSR_SECOND);
	tsr_egress_stats(r->egress, &stats, w->now);
	printf("# fall %lld ms; low: estimate %u kbit/s, sent %u, loss %u\n",
		(long long)(fall / TSR_MS), stats.estimate_bps / 1000, stats.rate_bps / 1000,
		stats.loss_permille);
	CHECK(stats.estimate_bps < 500000);
	r->down.rate_bps = 3000000;
	back = until_rate(w, r, 1400000, false, 20 * TSR_SECOND);
	tsr_egress_stats(r->egress, &stats, w->now);
	printf("# return %lld ms; estimate %u kbit/s, sent %u\n", (long long)(back / TSR_MS),
		stats.estimate_bps / 1000, stats.rate_bps / 1000);
	say("video", video);
	CHECK(!video->broken && !world_audio(r, 0)->broken);
	CHECK(fall < TSR_SECOND);
	CHECK(back < 10 * TSR_SECOND);
	/* Once, while the smaller picture is asked for through a queue of 300 ms. */
	CHECK(video->n_freezes <= 3 && video->frozen < TSR_SECOND);
	world_destroy(w);
}

static void vp8_rate_follows_the_line(void)
{
	for (uint64_t seed = 1; seed <= 3; seed++)
		rate_follows_the_line(TSR_CODEC_VP8, seed);
}

static void vp9_rate_follows_the_line(void)
{
	for (uint64_t seed = 1; seed <= 3; seed++)
		rate_follows_the_line(TSR_CODEC_VP9, seed);
}

/* The largest picture fits, but not its key frame: it is not tried again every other second. */
static void what_does_not_last_is_tried_later(void)
{
	for (uint64_t seed = 1; seed <= 3; seed++) {
		struct world *w = world_create(seed);
		struct world_receiver *r;
		struct world_stream *video;

		world_add_publisher(w, 0, TSR_CODEC_VP8, 5 * TSR_MS);
		r = world_add_receiver(w, 0, 25 * TSR_MS);
		r->down.rate_bps = 3000000;
		CHECK(world_consume(w, r));
		world_run(w, 10 * TSR_SECOND);
		r->down.rate_bps = 1200000;
		world_run(w, 40 * TSR_SECOND);
		video = world_video(r, 0);
		say("hardly enough", video);
		CHECK(!video->broken);
		CHECK(video->frozen < 40 * TSR_SECOND / 25);
		world_destroy(w);
	}
}

static void a_sender_drops_its_top_layer(void)
{
	struct world *w = world_create(17);
	struct world_publisher *p = world_add_publisher(w, 0, TSR_CODEC_VP8, 25 * TSR_MS);
	struct world_receiver *r = world_add_receiver(w, 1, 25 * TSR_MS);
	struct world_stream *video;

	CHECK(world_consume(w, r));
	world_run(w, 5 * TSR_SECOND);
	video = world_video(r, 0);
	CHECK_INT(video->frames[video->picture % WORLD_FRAMES].encoding, 2);
	p->n_left_out = 1;
	world_run(w, 3 * TSR_SECOND);
	say("top layer left out", video);
	CHECK_INT(video->frames[video->picture % WORLD_FRAMES].encoding, 1);
	CHECK(video->frozen < 500 * TSR_MS);
	p->n_left_out = 0;
	p->cameras[2].needs_key = true;
	world_run(w, 4 * TSR_SECOND);
	CHECK_INT(video->frames[video->picture % WORLD_FRAMES].encoding, 2);
	CHECK(!video->broken && video->frozen < 500 * TSR_MS);
	world_destroy(w);
}

/* From a cable to a far network: its delay is no queue. */
static void another_path_is_no_queue(void)
{
	struct world *w = world_create(19);
	struct tsr_egress_stats stats;
	struct world_receiver *r;
	uint32_t before;

	world_add_publisher(w, 0, TSR_CODEC_VP8, 5 * TSR_MS);
	r = world_add_receiver(w, 0, 5 * TSR_MS);
	r->down.rate_bps = 5000000;
	CHECK(world_consume(w, r));
	world_run(w, 8 * TSR_SECOND);
	tsr_egress_stats(r->egress, &stats, w->now);
	before = stats.estimate_bps;
	r->down.delay = r->up.delay = 150 * TSR_MS;
	tsr_egress_handle_path(r->egress, w->now);
	for (int i = 0; i < 30; i++) {
		world_run(w, 100 * TSR_MS);
		tsr_egress_stats(r->egress, &stats, w->now);
		CHECK(stats.estimate_bps > before * 9 / 10);
		CHECK(stats.rate_bps > 1300000);
	}
	say("another path", world_video(r, 0));
	CHECK(world_video(r, 0)->frozen < 400 * TSR_MS);
	world_destroy(w);
}

/* Opus repairs one packet by the next (FEC); two in a row are concealed. */
static void sound_goes_first(void)
{
	struct world *w = world_create(7);
	struct world_receiver *r;
	struct world_stream *audio;
	uint32_t n_lost = 0, n = 0;

	for (int i = 0; i < 2; i++)
		world_add_publisher(w, 0, TSR_CODEC_VP8, 5 * TSR_MS);
	r = world_add_receiver(w, 1, 25 * TSR_MS);
	r->down.rate_bps = 350000;
	CHECK(world_consume(w, r));
	world_run(w, 20 * TSR_SECOND);
	audio = world_audio(r, 0);
	for (uint32_t i = audio->nack.newest - 700; i + 1 < audio->nack.newest; i++, n++)
		n_lost += !audio->audio_came[i % 65536] && !audio->audio_came[(i + 1) % 65536];
	printf("# %u of %u concealed\n", n_lost, n);
	CHECK(n_lost * 100 < n);
	world_destroy(w);
}

static void a_hundred_joins_cost_few_key_frames(void)
{
	struct world *w = world_create(9);
	struct world_publisher *p = world_add_publisher(w, 0, TSR_CODEC_VP8, 10 * TSR_MS);
	uint32_t before;

	for (int i = 0; i < 2; i++)
		CHECK(world_consume(w, world_add_receiver(w, (uint32_t)i, 10 * TSR_MS)));
	world_run(w, 5 * TSR_SECOND);
	before = p->n_plis;
	for (int i = 0; i < 100; i++) {
		struct world_receiver *r = world_add_receiver(w, (uint32_t)i % 2, 10 * TSR_MS);

		CHECK(r != NULL);
		r->is_simple = true;
		CHECK(world_consume(w, r));
		world_run(w, 20 * TSR_MS);
	}
	world_run(w, 2 * TSR_SECOND);
	printf("# %u requests for 100 joins in 2 s\n", p->n_plis - before);
	/* One in 500 ms, for each of three encodings at most. */
	CHECK(p->n_plis - before <= 3 * 9);
	CHECK(p->cameras[0].n_keys <= 20);
	CHECK_INT(world_count_broken(world_video(&w->receivers[0], 0)), 0);
	world_destroy(w);
}

/* Ten requests a second, or off and on again: the others get no storm of key frames by it. */
static void one_member_makes_no_storm(void)
{
	struct world *w = world_create(21);
	struct world_publisher *p = world_add_publisher(w, 0, TSR_CODEC_VP8, 10 * TSR_MS);
	struct world_receiver *r, *rogue;
	uint32_t before;

	r = world_add_receiver(w, 1, 10 * TSR_MS);
	rogue = world_add_receiver(w, 0, 10 * TSR_MS);
	CHECK(world_consume(w, r) && world_consume(w, rogue));
	world_run(w, 5 * TSR_SECOND);
	before = p->n_plis;
	for (int i = 0; i < 400; i++) {
		uint8_t buf[32];
		struct tsr_writer wr = tsr_writer(buf, sizeof(buf));
		struct tsr_consumer_wants wants = { .is_on = i % 2, .max_spatial = 2 };

		tsr_rtcp_write_pli(&wr, 1, world_video(rogue, 0)->ssrc);
		CHECK_INT(tsr_egress_handle_rtcp(rogue->egress, tsr_slice(buf, wr.len), w->now), 0);
		if (i >= 200)
			tsr_egress_set_wants(rogue->egress, p->video, &wants, w->now);
		world_run(w, 100 * TSR_MS);
	}
	printf("# %u requests for 40 s of a rogue's\n", p->n_plis - before);
	CHECK(p->n_plis - before <= 25);
	before = p->n_plis;
	rogue->is_simple = true;
	for (int i = 0; i < 200; i++) {
		CHECK(world_reopen_video(w, rogue, p));
		world_run(w, 100 * TSR_MS);
	}
	printf("# %u for 20 s of closing and opening\n", p->n_plis - before);
	CHECK(p->n_plis - before <= 4);
	CHECK_INT(world_count_broken(world_video(r, 0)), 0);
	world_destroy(w);
}

static void mute_is_silence_and_returns(void)
{
	struct world *w = world_create(11);
	struct world_publisher *p = world_add_publisher(w, 0, TSR_CODEC_VP8, 10 * TSR_MS);
	struct world_receiver *r = world_add_receiver(w, 1, 10 * TSR_MS);
	uint64_t audio, video;

	CHECK(world_consume(w, r));
	world_run(w, 3 * TSR_SECOND);
	tsr_ingress_set_paused(p->ingress, p->audio, true);
	tsr_ingress_set_paused(p->ingress, p->video, true);
	world_run(w, 100 * TSR_MS);
	audio = world_audio(r, 0)->n_packets;
	video = world_video(r, 0)->n_packets;
	world_run(w, 3 * TSR_SECOND);
	CHECK_INT(world_audio(r, 0)->n_packets, audio);
	CHECK_INT(world_video(r, 0)->n_packets, video);
	tsr_ingress_set_paused(p->ingress, p->audio, false);
	tsr_ingress_set_paused(p->ingress, p->video, false);
	world_run(w, 3 * TSR_SECOND);
	say("after", world_video(r, 0));
	CHECK(world_audio(r, 0)->n_packets > audio + 140);
	CHECK(world_video(r, 0)->n_packets > video + 100);
	CHECK(!world_video(r, 0)->broken && !world_audio(r, 0)->broken);
	CHECK_INT(world_count_broken(world_video(r, 0)), 0);
	world_destroy(w);
}

static void who_speaks_is_told_and_shown(void)
{
	struct world *w = world_create(13);
	struct tsr_speaker v[TSR_MEDIA_SPEAKERS_MAX], active;
	struct world_receiver *r;

	for (uint32_t i = 0; i < 3; i++)
		world_add_publisher(w, i % 2, TSR_CODEC_VP8, 10 * TSR_MS);
	r = world_add_receiver(w, 1, 10 * TSR_MS);
	CHECK(world_consume(w, r));
	tsr_egress_set_last_n(r->egress, 1, w->now);
	w->publishers[2].level = 20;
	world_run(w, 3 * TSR_SECOND);
	CHECK_INT(tsr_router_speakers(w->routers[0], v, &active), 1);
	CHECK_INT(active.source.v, w->publishers[2].audio.v);
	CHECK_INT(tsr_router_speakers(w->routers[1], v, &active), 1);
	CHECK_INT(active.source.v, w->publishers[2].audio.v);
	uint64_t quiet = world_video(r, 0)->n_packets, loud = world_video(r, 2)->n_packets;

	world_run(w, 2 * TSR_SECOND);
	CHECK_INT(world_video(r, 0)->n_packets, quiet);
	CHECK(world_video(r, 2)->n_packets > loud + 30);
	w->publishers[2].level = 80;
	w->publishers[0].level = 20;
	world_run(w, 3 * TSR_SECOND);
	CHECK(world_video(r, 0)->n_packets > quiet + 30);
	CHECK(!world_video(r, 0)->broken && !world_video(r, 2)->broken);
	world_destroy(w);
}

static void what_is_wanted_most_comes_before_who_speaks(void)
{
	const struct tsr_consumer_wants pinned = {
		.is_on = true, .max_spatial = 2, .max_temporal = 2, .priority = 200
	};
	struct world *w = world_create(17);
	struct world_receiver *r;
	uint64_t loud;

	for (uint32_t i = 0; i < 2; i++)
		world_add_publisher(w, i % 2, TSR_CODEC_VP8, 10 * TSR_MS);
	r = world_add_receiver(w, 1, 10 * TSR_MS);
	CHECK(world_consume(w, r));
	tsr_egress_set_last_n(r->egress, 1, w->now);
	w->publishers[1].level = 20;
	world_run(w, 3 * TSR_SECOND);
	loud = world_video(r, 1)->n_packets;
	CHECK(loud > 30);
	tsr_egress_set_wants(r->egress, w->publishers[0].video, &pinned, w->now);
	world_run(w, TSR_SECOND);
	loud = world_video(r, 1)->n_packets;
	uint64_t quiet = world_video(r, 0)->n_packets;

	world_run(w, 2 * TSR_SECOND);
	CHECK_INT(world_video(r, 1)->n_packets, loud);
	CHECK(world_video(r, 0)->n_packets > quiet + 30);
	world_destroy(w);
}

/* Nothing smaller can be had: the way up is found by padding. */
static void one_large_layer_begins_soon(void)
{
	struct world *w = world_create(15);
	struct world_receiver *r;
	struct world_stream *video;

	w->is_flat = true;
	w->flat_len = 26000; /* 6 Mbit/s */
	world_add_publisher(w, 0, TSR_CODEC_VP8, 5 * TSR_MS);
	r = world_add_receiver(w, 0, 20 * TSR_MS);
	r->down.rate_bps = 20000000;
	CHECK(world_consume(w, r));
	world_run(w, 10 * TSR_SECOND);
	video = world_video(r, 0);
	say("flat", video);
	CHECK(!video->broken);
	CHECK(video->frozen < 2 * TSR_SECOND);
	CHECK(video->picture - video->first_picture > 230);
	CHECK(w->now - video->last_frame < 100 * TSR_MS);
	world_destroy(w);
}

/* Above the estimate at the start, on a line that carries it but stands still now and then. */
static void one_layer_outlives_a_standstill(void)
{
	for (uint64_t seed = 20; seed < 26; seed++) {
		struct world *w = world_create(seed);
		struct world_receiver *r;
		struct world_stream *video;
		tsr_time began;

		w->is_flat = true;
		w->flat_len = 7000; /* 1.7 Mbit/s */
		world_add_publisher(w, 0, TSR_CODEC_VP8, 5 * TSR_MS);
		r = world_add_receiver(w, 0, 20 * TSR_MS);
		r->down.rate_bps = 20000000;
		r->down.queue_max = 2 * TSR_SECOND;
		began = w->now;
		CHECK(world_consume(w, r));
		world_run(w, 3 * TSR_SECOND);
		video = world_video(r, 0);
		printf("# first picture after %lld ms\n",
			(long long)((video->first_frame - began) / TSR_MS));
		say("begun", video);
		CHECK(video->first_frame - began < 300 * TSR_MS);
		CHECK(video->frozen < 100 * TSR_MS);
		for (int i = 0; i < 4; i++) {
			r->down.free_at = w->now + 400 * TSR_MS;
			world_run(w, 3 * TSR_SECOND);
		}
		say("standstills", video);
		CHECK(!video->broken);
		CHECK(video->frozen < 4 * 800 * TSR_MS);
		CHECK(w->now - video->last_frame < 100 * TSR_MS);
		world_destroy(w);
	}
}

/* The longest that a frame was under way since a picture, from a camera that never rested since. */
static tsr_time longest_way(
	const struct world_publisher *p, const struct world_stream *s, uint32_t since)
{
	tsr_time longest = 0;

	for (uint32_t picture = since; picture != s->picture; picture++) {
		const struct world_frame *f = &s->frames[picture % WORLD_FRAMES];
		tsr_time sent = p->next_frame - (p->frame + 1 - f->number) * TSR_SECOND / 30;

		if (f->is_there && f->done - sent > longest)
			longest = f->done - sent;
	}
	return longest;
}

/* A camera as in bench/run sfu-video, which rests between its turns: the estimate was halved by the
 * first frame after each rest, so that frames were drawn out until probes had found the line again.
 */
static void a_rest_costs_nothing(void)
{
	struct world *w = world_create(23);
	struct world_publisher *p;
	struct world_receiver *r;

	w->is_flat = true;
	w->flat_len = 27 * 1200;
	p = world_add_publisher(w, 0, TSR_CODEC_VP8, TSR_MS);
	r = world_add_receiver(w, 0, TSR_MS);
	CHECK(world_consume(w, r));
	world_run(w, 4 * TSR_SECOND);
	for (int turn = 0; turn < 4; turn++) {
		struct tsr_egress_stats before, after;
		uint32_t picture = world_video(r, 0)->picture;
		tsr_time longest;

		p->next_frame = p->next_audio = w->now + 7 * TSR_SECOND;
		world_run(w, 7 * TSR_SECOND - TSR_MS);
		tsr_egress_stats(r->egress, &before, w->now);
		world_run(w, 100 * TSR_MS);
		tsr_egress_stats(r->egress, &after, w->now);
		world_run(w, 2 * TSR_SECOND);
		longest = longest_way(p, world_video(r, 0), picture + 1);
		printf("# turn %d: %u, then %u kbit/s; a frame takes up to %lld ms\n", turn,
			before.estimate_bps / 1000, after.estimate_bps / 1000,
			(long long)(longest / TSR_MS));
		CHECK(after.estimate_bps >= before.estimate_bps);
		CHECK(longest < 4 * TSR_MS);
	}
	CHECK(!world_video(r, 0)->broken);
	world_destroy(w);
}

TEST_MAIN(TEST(one_layer_outlives_a_standstill), TEST(one_large_layer_begins_soon),
	TEST(a_good_line_carries_everything), TEST(vp8_loss_is_repaired),
	TEST(vp9_loss_is_repaired), TEST(vp8_rate_follows_the_line),
	TEST(vp9_rate_follows_the_line), TEST(what_does_not_last_is_tried_later),
	TEST(a_sender_drops_its_top_layer), TEST(another_path_is_no_queue),
	TEST(one_member_makes_no_storm), TEST(sound_goes_first),
	TEST(a_hundred_joins_cost_few_key_frames), TEST(mute_is_silence_and_returns),
	TEST(who_speaks_is_told_and_shown), TEST(what_is_wanted_most_comes_before_who_speaks),
	TEST(a_rest_costs_nothing))
