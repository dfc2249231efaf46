/* SPDX-License-Identifier: Apache-2.0 */
#include "core/screen/probes.h"

#include <stdlib.h>

#include "core/screen/compare.h"
#include "core/screen/starts.h"

enum {
	PROBES_MAX = 512,
	LEN = 32,        /* pixels of a probe */
	ROWS = 6,        /* of a tile that are looked at */
	EDGES_MIN = 4,   /* neighbours that differ: fewer is nothing to go by */
	HITS_MAX = 16,   /* a probe found more often says nothing */
	WANTED = 32,     /* probes that should be found: so many rows are searched */
	REACH = 4,       /* tiles that may be searched for one tile's probe */
	TRIES_SHARE = 8, /* one changed pixel in so many may be looked at closely */
	SKIP_MAX = 16,   /* at least one row in so many is */
	KEY_BITS = 16,   /* of the hash of a start */
	HEAD_BITS = 10,
	BALLOT_BITS = 12,
	BALLOT_REACH = 8, /* slots that a displacement may lie in */
	VOTES = 16,       /* of a probe found in one place; of one found in two, half for each */
	SUPPORT = 32,     /* one probe in so many that were looked for must agree */
	ELECTED_MAX = 16,
};

struct place {
	int32_t dx, dy; /* how far the probe has come from there */
};

struct probe {
	uint32_t x, y;
	uint32_t key;  /* of its start */
	uint32_t hash; /* of all pixels */
	uint16_t next; /* + 1, in the same list of the table */
	uint16_t n_hits;
	bool is_explained;
	struct place hits[HITS_MAX];
};

struct ballot {
	struct place place;
	uint32_t votes; /* 0: free */
};

struct tsr_probes {
	struct tsr_grid grid;
	uint32_t sample_len;
	uint64_t mask;
	const struct tsr_planes *before, *after;
	const struct tsr_change *change;
	uint32_t n, n_changed, n_searches, skip; /* n_changed: tiles */
	uint64_t work, tries_left;
	struct tsr_starts starts;
	struct probe probes[PROBES_MAX];
	uint64_t keys[(1u << KEY_BITS) / 64]; /* the set of all keys that are looked for */
	uint16_t heads[1u << HEAD_BITS];
	struct ballot ballots[1u << BALLOT_BITS];
	uint32_t n_elected;
	struct place elected[ELECTED_MAX];
};

struct tsr_probes *tsr_probes_create(enum tsr_pixel_format format, const struct tsr_grid *grid)
{
	struct tsr_probes *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	p->grid = *grid;
	p->sample_len = tsr_format_sample_len(format);
	p->mask = tsr_format_mask(format);
	return p;
}

void tsr_probes_destroy(struct tsr_probes *p)
{
	free(p);
}

/* ---- choosing --------------------------------------------------------------------------- */

/* How many pixels of a probe are unlike the next one. */
static uint32_t count_edges(const struct tsr_probes *p, const uint8_t *pixels)
{
	uint32_t n = 0;

	if (p->sample_len == 1) {
		for (uint32_t i = 0; i + 1 < LEN; i++)
			n += pixels[i] != pixels[i + 1];
		return n;
	}
	for (uint32_t i = 0; i + 1 < LEN; i++) {
		uint32_t a, b;

		memcpy(&a, pixels + 4 * (size_t)i, 4);
		memcpy(&b, pixels + 4 * (size_t)i + 4, 4);
		n += ((a ^ b) & (uint32_t)p->mask) != 0;
	}
	return n;
}

/* A hash of all its pixels. */
static uint32_t hash_all(const struct tsr_probes *p, const uint8_t *pixels)
{
	uint64_t h0 = 0x243f6a8885a308d3u, h1 = 0x13198a2e03707344u;

	for (uint32_t i = 0; i < LEN * p->sample_len; i += 16) {
		h0 = (h0 ^ (tsr_load_u64(pixels + i) & p->mask)) * 0x9e3779b97f4a7c15u;
		h1 = (h1 ^ (tsr_load_u64(pixels + i + 8) & p->mask)) * 0xc2b2ae3d27d4eb4fu;
		h0 ^= h0 >> 32;
		h1 ^= h1 >> 32;
	}
	return (uint32_t)((h0 ^ h1 << 1) * 0xbf58476d1ce4e5b9u >> 32);
}

static uint32_t key_of(uint32_t hash)
{
	return hash & ((1u << KEY_BITS) - 1);
}

