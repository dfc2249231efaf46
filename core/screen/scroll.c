/* SPDX-License-Identifier: Apache-2.0 */
#include "core/screen/scroll.h"

#include <stdlib.h>
#include <string.h>

enum {
	STRIP = 64,     /* pixels */
	ROWS_MIN = 16,  /* a shorter stretch is not worth a copy */
	VOTES_MIN = 12, /* rows that have to agree on a distance */
	MAP_BITS = 12,
	MAP_LEN = 1 << MAP_BITS,
};

struct slot {
	uint32_t hash; /* of a row of the old picture; 0 = free */
	int32_t row;   /* -1: more than one row looks like this */
};

struct tsr_scroll {
	struct tsr_grid grid;
	uint32_t *before, *after; /* hashes of the rows of one strip after the other */
	uint32_t *votes;          /* by distance + height */
	struct slot map[MAP_LEN];
};

/* A stretch of rows of a strip that moved. */
struct stretch {
	uint32_t x, width, top, bottom;
};

struct tsr_scroll *tsr_scroll_create(const struct tsr_grid *grid)
{
	struct tsr_scroll *scroll = calloc(1, sizeof(*scroll));
	size_t n = (size_t)((grid->width + STRIP - 1) / STRIP) * grid->height;

	if (!scroll)
		return NULL;
	scroll->grid = *grid;
	scroll->before = malloc(n * sizeof(uint32_t));
	scroll->after = malloc(n * sizeof(uint32_t));
	scroll->votes = malloc(2 * (size_t)grid->height * sizeof(uint32_t));
	if (scroll->before && scroll->after && scroll->votes)
		return scroll;
	tsr_scroll_destroy(scroll);
	return NULL;
}

void tsr_scroll_destroy(struct tsr_scroll *scroll)
{
	if (!scroll)
		return;
	free(scroll->before);
	free(scroll->after);
	free(scroll->votes);
	free(scroll);
}

/* Never 0. Alpha is masked out of BGRA. */
static uint32_t hash_row(const uint8_t *bytes, size_t len, uint64_t mask)
{
	uint64_t h0 = 0x243f6a8885a308d3u, h1 = 0x13198a2e03707344u, word[2];
	size_t i = 0;

	for (; i + 16 <= len; i += 16) {
		memcpy(word, bytes + i, 16);
		h0 = (h0 ^ (word[0] & mask)) * 0x9e3779b97f4a7c15u;
		h1 = (h1 ^ (word[1] & mask)) * 0xc2b2ae3d27d4eb4fu;
		h0 ^= h0 >> 32;
		h1 ^= h1 >> 32;
	}
	for (; i < len; i++)
		h0 = (h0 ^ (bytes[i] & (uint8_t)(mask >> (i % 4 * 8)))) * 0x9e3779b97f4a7c15u;
	h0 ^= h1 << 1;
	h0 *= 0xbf58476d1ce4e5b9u;
	return (uint32_t)(h0 >> 32) | 1;
}

static void hash_strip(uint32_t *out, enum tsr_pixel_format format, const struct tsr_planes *planes,
	uint32_t x, uint32_t width, struct tsr_rect box)
{
	uint32_t sample_len = tsr_format_sample_len(format);
	uint64_t mask = sample_len == 4 ? 0x00ffffff00ffffffu : ~(uint64_t)0;

	for (uint32_t y = box.y; y < box.y + box.height; y++)
		out[y] = hash_row(planes->plane[0] + planes->stride[0] * y + (size_t)x * sample_len,
			(size_t)width * sample_len, mask);
}

static struct slot *find_slot(struct tsr_scroll *scroll, uint32_t hash)
{
	uint32_t i = hash >> (32 - MAP_BITS);

	for (uint32_t n = 0; n < 8; n++, i = (i + 1) % MAP_LEN)
		if (scroll->map[i].hash == hash || scroll->map[i].hash == 0)
			return &scroll->map[i];
	return NULL;
}

/* Counts, for each row that changed and has something on it, how far away it was before. */
static void vote(struct tsr_scroll *scroll, const uint32_t *before, const uint32_t *after,
	struct tsr_rect box)
{
	struct slot *slot;

	memset(scroll->map, 0, sizeof(scroll->map));
	for (uint32_t y = box.y + 1; y < box.y + box.height; y++) {
		if (before[y] == before[y - 1] || !(slot = find_slot(scroll, before[y])))
			continue;
		slot->row = slot->hash == 0 ? (int32_t)y : -1;
		slot->hash = before[y];
	}
	for (uint32_t y = box.y + 1; y < box.y + box.height; y++) {
		if (after[y] == before[y] || after[y] == after[y - 1] ||
			!(slot = find_slot(scroll, after[y])) || slot->hash == 0 || slot->row < 0)
			continue;
		scroll->votes[(int32_t)(y + scroll->grid.height) - slot->row]++;
	}
}

