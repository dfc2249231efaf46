/* SPDX-License-Identifier: Apache-2.0 */
/* A film plays, and beside it somebody types, over a line of 4 Mbit/s, in virtual time. */
#include <stdlib.h>

#include "core/screen/preview.h"
#include "core/screen/samples.h"
#include "core/screen/share.h"
#include "core/screen/view.h"
#include "test/test.h"
#include "test/unit/screen/pictures.h"

enum { WIDTH = 1280, HEIGHT = 720, LINK_LEN = 1024, TICK = 5 * 1000, SEAL_LEN = 20, LETTERS = 30 };

struct packet {
	tsr_time at;
	struct tsr_frame frame;
	struct tsr_slice unit; /* malloc()ed */
	size_t bytes;
};

struct world {
	uint64_t random;
	tsr_time now, delay;
	uint32_t rate; /* bytes per ms */
	struct picture source;
	struct tsr_share *share;
	struct tsr_view *view;
	struct packet up[LINK_LEN], down[LINK_LEN]; /* frames; credits */
	uint32_t up_first, up_n, down_first, down_n;
	tsr_time free_at;
	uint64_t sent, credited;
	/* what is typed */
	struct tsr_rect text;
	uint32_t n_typed, n_exact; /* letters */
	tsr_time typed[LETTERS];   /* when each was, of the last ones */
	tsr_time worst;            /* longest time until one was exact */
	/* what a film is to be told by */
	struct tsr_rect film;
	uint32_t n_previews;
	tsr_time last_preview, worst_gap;
	/* a preview that takes long, as it may in a browser; while is_slow none is finished */
	struct tsr_preview_ask ask;
	bool is_slow;
	bool is_bad;
};

static struct tsr_rect letter_rect(const struct world *w, uint32_t n)
{
	return (struct tsr_rect){ w->text.x + n % LETTERS * 9, w->text.y, 8, 14 };
}

static void world_init_as(struct world *w, uint64_t seed, uint32_t rate,
	enum tsr_pixel_format format, uint32_t width, uint32_t height)
{
	struct tsr_share_config config = { format, width, height, 1, 2, 3 };

	*w = (struct world){ .random = seed, .rate = rate };
	w->delay = (tsr_time)(5 + random_below(&w->random, 30)) * TSR_MS;
	w->film = (struct tsr_rect){ 490, 100 + random_below(&w->random, 100), 640, 360 };
	w->text = (struct tsr_rect){ 200, w->film.y + 60, 280, 14 };
	if (!picture_init(&w->source, format, width, height) ||
		tsr_share_create(&w->share, &config) != 0 ||
		tsr_view_create(&w->view, format, width, height) != 0)
		abort();
	picture_text(&w->source, seed, 0);
	tsr_share_handle_capture(w->share, NULL);
}

static void world_init(struct world *w, uint64_t seed, uint32_t rate)
{
	world_init_as(w, seed, rate, TSR_FORMAT_BGRA, WIDTH, HEIGHT);
}

static void world_finish(struct world *w)
{
	for (; w->up_n > 0; w->up_n--, w->up_first++)
		free((void *)(uintptr_t)w->up[w->up_first % LINK_LEN].unit.data);
	tsr_share_destroy(w->share);
	tsr_view_destroy(w->view);
	picture_finish(&w->source);
}

/* ---- the presenter ---------------------------------------------------------------------- */

static void send_frame(struct world *w, const struct tsr_frame *frame, struct tsr_slice unit)
{
	struct packet *packet = &w->up[(w->up_first + w->up_n++) % LINK_LEN];
	uint8_t *copy = malloc(unit.len);

	if (!copy || w->up_n > LINK_LEN)
		abort();
	memcpy(copy, unit.data, unit.len);
	packet->frame = *frame;
	packet->unit = tsr_slice(copy, unit.len);
	packet->bytes = TSR_FRAME_HEADER_LEN + unit.len + SEAL_LEN;
	w->free_at = (w->free_at > w->now ? w->free_at : w->now) +
		     (tsr_time)(packet->bytes * 1000 / w->rate);
	packet->at = w->free_at + w->delay;
	w->sent += packet->bytes;
	tsr_share_handle_sent(w->share, packet->bytes);
}