/* Puts the start in a row with most edges behind it, if it has more than a probe found before. */
static void pick_in_row(struct tsr_probes *p, uint32_t x, uint32_t y, uint32_t n, uint32_t *most)
{
	struct probe *probe = &p->probes[p->n];
	const uint8_t *now = tsr_sample_at(p->after, 0, p->sample_len, x, y);
	const uint8_t *before = tsr_sample_at(p->before, 0, p->sample_len, x, y);

	tsr_starts_find(&p->starts, now, p->sample_len, p->grid.width - x);
	for (uint32_t i = 0; i < n; i++) {
		const uint8_t *pixels = now + (size_t)i * p->sample_len;
		uint32_t n_edges = p->starts.is_start[i] ? count_edges(p, pixels) : 0;

		if (n_edges <= *most || tsr_is_same(pixels, before + (size_t)i * p->sample_len,
						(size_t)LEN * p->sample_len, p->mask))
			continue;
		*most = n_edges;
		probe->x = x + i;
		probe->y = y;
		probe->key = key_of(p->starts.hashes[i]);
	}
}

/* Puts a probe into a tile, when there is something to see that was not there before. */
static void pick_in_tile(struct tsr_probes *p, uint32_t x, struct tsr_rect box)
{
	uint32_t most = EDGES_MIN - 1, room = p->grid.width - x;
	struct probe *probe = &p->probes[p->n];

	if (room < LEN)
		return;
	room = room - LEN + 1 < TSR_STARTS ? room - LEN + 1 : TSR_STARTS;
	/* other rows, where the first ones have nothing to go by; and not the same ones in each
	 * tile */
	for (uint32_t i = 0; i < 2 * ROWS && (i < ROWS || most < EDGES_MIN); i++) {
		uint32_t row = (2 * i + i / ROWS + p->n) % (2 * ROWS);

		pick_in_row(p, x, box.y + row * box.height / (2 * ROWS), room, &most);
	}
	if (most < EDGES_MIN)
		return;
	probe->hash = hash_all(p, tsr_sample_at(p->after, 0, p->sample_len, probe->x, probe->y));
	probe->n_hits = 0;
	probe->is_explained = false;
	p->n++;
}

uint32_t tsr_probes_pick(struct tsr_probes *p, const struct tsr_planes *before,
	const struct tsr_planes *after, const struct tsr_change *change)
{
	uint32_t n_tiles = change->n_cols * change->n_rows, n_seen = 0;

	p->before = before;
	p->after = after;
	p->change = change;
	p->n = p->n_changed = p->n_elected = 0;
	p->work = p->tries_left = 0;
	for (uint32_t i = 0; i < n_tiles; i++)
		p->n_changed += !tsr_rect_is_empty(change->boxes[i]);
	for (uint32_t i = 0; i < n_tiles && p->grid.width >= LEN; i++) {
		uint32_t turn = n_seen;

		if (tsr_rect_is_empty(change->boxes[i]))
			continue;
		p->tries_left += TSR_TILE * TSR_TILE / TRIES_SHARE;
		n_seen++;
		/* when there are too many tiles, every so many */
		if (p->n_changed <= PROBES_MAX ||
			turn * PROBES_MAX / p->n_changed != n_seen * PROBES_MAX / p->n_changed)
			pick_in_tile(p, i % change->n_cols * TSR_TILE, change->boxes[i]);
	}
	return p->n;
}

/* ---- searching -------------------------------------------------------------------------- */

static uint32_t count_unexplained(const struct tsr_probes *p)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < p->n; i++)
		n += !p->probes[i].is_explained;
	return n;
}

static void fill_table(struct tsr_probes *p)
{
	memset(p->keys, 0, sizeof(p->keys));
	memset(p->heads, 0, sizeof(p->heads));
	for (uint32_t i = 0; i < p->n; i++) {
		struct probe *probe = &p->probes[i];
		uint16_t *head = &p->heads[probe->hash >> (32 - HEAD_BITS)];

		if (probe->is_explained)
			continue;
		p->keys[probe->key / 64] |= (uint64_t)1 << probe->key % 64;
		probe->n_hits = 0;
		probe->next = *head;
		*head = (uint16_t)(i + 1);
	}
}

/* Notes the probes that look like what the old picture has at (x, y). Those found too often leave
 * the table. */
static void try_probes(struct tsr_probes *p, uint32_t x, uint32_t y)
{
	uint32_t hash = hash_all(p, tsr_sample_at(p->before, 0, p->sample_len, x, y));
	uint16_t *link = &p->heads[hash >> (32 - HEAD_BITS)];

	p->work += LEN;
	p->tries_left--;
	while (*link) {
		struct probe *probe = &p->probes[*link - 1];

		if (probe->hash != hash) {
			link = &probe->next;
		} else if (probe->n_hits == HITS_MAX) {
			probe->n_hits++;
			*link = probe->next;
		} else {
			probe->hits[probe->n_hits++] =
				(struct place){ (int32_t)(probe->x - x), (int32_t)(probe->y - y) };
			link = &probe->next;
		}
	}
}

