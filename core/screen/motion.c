/* SPDX-License-Identifier: Apache-2.0 */
#include "core/screen/motion.h"

#include <stdlib.h>

#include "core/base/attr.h"
#include "core/screen/compare.h"
#include "core/screen/probes.h"

enum {
	AREA_MIN = 64 * 64, /* pixels: less change is cheaper to code than to look at */
	TRIES_MAX = 6,      /* displacements tried on a picture */
	SEARCHES_MAX = 4,
	BLOCK_WIDTH = TSR_TILE,
	BLOCK_HEIGHT = 8,
	BLOCKS_ACROSS = 64, /* at most: wider pictures have larger blocks */
	EDGE_RANGE = 2 * TSR_PICTURE_SIDE_MAX / BLOCKS_ACROSS, /* of an edge, pixels */
	EDGE_CHUNK = 32, /* pixels of a row that are looked at together */
	ROWS_SHARE = 2,  /* one row of a block in so many is rated */
	GAIN_RICH = 4,   /* a row of a block that comes right and has something on it */
	GAIN_FLAT = 1,
	MISS = -1,          /* one that has changed and stays wrong */
	LOSS = -3,          /* one that was right and would not be */
	WORTH = 48,         /* the gain that makes a copy worth its bytes */
	TAKEN = -(1 << 20), /* a block that is in a copy already, or spared */
};

struct tsr_motion {
	struct tsr_grid grid;
	enum tsr_pixel_format format;
	uint32_t sample_len;
	uint64_t mask;
	uint32_t n_cols, n_rows, block_width, block_height; /* n: blocks */
	struct tsr_probes *probes;
	int32_t *scores; /* by block, column after column */
	int32_t *sums;   /* by row of blocks */
	uint8_t *taken;  /* by block, as scores */
	/* what is at hand */
	const struct tsr_planes *before, *after;
	const struct tsr_change *change;
	int32_t dx, dy;
	struct tsr_copy *copies;
	uint32_t n_copies;
	int32_t gains[TSR_COPIES_MAX];
	uint64_t work;
};

/* Blocks, right and bottom exclusive. */
struct blocks {
	uint32_t left, top, right, bottom;
};

struct tsr_motion *tsr_motion_create(enum tsr_pixel_format format, const struct tsr_grid *grid)
{
	struct tsr_motion *m = calloc(1, sizeof(*m));
	uint32_t scale = 1;
	size_t n;

	if (!m)
		return NULL;
	while (grid->width > BLOCKS_ACROSS * BLOCK_WIDTH * scale)
		scale *= 2;
	m->grid = *grid;
	m->format = format;
	m->sample_len = tsr_format_sample_len(format);
	m->mask = tsr_format_mask(format);
	m->block_width = BLOCK_WIDTH * scale;
	m->block_height = BLOCK_HEIGHT * scale;
	m->n_cols = (grid->width + m->block_width - 1) / m->block_width;
	m->n_rows = (grid->height + m->block_height - 1) / m->block_height;
	n = (size_t)m->n_cols * m->n_rows;
	m->probes = tsr_probes_create(format, grid);
	m->scores = malloc(n * sizeof(*m->scores));
	m->sums = malloc(m->n_rows * sizeof(*m->sums));
	m->taken = malloc(n);
	if (m->probes && m->scores && m->sums && m->taken)
		return m;
	tsr_motion_destroy(m);
	return NULL;
}

void tsr_motion_destroy(struct tsr_motion *m)
{
	if (!m)
		return;
	tsr_probes_destroy(m->probes);
	free(m->scores);
	free(m->sums);
	free(m->taken);
	free(m);
}

/* ---- rectangles ------------------------------------------------------------------------- */