/* What a JPEG of a rectangle takes, about; nobody looks into it here. */
static void make_preview(struct world *w, const struct tsr_preview_ask *ask)
{
	static uint8_t image[TSR_PREVIEW_IMAGE_MAX];
	size_t len = 600 + (size_t)ask->rect.width * ask->rect.height * ask->quality / 600;

	write_jpeg_head(image, ask->rect.width, ask->rect.height);
	tsr_share_handle_preview(w->share, tsr_slice(image, len));
}

static void drain(struct world *w)
{
	struct tsr_preview_ask ask;
	struct tsr_frame frame;
	struct tsr_slice unit;

	for (;;) {
		while (tsr_share_poll_frame(w->share, &frame, &unit))
			send_frame(w, &frame, unit);
		if (tsr_share_wants_picture(w->share)) {
			if (tsr_share_handle_picture(w->share, &w->source.planes, w->now) != 0)
				abort();
		} else if (tsr_share_poll_preview(w->share, &ask)) {
			w->ask = ask;
			if (w->is_slow)
				break;
			make_preview(w, &ask);
		} else {
			break;
		}
	}
}

/* ---- the viewer ------------------------------------------------------------------------- */

static bool is_same(const struct world *w, struct tsr_rect rect)
{
	return tsr_rect_is_empty(tsr_samples_diff(tsr_view_grid(w->view), w->source.format,
		tsr_view_planes(w->view), &w->source.planes, rect));
}

static bool has_previews(const struct world *w)
{
	struct tsr_view_preview preview;

	for (uint32_t c = 0; c < TSR_CELLS_MAX; c++)
		if (tsr_view_preview(w->view, c, &preview))
			return true;
	return false;
}

static void receive(struct world *w)
{
	while (w->up_n > 0 && w->up[w->up_first % LINK_LEN].at <= w->now) {
		struct packet *packet = &w->up[w->up_first % LINK_LEN];
		struct packet *credit = &w->down[(w->down_first + w->down_n++) % LINK_LEN];
		struct tsr_rect rect;
		struct tsr_view_preview preview;

		if (tsr_view_handle_frame(w->view, &packet->frame, packet->unit, packet->bytes) !=
			0)
			w->is_bad = true;
		while (tsr_view_poll_dirty(w->view, &rect))
			;
		while (tsr_view_poll_preview(w->view, &preview)) {
			w->n_previews++;
			if (w->last_preview && w->now - w->last_preview > w->worst_gap)
				w->worst_gap = w->now - w->last_preview;
			w->last_preview = w->now;
		}
		free((void *)(uintptr_t)packet->unit.data);
		w->up_first++;
		w->up_n--;
		w->credited += packet->bytes;
		*credit = (struct packet){ .at = w->now + w->delay, .bytes = w->credited };
	}
	/* only pixels that are exact count: a preview above the text would be none */
	for (; w->n_exact < w->n_typed; w->n_exact++) {
		tsr_time age = w->now - w->typed[w->n_exact % LETTERS];

		w->worst = age > w->worst ? age : w->worst;
		if (!is_same(w, letter_rect(w, w->n_exact)))
			break;
	}
}

static bool is_exact(const struct world *w)
{
	return tsr_view_is_in_sync(w->view) && !has_previews(w) &&
	       tsr_view_digest(w->view) == tsr_picture_digest(w->source.format, w->source.width,
						   w->source.height, &w->source.planes);
}

/* ---- time ------------------------------------------------------------------------------- */

static void type_letter(struct world *w)
{
	struct tsr_rect letter = letter_rect(w, w->n_typed);

	w->typed[w->n_typed++ % LETTERS] = w->now;
	picture_fill(&w->source, letter, 0xffffff);
	draw_glyph(&w->source, letter.x, letter.y, random_below(&w->random, 64));
	tsr_share_handle_capture(w->share, &letter);
}

static void play(struct world *w)
{
	struct tsr_rect bar = { w->film.x, w->film.y + (uint32_t)(w->now / 20000) % 300, 640, 40 };

	picture_photo(&w->source, w->film, next_random(&w->random));
	picture_fill(&w->source, bar, next_random(&w->random) & 0xffffff);
	tsr_share_handle_capture(w->share, &w->film);
}