/* Of eight places the starts; x is that of the first one. */
static void try_starts(struct tsr_probes *p, uint32_t x, uint32_t y, uint32_t from, uint32_t n)
{
	uint64_t starts = tsr_load_u64(p->starts.is_start + from);

	for (; starts != 0; starts &= starts - 1) {
		uint32_t i = (uint32_t)__builtin_ctzll(starts) / 8;
		uint32_t key = key_of(p->starts.hashes[from + i]);

		if (p->keys[key / 64] >> key % 64 & 1 && from + i < n && p->tries_left > 0)
			try_probes(p, x + i, y);
	}
}

/* Looks at the starts among some pixels of a row of the old picture. */
static void search_row(struct tsr_probes *p, uint32_t x, uint32_t end, uint32_t y)
{
	const uint8_t *row = tsr_sample_at(p->before, 0, p->sample_len, 0, y);

	p->work += x < end ? end - x : 0;
	for (; x < end; x += TSR_STARTS) {
		const uint8_t *here = row + (size_t)x * p->sample_len;
		uint32_t n = end - x < TSR_STARTS ? end - x : TSR_STARTS;

		/* much of a screen is empty */
		if (tsr_is_same(here, here + p->sample_len, (size_t)n * p->sample_len, p->mask))
			continue;
		tsr_starts_find(&p->starts, here, p->sample_len, p->grid.width - x);
		for (uint32_t i = 0; i < n; i += 8)
			try_starts(p, x + i, y, i, n);
	}
}

/* Searches a row of tiles, as far as it has changed. */
static void search_tiles(struct tsr_probes *p, uint32_t row)
{
	const struct tsr_rect *boxes = &p->change->boxes[(size_t)row * p->change->n_cols];
	uint32_t end =
		(row + 1) * TSR_TILE < p->grid.height ? (row + 1) * TSR_TILE : p->grid.height;

	for (uint32_t y = row * TSR_TILE; y < end; y++) {
		uint32_t mixed = (y + p->n_searches * 0x10001u) * 0x9e3779b1u;

		if ((mixed >> 16) % p->skip != 0)
			continue;
		for (uint32_t c = 0, to; c < p->change->n_cols; c = to) {
			uint32_t right;

			for (to = c; to < p->change->n_cols && !tsr_rect_is_empty(boxes[to]);)
				to++;
			right = to * TSR_TILE;
			if (right + LEN > p->grid.width)
				right = p->grid.width - LEN;
			if (to > c)
				search_row(p, c * TSR_TILE, right, y);
			else
				to++;
		}
	}
}

void tsr_probes_search(struct tsr_probes *p)
{
	uint32_t n = count_unexplained(p);

	fill_table(p);
	if (n == 0)
		return;
	p->n_searches++;
	p->skip = n / WANTED > p->n_changed / (REACH * n) ? n / WANTED : p->n_changed / (REACH * n);
	p->skip = p->skip > SKIP_MAX ? SKIP_MAX : p->skip > 0 ? p->skip : 1;
	for (uint32_t row = 0; row < p->change->n_rows; row++)
		search_tiles(p, row);
}

/* ---- voting ----------------------------------------------------------------------------- */

static bool is_at(struct place a, struct place b)
{
	return a.dx == b.dx && a.dy == b.dy;
}

static bool was_elected(const struct tsr_probes *p, struct place place)
{
	for (uint32_t i = 0; i < p->n_elected; i++)
		if (is_at(p->elected[i], place))
			return true;
	return false;
}

/* Whether a probe has been found in few enough places to say anything. */
static bool has_vote(const struct probe *probe)
{
	return !probe->is_explained && probe->n_hits > 0 && probe->n_hits <= HITS_MAX;
}

/* The ballot of a displacement; NULL when there are too many. */
static struct ballot *find_ballot(struct tsr_probes *p, struct place place)
{
	uint32_t h = ((uint32_t)place.dx * 0x9e3779b1u) ^ ((uint32_t)place.dy * 0x85ebca77u);

	h = (h ^ h >> 15) * 0x2c1b3c6du >> (32 - BALLOT_BITS);
	for (uint32_t i = 0; i < BALLOT_REACH; i++) {
		struct ballot *ballot = &p->ballots[(h + i) % (1u << BALLOT_BITS)];

		if (ballot->votes == 0 || is_at(ballot->place, place))
			return ballot;
	}
	return NULL;
}