static uint32_t min_u32(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

static uint32_t max_u32(uint32_t a, uint32_t b)
{
	return a > b ? a : b;
}

static bool overlap(struct tsr_rect a, struct tsr_rect b)
{
	return !tsr_rect_is_empty(tsr_rect_common(a, b));
}

/* Where something can have come to. */
static struct tsr_rect reachable(const struct tsr_motion *m)
{
	uint32_t left = m->dx > 0 ? (uint32_t)m->dx : 0, right = m->dx < 0 ? (uint32_t)-m->dx : 0;
	uint32_t top = m->dy > 0 ? (uint32_t)m->dy : 0, bottom = m->dy < 0 ? (uint32_t)-m->dy : 0;

	return (struct tsr_rect){ left, top, m->grid.width - left - right,
		m->grid.height - top - bottom };
}

static struct tsr_rect source_of(const struct tsr_copy *copy)
{
	return (struct tsr_rect){ copy->x, copy->y, copy->to.width, copy->to.height };
}

/* The blocks that a rectangle touches, and the pixels of blocks. */
static struct blocks blocks_of(const struct tsr_motion *m, struct tsr_rect r)
{
	return (struct blocks){ r.x / m->block_width, r.y / m->block_height,
		(r.x + r.width + m->block_width - 1) / m->block_width,
		(r.y + r.height + m->block_height - 1) / m->block_height };
}

static struct tsr_rect pixels_of(const struct tsr_motion *m, struct blocks b)
{
	return (struct tsr_rect){ b.left * m->block_width, b.top * m->block_height,
		(b.right - b.left) * m->block_width, (b.bottom - b.top) * m->block_height };
}

/* No other copy goes into the blocks that rect touches. */
static void take(struct tsr_motion *m, struct tsr_rect rect)
{
	struct blocks b = blocks_of(m, rect);

	for (uint32_t c = b.left; c < b.right; c++)
		for (uint32_t r = b.top; r < b.bottom; r++) {
			m->taken[(size_t)c * m->n_rows + r] = 1;
			m->scores[(size_t)c * m->n_rows + r] = TAKEN;
		}
}

/* ---- scores ----------------------------------------------------------------------------- */

/* What the displacement is worth on some pixels of a row. */
static int32_t rate(const struct tsr_motion *m, uint32_t x, uint32_t y, uint32_t width)
{
	const uint8_t *now = tsr_sample_at(m->after, 0, m->sample_len, x, y);
	const uint8_t *here = tsr_sample_at(m->before, 0, m->sample_len, x, y);
	const uint8_t *there = tsr_sample_at(m->before, 0, m->sample_len,
		(uint32_t)((int32_t)x - m->dx), (uint32_t)((int32_t)y - m->dy));
	size_t len = (size_t)width * m->sample_len;
	bool is_right = tsr_is_same(now, there, len, m->mask);

	if (tsr_is_same(now, here, len, m->mask))
		return is_right ? 0 : LOSS;
	if (!is_right)
		return MISS;
	return tsr_is_same(now, now + m->sample_len, len - m->sample_len, m->mask) ? GAIN_FLAT
										   : GAIN_RICH;
}

/* Rates the blocks of an area by half of its rows; it lies where something can have come to. */
static void rate_blocks(struct tsr_motion *m, struct tsr_rect area)
{
	struct blocks b = blocks_of(m, area);

	for (uint32_t c = b.left; c < b.right; c++)
		memset(&m->scores[(size_t)c * m->n_rows + b.top], 0,
			(b.bottom - b.top) * sizeof(*m->scores));
	for (uint32_t y = area.y; y < area.y + area.height; y++) {
		/* rows are often doubled: neither all even ones nor all odd ones */
		if (((y ^ y >> 1) & 1) != 0)
			continue;
		for (uint32_t c = b.left; c < b.right; c++) {
			size_t i = (size_t)c * m->n_rows + y / m->block_height;
			uint32_t left = max_u32(c * m->block_width, area.x);
			uint32_t right = min_u32((c + 1) * m->block_width, area.x + area.width);

			if (m->taken[i])
				m->scores[i] = TAKEN;
			else
				m->scores[i] += ROWS_SHARE * rate(m, left, y, right - left);
		}
	}
}

/* The rectangle of blocks with the largest sum; returns that, 0 when none is above it. */
static int32_t find_best(struct tsr_motion *m, struct blocks within, struct blocks *best)
{
	int32_t most = 0;

	for (uint32_t left = within.left; left < within.right; left++) {
		memset(m->sums, 0, m->n_rows * sizeof(*m->sums));
		for (uint32_t right = left; right < within.right; right++) {
			const int32_t *scores = &m->scores[(size_t)right * m->n_rows];
			uint32_t top = within.top;
			int32_t sum = 0;

			for (uint32_t row = within.top; row < within.bottom; row++) {
				sum += m->sums[row] += scores[row];
				if (sum > most) {
					most = sum;
					*best = (struct blocks){ left, top, right + 1, row + 1 };
				}
				if (sum <= 0) {
					sum = 0;
					top = row + 1;
				}
			}
		}
	}
	return most;
}

/* ---- edges ------------------------------------------------------------------------------ */

static int32_t rate_sample(bool is_here, bool is_there)
{
	return is_there ? is_here ? 0 : GAIN_RICH : is_here ? LOSS : MISS;
}

TSR_CLONES static void rate_pixels(
	const uint8_t *now, const uint8_t *here, const uint8_t *there, uint32_t n, int32_t *values)
{
	for (uint32_t i = 0; i < n; i++) {
		uint32_t a, b, c;

		memcpy(&a, now + 4 * (size_t)i, 4);
		memcpy(&b, here + 4 * (size_t)i, 4);
		memcpy(&c, there + 4 * (size_t)i, 4);
		values[i] += rate_sample(((a ^ b) & 0xffffffu) == 0, ((a ^ c) & 0xffffffu) == 0);
	}
}

TSR_CLONES static void rate_luma(
	const uint8_t *now, const uint8_t *here, const uint8_t *there, uint32_t n, int32_t *values)
{
	for (uint32_t i = 0; i < n; i++)
		values[i] += rate_sample(now[i] == here[i], now[i] == there[i]);
}

/* What the columns from x to right are worth in the rows of a rectangle. */
static void rate_columns(const struct tsr_motion *m, struct tsr_rect rect, uint32_t x,
	uint32_t right, int32_t *columns)
{
	size_t len = (size_t)(right - x) * m->sample_len;

	memset(columns, 0, (right - x) * sizeof(*columns));
	for (uint32_t y = rect.y; y < rect.y + rect.height; y++) {
		const uint8_t *now = tsr_sample_at(m->after, 0, m->sample_len, x, y);
		const uint8_t *here = tsr_sample_at(m->before, 0, m->sample_len, x, y);
		const uint8_t *there = tsr_sample_at(m->before, 0, m->sample_len,
			(uint32_t)((int32_t)x - m->dx), (uint32_t)((int32_t)y - m->dy));

		/* most rows of a margin are empty */
		if (tsr_is_same(here, there, len, m->mask))
			continue;
		if (m->sample_len == 4)
			rate_pixels(now, here, there, right - x, columns);
		else
			rate_luma(now, here, there, right - x, columns);
	}
}

/* What the rows from y to bottom are worth in the columns of a rectangle. */
static void rate_rows(const struct tsr_motion *m, struct tsr_rect rect, uint32_t y, uint32_t bottom,
	int32_t *rows)
{
	for (uint32_t i = 0; i < bottom - y; i++) {
		rows[i] = 0;
		for (uint32_t x = rect.x; x < rect.x + rect.width; x += EDGE_CHUNK)
			rows[i] += rate(m, x, y + i, min_u32(EDGE_CHUNK, rect.x + rect.width - x));
	}
}

/* Where a stretch of values that ends at n should begin, and where one that starts at 0 should end,
 * so that its sum is largest. */
static uint32_t best_start(const int32_t *values, uint32_t n)
{
	int32_t sum = 0, most = 0;
	uint32_t best = n;

	for (uint32_t i = n; i-- > 0;) {
		sum += values[i];
		if (sum > most) {
			most = sum;
			best = i;
		}
	}
	return best;
}

static uint32_t best_end(const int32_t *values, uint32_t n)
{
	int32_t sum = 0, most = 0;
	uint32_t best = 0;

	for (uint32_t i = 0; i < n; i++) {
		sum += values[i];
		if (sum > most) {
			most = sum;
			best = i + 1;
		}
	}
	return best;
}

/* The range of an edge: a block to both sides, inside [low, high]. */
struct range {
	uint32_t from, to;
};

static struct range around(uint32_t edge, uint32_t reach, uint32_t low, uint32_t high)
{
	return (struct range){ edge > low + reach ? edge - reach : low,
		min_u32(edge + reach, high) };
}

/* Moves the edges of a rectangle of blocks to where they should be, inside `within`. */
static struct tsr_rect place_edges(
	const struct tsr_motion *m, struct tsr_rect rect, struct tsr_rect within)
{
	int32_t values[EDGE_RANGE];
	uint32_t right = rect.x + rect.width, bottom = rect.y + rect.height;
	struct range range;

	range = around(rect.x, m->block_width, within.x, right);
	rate_columns(m, rect, range.from, range.to, values);
	rect.x = range.from + best_start(values, range.to - range.from);
	rect.width = right - rect.x;
	range = around(right, m->block_width, rect.x, within.x + within.width);
	rate_columns(m, rect, range.from, range.to, values);
	rect.width = range.from + best_end(values, range.to - range.from) - rect.x;
	range = around(rect.y, m->block_height, within.y, bottom);
	rate_rows(m, rect, range.from, range.to, values);
	rect.y = range.from + best_start(values, range.to - range.from);
	range = around(bottom, m->block_height, rect.y, within.y + within.height);
	rate_rows(m, rect, range.from, range.to, values);
	bottom = range.from + best_end(values, range.to - range.from);
	rect.height = bottom - rect.y;
	return rect;
}

/* ---- copies ----------------------------------------------------------------------------- */

/* Shrinks a target to even coordinates. */
static struct tsr_rect make_even(const struct tsr_grid *grid, struct tsr_rect rect)
{
	uint32_t right = rect.x + rect.width, bottom = rect.y + rect.height;

	rect.x = (rect.x + 1) & ~1u;
	rect.y = (rect.y + 1) & ~1u;
	right = right == grid->width ? right : right & ~1u;
	bottom = bottom == grid->height ? bottom : bottom & ~1u;
	rect.width = right > rect.x ? right - rect.x : 0;
	rect.height = bottom > rect.y ? bottom - rect.y : 0;
	return rect;
}

/* Takes from `within` what lies beyond an obstacle beside a rectangle, as far as the edges of that
 * may be moved. */
static struct tsr_rect keep_off(const struct tsr_motion *m, struct tsr_rect within,
	struct tsr_rect rect, struct tsr_rect obstacle)
{
	uint32_t left = within.x, right = within.x + within.width;
	uint32_t top = within.y, bottom = within.y + within.height;

	if (obstacle.y < rect.y + rect.height + m->block_height &&
		rect.y < obstacle.y + obstacle.height + m->block_height) {
		if (obstacle.x + obstacle.width <= rect.x)
			left = max_u32(left, obstacle.x + obstacle.width);
		else if (rect.x + rect.width <= obstacle.x)
			right = min_u32(right, obstacle.x);
	}
	if (obstacle.x < rect.x + rect.width && rect.x < obstacle.x + obstacle.width) {
		if (obstacle.y + obstacle.height <= rect.y)
			top = max_u32(top, obstacle.y + obstacle.height);
		else if (rect.y + rect.height <= obstacle.y)
			bottom = min_u32(bottom, obstacle.y);
	}
	return (struct tsr_rect){ left, top, right - left, bottom - top };
}

/* The target of a copy that has been found roughly. */
static struct tsr_rect refine(const struct tsr_motion *m, struct tsr_rect rect)
{
	struct tsr_rect within = reachable(m);

	for (uint32_t i = 0; i < m->n_copies; i++)
		within = keep_off(m, within, rect, m->copies[i].to);
	for (uint32_t i = 0; i < m->change->n_spared; i++)
		within = keep_off(m, within, rect, m->change->spared[i]);
	rect = place_edges(m, rect, within);
	return m->format == TSR_FORMAT_I420 ? make_even(&m->grid, rect) : rect;
}

/* Finds the copies of one displacement in an area. Returns whether there are any. */
static bool find_copies(struct tsr_motion *m, struct tsr_rect area)
{
	uint32_t n_before = m->n_copies;
	struct blocks best = { 0 };

	area = tsr_rect_common(area, reachable(m));
	if (tsr_rect_is_empty(area))
		return false;
	m->work += (uint64_t)area.width * area.height;
	rate_blocks(m, area);
	while (m->n_copies < TSR_COPIES_MAX) {
		int32_t gain = find_best(m, blocks_of(m, area), &best);
		struct tsr_rect inner = tsr_rect_common(pixels_of(m, best), area), rect;

		if (gain < WORTH)
			break;
		m->work += 4 * ((uint64_t)inner.width * m->block_height +
				       (uint64_t)inner.height * m->block_width);
		rect = refine(m, inner);
		for (uint32_t c = best.left; c < best.right; c++)
			for (uint32_t r = best.top; r < best.bottom; r++)
				m->scores[(size_t)c * m->n_rows + r] = TAKEN;
		if (tsr_rect_is_empty(rect))
			continue;
		m->gains[m->n_copies] = gain;
		m->copies[m->n_copies++] = (struct tsr_copy){ rect,
			(uint32_t)((int32_t)rect.x - m->dx), (uint32_t)((int32_t)rect.y - m->dy) };
		take(m, rect);
	}
	return m->n_copies > n_before;
}

/* Whether copy i would write what another one from `first` on still has to read. */
static bool is_in_the_way(const struct tsr_motion *m, uint32_t i, uint32_t first)
{
	for (uint32_t k = first; k < m->n_copies; k++)
		if (k != i && overlap(m->copies[i].to, source_of(&m->copies[k])))
			return true;
	return false;
}

static void swap(struct tsr_motion *m, uint32_t i, uint32_t k)
{
	struct tsr_copy copy = m->copies[i];
	int32_t gain = m->gains[i];

	m->copies[i] = m->copies[k];
	m->gains[i] = m->gains[k];
	m->copies[k] = copy;
	m->gains[k] = gain;
}

/* Brings the copies into an order in which none reads what an earlier one has written. Where they
 * wait for each other in a ring, the one with the least gain is given up. */
static void put_in_order(struct tsr_motion *m)
{
	for (uint32_t done = 0; done < m->n_copies;) {
		uint32_t next = done, least = done;

		while (next < m->n_copies && is_in_the_way(m, next, done))
			next++;
		if (next < m->n_copies) {
			swap(m, next, done++);
			continue;
		}
		for (uint32_t i = done; i < m->n_copies; i++)
			least = m->gains[i] < m->gains[least] ? i : least;
		swap(m, least, --m->n_copies);
	}
}

static uint64_t changed_pixels(const struct tsr_change *change)
{
	uint64_t n = 0;

	for (size_t i = 0; i < (size_t)change->n_cols * change->n_rows; i++)
		n += (uint64_t)change->boxes[i].width * change->boxes[i].height;
	return n;
}

uint32_t tsr_motion_find(struct tsr_motion *m, const struct tsr_planes *before,
	const struct tsr_planes *after, const struct tsr_change *change,
	struct tsr_copy copies[static TSR_COPIES_MAX])
{
	struct tsr_rect where;
	uint32_t n_left, n_tries = 0;
	bool is_progress = true;

	m->work = 0;
	if (changed_pixels(change) < AREA_MIN)
		return 0;
	m->before = before;
	m->after = after;
	m->change = change;
	m->copies = copies;
	m->n_copies = 0;
	memset(m->taken, 0, (size_t)m->n_cols * m->n_rows);
	for (uint32_t i = 0; i < change->n_spared; i++)
		take(m, change->spared[i]);
	n_left = tsr_probes_pick(m->probes, before, after, change);
	for (uint32_t i = 0; i < SEARCHES_MAX && is_progress && n_left > 0; i++) {
		is_progress = false;
		tsr_probes_search(m->probes);
		while (n_tries < TRIES_MAX && n_left > 0 &&
			tsr_probes_elect(m->probes, &m->dx, &m->dy, &where)) {
			uint32_t from = m->n_copies;

			n_tries++;
			is_progress |= find_copies(m, where);
			for (; from < m->n_copies; from++)
				n_left = tsr_probes_explain(m->probes, copies[from].to);
		}
	}
	put_in_order(m);
	m->work += tsr_probes_work(m->probes);
	return m->n_copies;
}

uint64_t tsr_motion_work(const struct tsr_motion *m)
{
	return m->work;
}