static void tick(struct world *w, bool is_playing, bool is_typing)
{
	w->now += TICK;
	tsr_share_handle_time(w->share, w->now);
	while (w->down_n > 0 && w->down[w->down_first % LINK_LEN].at <= w->now) {
		tsr_share_handle_credit(w->share, w->down[w->down_first++ % LINK_LEN].bytes);
		w->down_n--;
	}
	if (is_playing && w->now % (7 * TICK) == 0)
		play(w);
	if (is_typing && w->now % (20 * TICK) == 0)
		type_letter(w);
	drain(w);
	receive(w);
}

static void run(struct world *w, tsr_time time, bool is_playing, bool is_typing)
{
	for (tsr_time end = w->now + time; w->now < end;)
		tick(w, is_playing, is_typing);
}

/* How long until everything is exact. */
static tsr_time settle(struct world *w, bool is_typing)
{
	tsr_time start = w->now;

	while (w->now < start + 20 * TSR_SECOND) {
		tick(w, false, is_typing);
		if (is_same(w, w->film) && !has_previews(w))
			break;
	}
	return w->now - start;
}

static void text_beside_a_film_stays_exact(void)
{
	for (uint64_t seed = 1; seed <= 4; seed++) {
		struct world w;
		struct tsr_share_stats stats;
		uint64_t before;
		tsr_time settled, line;

		if (seed % 2)
			world_init(&w, seed, 500);
		else
			world_init_as(&w, seed, 500, TSR_FORMAT_I420, WIDTH - 1, HEIGHT - 1);
		run(&w, TSR_SECOND, false, true);
		w.worst = 0;
		before = w.credited;
		run(&w, 10 * TSR_SECOND, true, true);
		tsr_share_stats(w.share, &stats);
		printf("# %llu kbit/s of %u, %u previews, longest pause %lld ms, text exact within "
		       "%lld ms\n",
			(unsigned long long)(w.credited - before) * 8 / 10000, stats.kbit_s,
			w.n_previews, (long long)(w.worst_gap / TSR_MS),
			(long long)(w.worst / TSR_MS));
		CHECK(!w.is_bad);
		CHECK(w.worst <= 300 * TSR_MS);
		CHECK((w.credited - before) * 8 <= 40000000);
		CHECK(w.n_previews > 50);
		CHECK(w.worst_gap < TSR_SECOND);
		/* it stops; typing goes on, and waits no longer */
		before = w.credited; /* what is under way comes first */
		settled = settle(&w, true);
		line = (tsr_time)((w.sent - before) * 1000 / w.rate);
		printf("# exact %lld ms after it stopped, %lld of them the line's\n",
			(long long)(settled / TSR_MS), (long long)(line / TSR_MS));
		CHECK(w.worst <= 300 * TSR_MS);
		CHECK(settled <= line + w.delay + 300 * TSR_MS);
		run(&w, TSR_SECOND, false, false);
		CHECK(is_exact(&w));
		tsr_share_stats(w.share, &stats);
		CHECK_INT(stats.n_held, 0);
		CHECK_INT(tsr_share_next_timeout(w.share), TSR_TIME_NEVER);
		world_finish(&w);
	}
}

static void a_fast_line_needs_no_previews(void)
{
	struct world w;

	world_init(&w, 7, 12500);
	for (uint32_t n = 1; n <= 8; n++) { /* it shows what it can */
		picture_text(&w.source, n, 0);
		tsr_share_handle_capture(w.share, NULL);
		run(&w, 200 * TSR_MS, false, true);
	}
	picture_photo(&w.source, w.film, 3);
	tsr_share_handle_capture(w.share, &w.film);
	run(&w, 500 * TSR_MS, false, true);
	CHECK_INT(w.n_previews, 0);
	CHECK(is_same(&w, w.film));
	world_finish(&w);
}