static struct ballot count_votes(struct tsr_probes *p)
{
	struct ballot best = { 0 }, *ballot;

	memset(p->ballots, 0, sizeof(p->ballots));
	for (uint32_t i = 0; i < p->n; i++) {
		const struct probe *probe = &p->probes[i];

		for (uint32_t k = 0; has_vote(probe) && k < probe->n_hits; k++) {
			ballot = find_ballot(p, probe->hits[k]);
			if (!ballot || was_elected(p, probe->hits[k]))
				continue;
			ballot->place = probe->hits[k];
			ballot->votes += VOTES / probe->n_hits;
			if (ballot->votes > best.votes)
				best = *ballot;
		}
	}
	return best;
}

/* Whether what a probe shows was so far away. */
static bool has_come(const struct tsr_probes *p, const struct probe *probe, struct place place)
{
	uint32_t x = probe->x - (uint32_t)place.dx, y = probe->y - (uint32_t)place.dy;

	return x <= p->grid.width - LEN && y < p->grid.height &&
	       tsr_is_same(tsr_sample_at(p->after, 0, p->sample_len, probe->x, probe->y),
		       tsr_sample_at(p->before, 0, p->sample_len, x, y), LEN * p->sample_len,
		       p->mask);
}

static uint32_t count_support(struct tsr_probes *p, struct place place)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < p->n; i++)
		n += !p->probes[i].is_explained && has_come(p, &p->probes[i], place);
	p->work += p->n + (uint64_t)n * LEN; /* most differ at once */
	return n;
}

static bool is_nearer(struct place a, struct place b)
{
	return abs(a.dx) + abs(a.dy) < abs(b.dx) + abs(b.dy);
}

/* Where rows or columns are doubled, a probe is at home in two of them: of a displacement and those
 * beside it the one that most probes agree with, or the nearer one. */
static struct place settle(struct tsr_probes *p, struct place place)
{
	const struct place beside[] = { { place.dx, place.dy - 1 }, { place.dx, place.dy + 1 },
		{ place.dx - 1, place.dy }, { place.dx + 1, place.dy } };
	uint32_t most = count_support(p, place);

	for (size_t i = 0; i < sizeof(beside) / sizeof(beside[0]); i++) {
		uint32_t n = was_elected(p, beside[i]) ? 0 : count_support(p, beside[i]);

		if (n > most || (n == most && is_nearer(beside[i], place))) {
			most = n;
			place = beside[i];
		}
	}
	return place;
}

/* Around the tiles whose probes have come from there, and their neighbours. */
static struct tsr_rect where_it_is(const struct tsr_probes *p, struct place place)
{
	uint32_t margin = TSR_TILE * (1 + p->n_changed / PROBES_MAX), left, top;
	struct tsr_rect all = { 0 };

	for (uint32_t i = 0; i < p->n; i++)
		if (!p->probes[i].is_explained && has_come(p, &p->probes[i], place))
			all = tsr_rect_union(all,
				(struct tsr_rect){ p->probes[i].x / TSR_TILE * TSR_TILE,
					p->probes[i].y / TSR_TILE * TSR_TILE, TSR_TILE, TSR_TILE });
	if (tsr_rect_is_empty(all))
		return all;
	left = all.x < margin ? all.x : margin;
	top = all.y < margin ? all.y : margin;
	return tsr_grid_clip(
		&p->grid, (struct tsr_rect){ all.x - left, all.y - top, all.width + left + margin,
				  all.height + top + margin });
}

bool tsr_probes_elect(struct tsr_probes *p, int32_t *dx, int32_t *dy, struct tsr_rect *where)
{
	struct ballot best;

	if (p->n_elected == ELECTED_MAX)
		return false;
	best = count_votes(p);
	if (best.votes < VOTES || best.votes < VOTES * count_unexplained(p) / (SUPPORT * p->skip))
		return false;
	best.place = settle(p, best.place);
	p->elected[p->n_elected++] = best.place;
	*dx = best.place.dx;
	*dy = best.place.dy;
	*where = where_it_is(p, best.place);
	return true;
}

uint64_t tsr_probes_work(const struct tsr_probes *p)
{
	return p->work;
}

uint32_t tsr_probes_explain(struct tsr_probes *p, struct tsr_rect rect)
{
	for (uint32_t i = 0; i < p->n; i++) {
		struct probe *probe = &p->probes[i];

		if (probe->x - rect.x < rect.width && probe->y - rect.y < rect.height)
			probe->is_explained = true;
	}
	return count_unexplained(p);
}