/* The distance with most votes; 0 when there is none. */
static int32_t count_votes(const struct tsr_scroll *scroll, enum tsr_pixel_format format)
{
	int32_t best = 0;
	uint32_t most = VOTES_MIN - 1, height = scroll->grid.height;

	for (uint32_t i = 1; i < 2 * height; i++) {
		int32_t distance = (int32_t)i - (int32_t)height;

		if (scroll->votes[i] <= most || (format == TSR_FORMAT_I420 && distance % 2 != 0))
			continue;
		most = scroll->votes[i];
		best = distance;
	}
	return best;
}

/* The longest stretch of rows in a strip that moved by distance. */
static void find_stretch(struct stretch *out, const uint32_t *before, const uint32_t *after,
	int32_t distance, struct tsr_rect box)
{
	int32_t from = (int32_t)box.y, to = (int32_t)(box.y + box.height), top;
	uint32_t n_changed = 0;

	out->top = out->bottom = 0;
	if (distance > 0)
		from += distance;
	else
		to += distance;
	top = from;
	for (int32_t y = from; y <= to; y++) {
		if (y < to && after[y] == before[y - distance]) {
			n_changed += after[y] != before[y];
			continue;
		}
		if (n_changed >= ROWS_MIN / 2 && y - top >= ROWS_MIN &&
			(uint32_t)(y - top) > out->bottom - out->top) {
			out->top = (uint32_t)top;
			out->bottom = (uint32_t)y;
		}
		top = y + 1;
		n_changed = 0;
	}
}

/* Widens the last stretch by one that is right of it and covers much the same rows. */
static bool merge(struct stretch *last, const struct stretch *next)
{
	uint32_t top = last->top > next->top ? last->top : next->top;
	uint32_t bottom = last->bottom < next->bottom ? last->bottom : next->bottom;

	if (last->x + last->width != next->x || bottom <= top ||
		(bottom - top) * 8 < (last->bottom - last->top) * 7 ||
		(bottom - top) * 8 < (next->bottom - next->top) * 7)
		return false;
	last->top = top;
	last->bottom = bottom;
	last->width += next->width;
	return true;
}

static struct tsr_copy to_copy(
	const struct stretch *s, enum tsr_pixel_format format, int32_t distance)
{
	uint32_t top = s->top, bottom = s->bottom;

	if (format == TSR_FORMAT_I420) {
		top = (top + 1) & ~1u;
		bottom &= ~1u;
	}
	return (struct tsr_copy){ { s->x, top, s->width, bottom - top }, s->x,
		(uint32_t)((int32_t)top - distance) };
}

uint32_t tsr_scroll_find(struct tsr_scroll *scroll, enum tsr_pixel_format format,
	const struct tsr_planes *before, const struct tsr_planes *after, struct tsr_rect box,
	struct tsr_copy *copies)
{
	uint32_t height = scroll->grid.height, n = 0;
	uint32_t left = box.x / STRIP * STRIP, right = box.x + box.width;
	struct stretch stretches[TSR_COPIES_MAX];
	int32_t distance;

	if (box.height < 2 * ROWS_MIN)
		return 0;
	memset(scroll->votes, 0, 2 * (size_t)height * sizeof(uint32_t));
	for (uint32_t x = left; x < right; x += STRIP) {
		uint32_t width = scroll->grid.width - x < STRIP ? scroll->grid.width - x : STRIP;
		size_t at = (size_t)(x / STRIP) * height;

		hash_strip(scroll->before + at, format, before, x, width, box);
		hash_strip(scroll->after + at, format, after, x, width, box);
		vote(scroll, scroll->before + at, scroll->after + at, box);
	}
	distance = count_votes(scroll, format);
	for (uint32_t x = left; x < right && distance != 0; x += STRIP) {
		struct stretch s = { .x = x,
			.width = scroll->grid.width - x < STRIP ? scroll->grid.width - x : STRIP };
		size_t at = (size_t)(x / STRIP) * height;

		find_stretch(&s, scroll->before + at, scroll->after + at, distance, box);
		if (s.bottom == s.top || (n > 0 && merge(&stretches[n - 1], &s)))
			continue;
		if (n == TSR_COPIES_MAX)
			break;
		stretches[n++] = s;
	}
	for (uint32_t i = 0; i < n; i++)
		copies[i] = to_copy(&stretches[i], format, distance);
	return n;
}