/* The same with text instead of a film: whatever the line, it goes out as it is. */
static void pages_of_text_need_none(void)
{
	struct world w;

	world_init(&w, 8, 500);
	run(&w, TSR_SECOND, false, false);
	for (uint32_t n = 1; n <= 5; n++) {
		picture_text(&w.source, n, 0);
		tsr_share_handle_capture(w.share, NULL);
		run(&w, TSR_SECOND, false, false);
		CHECK(is_same(&w, (struct tsr_rect){ 0, 0, WIDTH, HEIGHT }));
	}
	CHECK_INT(w.n_previews, 0);
	world_finish(&w);
}

/* Where the first picture of a share is photographed, and where it is written. */
struct first {
	enum tsr_pixel_format format;
	uint32_t width, height;
	struct tsr_rect photo, text;
};

/* How long until the text beside photographs is there, and until all is; the text does not wait,
 * and a preview shows what is beside it. */
static void show_first(const struct first *first)
{
	tsr_time readable = 0;
	struct world w;

	world_init_as(&w, 11, 250, first->format, first->width, first->height);
	w.film = first->photo;
	picture_noise(&w.source, w.film, 5);
	while (!is_same(&w, first->text) && w.now < 20 * TSR_SECOND)
		tick(&w, false, false);
	readable = w.now;
	while (!has_previews(&w) && w.now < 20 * TSR_SECOND)
		tick(&w, false, false);
	printf("# text after %lld ms, a preview after %lld ms,", (long long)(readable / TSR_MS),
		(long long)(w.now / TSR_MS));
	CHECK(w.now < TSR_SECOND);
	settle(&w, false);
	printf(" all of it after %lld ms\n", (long long)(w.now / TSR_MS));
	CHECK(!w.is_bad);
	CHECK(is_exact(&w));
	world_finish(&w);
}

/* A photograph fills most of the screen when it is first shown. In I420, with half as many samples
 * of colour, a picture of odd size ends in samples that belong to one pixel alone. */
static void a_photograph_does_not_keep_the_first_text_waiting(void)
{
	static const struct first firsts[] = {
		{ TSR_FORMAT_BGRA, 1280, 720, { 0, 0, 1024, 720 }, { 1024, 0, 256, 720 } },
		{ TSR_FORMAT_I420, 1280, 720, { 0, 0, 1024, 720 }, { 1024, 0, 256, 720 } },
		{ TSR_FORMAT_I420, 1279, 719, { 256, 0, 1023, 719 }, { 0, 0, 256, 719 } },
		{ TSR_FORMAT_I420, 1025, 513, { 95, 31, 930, 482 }, { 0, 0, 64, 513 } },
	};

	for (size_t i = 0; i < sizeof(firsts) / sizeof(*firsts); i++)
		show_first(&firsts[i]);
}

static void a_pause_shows_the_last_picture_exactly(void)
{
	struct tsr_share_stats stats;
	struct world w;
	uint32_t n;

	world_init(&w, 9, 500);
	run(&w, TSR_SECOND, false, true);
	run(&w, 3 * TSR_SECOND, true, true);
	CHECK(has_previews(&w));
	tsr_share_stats(w.share, &stats);
	n = stats.previews;
	tsr_share_handle_pause(w.share);
	while (!tsr_share_poll_paused(w.share)) {
		tick(&w, false, false);
		CHECK(w.now < 20 * TSR_SECOND);
	}
	tsr_share_stats(w.share, &stats);
	CHECK_INT(stats.previews, n);
	CHECK(is_same(&w, (struct tsr_rect){ 0, 0, WIDTH, HEIGHT }));
	CHECK(!has_previews(&w));
	n = (uint32_t)w.sent;
	run(&w, TSR_SECOND, true, false);
	CHECK_INT(w.sent, n);
	tsr_share_handle_resume(w.share);
	run(&w, TSR_SECOND, true, true);
	CHECK(has_previews(&w));
	world_finish(&w);
}

/* A film plays, and a preview has been begun that is not there yet. */
static void begin_slow_preview(struct world *w)
{
	world_init(w, 9, 500);
	run(w, 3 * TSR_SECOND, true, true);
	w->is_slow = true;
	w->ask = (struct tsr_preview_ask){ 0 };
	while (w->ask.quality == 0) {
		tick(w, true, true);
		CHECK(w->now < 20 * TSR_SECOND);
	}
}

