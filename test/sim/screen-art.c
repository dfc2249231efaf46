/* SPDX-License-Identifier: Apache-2.0 */
#include "test/sim/screen-art.h"

enum { WINDOW_WIDTH = 150, WINDOW_HEIGHT = 84, STEP = 24 };

bool art_init(struct art *art, enum tsr_pixel_format format, uint32_t width, uint32_t height,
	uint64_t seed)
{
	art->seed = seed;
	art->random = ~seed;
	return picture_init(&art->screen, format, width, height);
}

void art_finish(struct art *art)
{
	picture_finish(&art->screen);
}

static struct tsr_rect whole(const struct art *art)
{
	return (struct tsr_rect){ 0, 0, art->screen.width, art->screen.height };
}

/* Noise, or one colour, somewhere. */
static struct tsr_rect draw(struct art *art)
{
	uint32_t width = art->screen.width, height = art->screen.height;
	uint32_t high = height < 120 ? height : 120;
	struct tsr_rect r = { random_below(&art->random, width), random_below(&art->random, height),
		1 + random_below(&art->random, 200), 1 + random_below(&art->random, high) };

	r = tsr_rect_common(r, whole(art));
	if (random_below(&art->random, 4) == 0)
		picture_noise(&art->screen, r, next_random(&art->random));
	else
		picture_fill(&art->screen, r, next_random(&art->random) & 0xffffff);
	return r;
}

static void draw_window(struct art *art)
{
	const struct tsr_rect *w = &art->window;
	struct tsr_rect title = { w->x, w->y, w->width, 10 };

	picture_fill(&art->screen, *w, 0xf4f4f0);
	picture_fill(&art->screen, title, 0x305090);
	for (uint32_t y = 12; y + 14 <= w->height; y += 16)
		for (uint32_t x = 4; x + 9 <= w->width; x += 9)
			draw_glyph(&art->screen, w->x + x, w->y + y,
				(uint32_t)(x * 7 + y + art->seed) % 64);
}

/* A window goes on by some pixels, both ways; what was below it is white. */
static struct tsr_rect move_window(struct art *art)
{
	struct tsr_rect *w = &art->window, before = *w;
	uint32_t x = art->screen.width - WINDOW_WIDTH, y = art->screen.height - WINDOW_HEIGHT;

	if (tsr_rect_is_empty(before)) {
		*w = (struct tsr_rect){ random_below(&art->random, x) & ~1u,
			random_below(&art->random, y) & ~1u, WINDOW_WIDTH, WINDOW_HEIGHT };
	} else {
		w->x = (w->x + 2 * random_below(&art->random, STEP)) % x & ~1u;
		w->y = (w->y + 2 * random_below(&art->random, STEP)) % y & ~1u;
		picture_fill(&art->screen, before, 0xffffff);
	}
	draw_window(art);
	return tsr_rect_union(before, *w);
}

static struct tsr_rect scroll(struct art *art)
{
	art->scroll += 2 * random_below(&art->random, 20);
	picture_text(&art->screen, art->seed, art->scroll);
	return whole(art);
}

static struct tsr_rect play(struct art *art)
{
	struct tsr_rect film = { 40, 8, 240, art->screen.height / 2 };

	film.height = film.height > 180 ? 180 : film.height;
	picture_photo(&art->screen, film, next_random(&art->random));
	picture_noise(&art->screen,
		(struct tsr_rect){
			film.x + 2 * random_below(&art->random, 60), film.y, 64, film.height / 2 },
		next_random(&art->random));
	return film;
}

/* A picture of two dimensions has room for more. */
static struct tsr_rect change_page(struct art *art)
{
	uint32_t what = random_below(&art->random, 12);

	if (art->has_film && what < 6)
		return play(art);
	if (what == 6)
		return scroll(art);
	return what < 10 ? move_window(art) : draw(art);
}

static struct tsr_rect change_strip(struct art *art)
{
	struct tsr_rect damage = { 0 };

	for (uint32_t n = 1 + random_below(&art->random, 3); n > 0; n--)
		damage = tsr_rect_union(damage, draw(art));
	if (random_below(&art->random, 40) != 0)
		return damage;
	picture_text(&art->screen, art->seed, random_below(&art->random, 100));
	return whole(art);
}

struct tsr_rect art_change(struct art *art)
{
	bool is_page =
		art->screen.height > 2 * WINDOW_HEIGHT && art->screen.width > 2 * WINDOW_WIDTH;
	struct tsr_rect damage = is_page ? change_page(art) : change_strip(art);

	/* chroma of a pixel at an odd place belongs to the one before */
	return tsr_rect_union(damage, (struct tsr_rect){ damage.x & ~1u, damage.y & ~1u, 1, 1 });
}