static void pause_and_go_on(struct world *w)
{
	tsr_share_handle_pause(w->share);
	while (!tsr_share_poll_paused(w->share)) {
		tick(w, false, false);
		CHECK(w->now < 40 * TSR_SECOND);
	}
	run(w, TSR_SECOND, true, false);
	tsr_share_handle_resume(w->share);
	tsr_share_handle_capture(w->share, NULL);
}

/* The whole film changes all over, so that the same rectangle is held again and again. */
static void flicker(struct world *w, tsr_time time)
{
	for (tsr_time end = w->now + time; w->now < end; run(w, 7 * TICK, false, false)) {
		picture_noise(&w->source, w->film, next_random(&w->random));
		tsr_share_handle_capture(w->share, &w->film);
	}
}

static void a_preview_of_before_a_pause_is_not_shown_after_it(void)
{
	struct tsr_share_stats stats;
	struct world w;
	uint32_t n;

	world_init(&w, 9, 500);
	w.film = (struct tsr_rect){ 530, 20, 400, 400 };
	flicker(&w, TSR_SECOND);
	w.is_slow = true;
	for (w.ask.quality = 0; w.ask.quality == 0;) {
		flicker(&w, 7 * TICK);
		CHECK(w.now < 20 * TSR_SECOND);
	}
	pause_and_go_on(&w);
	flicker(&w, TSR_SECOND);
	tsr_share_stats(w.share, &stats);
	CHECK(stats.n_held > 0);
	n = stats.previews;
	make_preview(&w, &w.ask);
	flicker(&w, TSR_SECOND);
	tsr_share_stats(w.share, &stats);
	CHECK_INT(stats.previews, n);
	w.is_slow = false;
	make_preview(&w, &w.ask);
	flicker(&w, TSR_SECOND);
	CHECK(has_previews(&w));
	world_finish(&w);
}

/* It is there, but KEYs of a new epoch go first, and then the presenter pauses. */
static void a_preview_that_waits_when_a_pause_comes_is_not_the_last(void)
{
	struct world w;

	begin_slow_preview(&w);
	tsr_share_handle_epoch(w.share, 4);
	drain(&w);
	make_preview(&w, &w.ask);
	w.is_slow = false;
	pause_and_go_on(&w);
	CHECK(!has_previews(&w));
	run(&w, 3 * TSR_SECOND, true, false);
	CHECK(has_previews(&w));
	settle(&w, false);
	run(&w, TSR_SECOND, false, false);
	CHECK(is_exact(&w));
	world_finish(&w);
}

/* Nor by KEYs that were asked for or are due to a new epoch: the first frame after a pause is of
 * what was captured after it. */
static void an_epoch_in_a_pause_shows_nothing_of_before_it(void)
{
	struct world w;
	uint64_t sent;

	world_init(&w, 13, 500);
	run(&w, TSR_SECOND, false, true);
	tsr_share_handle_pause(w.share);
	while (!tsr_share_poll_paused(w.share))
		tick(&w, false, false);
	run(&w, TSR_SECOND, false, false);
	tsr_share_handle_epoch(w.share, 4);
	sent = w.sent;
	tsr_share_handle_resume(w.share);
	tsr_share_handle_need(w.share, UINT64_MAX);
	run(&w, TSR_SECOND, false, false);
	CHECK_INT(w.sent, sent);
	picture_text(&w.source, 99, 0);
	tsr_share_handle_capture(w.share, NULL);
	run(&w, 3 * TSR_SECOND, false, false);
	CHECK(w.sent > sent);
	CHECK(is_exact(&w));
	world_finish(&w);
}

/* Pause, go on, and pause before the server has answered. */
static void who_pauses_again_at_once_stays_paused(void)
{
	struct world w;

	world_init(&w, 14, 500);
	run(&w, TSR_SECOND, false, true);
	tsr_share_handle_pause(w.share);
	while (!tsr_share_poll_paused(w.share))
		tick(&w, false, false);
	CHECK(!tsr_share_poll_paused(w.share));
	tsr_share_handle_pause(w.share);
	CHECK(tsr_share_poll_paused(w.share));
	CHECK(!tsr_share_poll_paused(w.share));
	CHECK(tsr_share_is_paused(w.share));
	/* or when he has, and nothing was captured yet */
	tsr_share_handle_resume(w.share);
	tsr_share_handle_need(w.share, UINT64_MAX);
	tsr_share_handle_pause(w.share);
	CHECK(tsr_share_poll_paused(w.share));
	world_finish(&w);
}

static void a_new_epoch_goes_on_with_previews(void)
{
	struct world w;

	world_init(&w, 11, 500);
	run(&w, 3 * TSR_SECOND, true, true);
	CHECK(has_previews(&w));
	tsr_share_handle_epoch(w.share, 4);
	run(&w, 4 * TSR_SECOND, true, true);
	CHECK(tsr_view_is_in_sync(w.view));
	CHECK(has_previews(&w));
	CHECK(!w.is_bad);
	settle(&w, false);
	run(&w, TSR_SECOND, false, false);
	CHECK(is_exact(&w));
	world_finish(&w);
}

/* The relay asks for cells when it has none for him; here that is all of them. */
static void who_comes_late_has_cells_and_previews(void)
{
	struct world w;

	world_init(&w, 12, 500);
	run(&w, 3 * TSR_SECOND, true, true);
	tsr_view_destroy(w.view);
	CHECK_INT(tsr_view_create(&w.view, TSR_FORMAT_BGRA, WIDTH, HEIGHT), 0);
	tsr_share_handle_need(w.share, UINT64_MAX);
	run(&w, 3 * TSR_SECOND, true, true);
	CHECK(tsr_view_is_in_sync(w.view));
	CHECK(has_previews(&w));
	settle(&w, false);
	run(&w, TSR_SECOND, false, false);
	CHECK(is_exact(&w));
	world_finish(&w);
}

static void who_prefers_text_loses_nothing(void)
{
	struct world w;

	world_init(&w, 10, 500);
	tsr_share_set_preference(w.share, TSR_PREFER_TEXT);
	run(&w, 3 * TSR_SECOND, true, true);
	CHECK_INT(w.n_previews, 0);
	CHECK(settle(&w, false) < 4 * TSR_SECOND);
	world_finish(&w);
}

/* A film that rests for a moment again and again goes on as previews; it is exact when it stops. */
static void who_prefers_motion_waits_longer_for_rest(void)
{
	tsr_time settled[2];

	for (int i = 0; i < 2; i++) {
		struct world w;

		world_init(&w, 10, 500);
		tsr_share_set_preference(w.share, i ? TSR_PREFER_MOTION : TSR_PREFER_AUTO);
		run(&w, 3 * TSR_SECOND, true, false);
		CHECK(has_previews(&w));
		settled[i] = settle(&w, false);
		run(&w, TSR_SECOND, false, false);
		CHECK(is_exact(&w));
		world_finish(&w);
	}
	printf("# exact %lld ms after it stopped, with motion %lld\n",
		(long long)(settled[0] / TSR_MS), (long long)(settled[1] / TSR_MS));
	CHECK(settled[1] >= settled[0] + 200 * TSR_MS);
	CHECK(settled[1] <= settled[0] + 400 * TSR_MS);
}

TEST_MAIN(TEST(text_beside_a_film_stays_exact), TEST(a_fast_line_needs_no_previews),
	TEST(pages_of_text_need_none), TEST(a_photograph_does_not_keep_the_first_text_waiting),
	TEST(a_pause_shows_the_last_picture_exactly),
	TEST(a_preview_of_before_a_pause_is_not_shown_after_it),
	TEST(a_preview_that_waits_when_a_pause_comes_is_not_the_last),
	TEST(an_epoch_in_a_pause_shows_nothing_of_before_it),
	TEST(who_pauses_again_at_once_stays_paused), TEST(a_new_epoch_goes_on_with_previews),
	TEST(who_comes_late_has_cells_and_previews), TEST(who_prefers_text_loses_nothing),
	TEST(who_prefers_motion_waits_longer_for_rest))
