/* SPDX-License-Identifier: Apache-2.0 */
#include "core/screen/lz.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "core/base/err.h"

enum {
	OP_CACHE = 0x00,
	OP_ABOVE = 0x40,
	OP_LEFT = 0x80,
	OP_MATCH = 0xc0,
	OP_COLUMN = 0xe0,
	OP_LITERAL = 0xf0,
	OP_RESIDUAL = 0xf8,
};
enum { LONG_MORE = 63, MATCH_MORE = 31, COLUMN_MORE = 15, RUN_MORE = 7 }; /* a varint follows */
enum { MATCH_MIN = 3, HASH_SAMPLES = 4 };
enum { GOOD_ENOUGH = 16 }; /* a copy this long is taken without looking for a longer one */
enum { TIRED = 48 };       /* after so many vain searches only every fourth sample is looked up */

static uint32_t cache_slot(uint32_t sample)
{
	return sample * 0x9e3779b1u >> 26;
}

/* W + N - NW in each byte by itself. */
static uint32_t plane_sum(uint32_t w, uint32_t n, uint32_t nw)
{
	uint32_t rb = (w & 0xff00ff) + (n & 0xff00ff) + 0x1000100 - (nw & 0xff00ff);
	uint32_t g = (w & 0xff00) + (n & 0xff00) - (nw & 0xff00);

	return (rb & 0xff00ff) | (g & 0xff00);
}

/* What RESIDUAL adds to at position p of all samples, in rows of the given width. */
static uint32_t predict(const uint32_t *samples, size_t p, uint32_t width)
{
	uint32_t w = p > 0 ? samples[p - 1] : 0;

	if (p <= width)
		return w;
	return plane_sum(w, samples[p - width], samples[p - width - 1]);
}

/* ---- encoder -------------------------------------------------------------------------- */

struct coder {
	struct tsr_lz_table *table;
	uint32_t *column; /* of the part: distance of the last MATCH here, 0 = none */
	const uint32_t *samples;
	uint32_t sample_len;
	uint32_t width; /* of the part */
	size_t start;   /* of the part */
	size_t end;
	uint8_t *out;
	size_t len, cap;
	bool is_full;
	uint8_t run_op; /* OP_LITERAL, OP_RESIDUAL or 0: what is collected but not written */
	size_t run_start, run_len; /* in samples */
	uint32_t n_vain;
	uint32_t cache[64];
};

/* How a sample and those behind it are copied. */
struct choice {
	uint8_t op; /* 0 = not at all (OP_CACHE never gets here) */
	size_t len;
	size_t distance;
};

static void put(struct coder *c, uint32_t byte)
{
	if (c->len < c->cap)
		c->out[c->len++] = (uint8_t)byte;
	else
		c->is_full = true;
}

static void put_varint(struct coder *c, size_t value)
{
	for (; value >= 0x80; value >>= 7)
		put(c, (uint32_t)value | 0x80);
	put(c, (uint32_t)value);
}

/* A token whose count, 0.., is in the low bits, or more and a varint. */
static void put_token(struct coder *c, uint8_t op, size_t count, size_t more)
{
	if (count < more) {
		put(c, op | (uint32_t)count);
		return;
	}
	put(c, op | (uint32_t)more);
	put_varint(c, count - more);
}

/* The residual of a BGRA pixel as 6, 5 and 5 bits; false when it does not fit. */
static bool fold_pixel(uint32_t sample, uint32_t guess, uint32_t *out)
{
	int g = (int8_t)((sample >> 8) - (guess >> 8));
	int r = (int8_t)((sample >> 16) - (guess >> 16)) - g;
	int b = (int8_t)(sample - guess) - g;

	if (g < -32 || g > 31 || r < -16 || r > 15 || b < -16 || b > 15)
		return false;
	*out = (uint32_t)(g + 32) << 10 | (uint32_t)(r + 16) << 5 | (uint32_t)(b + 16);
	return true;
}

/* Two I420 samples as 4 and 4 bits. */
static bool fold_pair(const struct coder *c, size_t p, uint32_t *out)
{
	int first, second;

	if (p + 2 > c->end)
		return false;
	first = (int8_t)(c->samples[p] - predict(c->samples, p, c->width));
	second = (int8_t)(c->samples[p + 1] - predict(c->samples, p + 1, c->width));
	if (first < -8 || first > 7 || second < -8 || second > 7)
		return false;
	*out = (uint32_t)(first + 8) << 4 | (uint32_t)(second + 8);
	return true;
}

static void write_literals(struct coder *c)
{
	put_token(c, OP_LITERAL, c->run_len - 1, RUN_MORE);
	if (c->len + c->run_len * c->sample_len > c->cap) {
		c->is_full = true;
		return;
	}
	for (size_t i = 0; i < c->run_len; i++) {
		uint32_t sample = c->samples[c->run_start + i];

		c->out[c->len++] = (uint8_t)sample;
		if (c->sample_len == 1)
			continue;
		c->out[c->len++] = (uint8_t)(sample >> 8);
		c->out[c->len++] = (uint8_t)(sample >> 16);
	}
}

static void write_residuals(struct coder *c)
{
	size_t step = c->sample_len == 1 ? 2 : 1;
	uint32_t folded = 0;

	put_token(c, OP_RESIDUAL, c->run_len / step - 1, RUN_MORE);
	for (size_t p = c->run_start; p < c->run_start + c->run_len; p += step) {
		if (step == 2) {
			fold_pair(c, p, &folded);
			put(c, folded);
			continue;
		}
		fold_pixel(c->samples[p], predict(c->samples, p, c->width), &folded);
		put(c, folded >> 8);
		put(c, folded & 0xff);
	}
}

static void flush_run(struct coder *c)
{
	if (c->run_op == OP_LITERAL)
		write_literals(c);
	else if (c->run_op == OP_RESIDUAL)
		write_residuals(c);
	c->run_op = 0;
	c->run_len = 0;
}

/* One sample (or two) that nothing copies. Returns how many. */
static size_t code_explicit(struct coder *c, size_t p)
{
	uint32_t sample = c->samples[p], slot = cache_slot(sample), folded;
	size_t n = 1;
	uint8_t op = OP_LITERAL;

	if (c->cache[slot] == sample) {
		flush_run(c);
		put(c, OP_CACHE | slot);
		return 1;
	}
	if (c->sample_len == 1 && fold_pair(c, p, &folded)) {
		op = OP_RESIDUAL;
		n = 2;
	} else if (c->sample_len == 3 &&
		   fold_pixel(sample, predict(c->samples, p, c->width), &folded)) {
		op = OP_RESIDUAL;
	}
	if (c->run_op != op)
		flush_run(c);
	if (c->run_len == 0) {
		c->run_op = op;
		c->run_start = p;
	}
	c->run_len += n;
	for (size_t i = 0; i < n; i++)
		c->cache[cache_slot(c->samples[p + i])] = c->samples[p + i];
	return n;
}

/* For how many samples from p on the ones `distance` back are the same. */
static size_t same_for(const struct coder *c, size_t p, size_t distance)
{
	const uint32_t *a = c->samples + p, *b = a - distance, *end = c->samples + c->end;
	const uint32_t *from = a;

	while (a + 4 <= end && ((a[0] ^ b[0]) | (a[1] ^ b[1]) | (a[2] ^ b[2]) | (a[3] ^ b[3])) == 0)
		a += 4, b += 4;
	while (a < end && *a == *b)
		a++, b++;
	return (size_t)(a - from);
}

static uint32_t hash_at(const uint32_t *s)
{
	uint32_t h = s[0] * 0x9e3779b1u;

	h = (h ^ s[1]) * 0x85ebca6bu;
	h = (h ^ s[2]) * 0xc2b2ae35u;
	h = (h ^ s[3] ^ h >> 15) * 0x27d4eb2fu;
	return h >> (32 - TSR_LZ_TABLE_BITS);
}

static size_t varint_len(size_t value)
{
	return value < 1u << 7 ? 1 : value < 1u << 14 ? 2 : value < 1u << 21 ? 3 : 4;
}

/* Looks for a copy from anywhere; it has to beat `best` by what its distance costs. */
static void find_match(struct coder *c, size_t p, struct choice *best)
{
	uint32_t *slot, seen;
	size_t len, distance;

	if (p + HASH_SAMPLES > c->end)
		return;
	slot = &c->table->seen[hash_at(c->samples + p)];
	seen = *slot;
	*slot = (uint32_t)p + 1;
	if (seen == 0)
		return;
	distance = p + 1 - seen;
	len = same_for(c, p, distance);
	if (len >= MATCH_MIN && len > best->len + varint_len(distance - 1))
		*best = (struct choice){ OP_MATCH, len, distance };
}

static struct choice choose(struct coder *c, size_t p)
{
	const uint32_t *s = c->samples;
	struct choice best = { 0 };
	uint32_t column = c->column[(p - c->start) % c->width];

	if (p > 0 && s[p] == s[p - 1])
		best = (struct choice){ OP_LEFT, same_for(c, p, 1), 1 };
	if (p >= c->width && s[p] == s[p - c->width]) {
		size_t len = same_for(c, p, c->width);

		if (len > best.len)
			best = (struct choice){ OP_ABOVE, len, c->width };
	}
	if (best.len >= GOOD_ENOUGH)
		return best;
	if (column != 0 && s[p] == s[p - column]) {
		size_t len = same_for(c, p, column);

		if (len > best.len)
			best = (struct choice){ OP_COLUMN, len, column };
	}
	if (best.len >= GOOD_ENOUGH || (c->n_vain > TIRED && p % 4 != 0))
		return best;
	find_match(c, p, &best);
	c->n_vain = best.len >= MATCH_MIN ? 0 : c->n_vain + 1;
	return best;
}

/* Remembers in every column that a match covers how far back it reached. */
static void note_columns(
	uint32_t *column, uint32_t width, size_t offset, size_t len, uint32_t distance)
{
	size_t x = offset % width;

	if (len > width)
		len = width;
	for (; len > 0; len--) {
		column[x] = distance;
		x = x + 1 == width ? 0 : x + 1;
	}
}

static void write_choice(struct coder *c, size_t p, const struct choice *best)
{
	flush_run(c);
	switch (best->op) {
	case OP_ABOVE:
	case OP_LEFT:
		put_token(c, best->op, best->len - 1, LONG_MORE);
		break;
	case OP_COLUMN:
		put_token(c, OP_COLUMN, best->len - 1, COLUMN_MORE);
		break;
	default:
		put_token(c, OP_MATCH, best->len - MATCH_MIN, MATCH_MORE);
		put_varint(c, best->distance - 1);
		break;
	}
	if (best->op == OP_MATCH || best->op == OP_COLUMN)
		note_columns(
			c->column, c->width, p - c->start, best->len, (uint32_t)best->distance);
}

/* Puts the places inside a short copy into the table, where the picture is not flat. */
static void remember_inside(struct coder *c, size_t p, size_t len)
{
	const uint32_t *s = c->samples;

	for (size_t i = p + 1; i < p + len && i + HASH_SAMPLES <= c->end; i++)
		if (s[i] != s[i - 1])
			c->table->seen[hash_at(s + i)] = (uint32_t)i + 1;
}

static void encode_part(struct coder *c)
{
	for (size_t p = c->start; p < c->end && !c->is_full;) {
		struct choice best = choose(c, p);

		if (best.len == 0) {
			p += code_explicit(c, p);
			continue;
		}
		write_choice(c, p, &best);
		if (best.op == OP_MATCH && best.len < GOOD_ENOUGH)
			remember_inside(c, p, best.len);
		p += best.len;
	}
	flush_run(c);
}

size_t tsr_lz_encode(struct tsr_lz_table *table, uint32_t *column, const uint32_t *samples,
	const struct tsr_lz_part *parts, size_t n_parts, uint32_t sample_len, uint8_t *out,
	size_t cap)
{
	struct coder c = {
		.table = table,
		.column = column,
		.samples = samples,
		.sample_len = sample_len,
		.out = out,
		.cap = cap,
	};

	memset(table, 0, sizeof(*table));
	for (size_t i = 0; i < n_parts; i++) {
		c.width = parts[i].width;
		c.start = c.end;
		c.end = c.start + (size_t)parts[i].width * parts[i].height;
		memset(column, 0, c.width * sizeof(*column));
		encode_part(&c);
	}
	return c.is_full ? 0 : c.len;
}

/* ---- decoder -------------------------------------------------------------------------- */

struct decoder {
	uint32_t *samples;
	uint32_t *column;
	const uint8_t *in, *in_end;
	uint32_t sample_len;
	uint32_t width; /* of the part */
	size_t start;   /* of the part */
	size_t p, end;
	int err; /* sticky */
	uint32_t cache[64];
};

static void fail(struct decoder *d, int err)
{
	if (d->err == 0)
		d->err = err;
	d->in = d->in_end;
}

/* At most four bytes, so at most 2^28 - 1. */
static size_t get_varint(struct decoder *d)
{
	size_t value = 0;

	for (unsigned shift = 0; shift < 28; shift += 7) {
		uint8_t byte;

		if (d->in == d->in_end) {
			fail(d, TSR_ERR_SHORT);
			return 0;
		}
		byte = *d->in++;
		value |= (size_t)(byte & 0x7f) << shift;
		if (byte < 0x80)
			return value;
	}
	fail(d, TSR_ERR_FORMAT);
	return 0;
}

/* The count in the low bits of a token and what follows it. */
static size_t get_count(struct decoder *d, size_t low, size_t more)
{
	return low < more ? low : low + get_varint(d);
}

static void copy_back(struct decoder *d, size_t len, size_t distance)
{
	uint32_t *out = d->samples + d->p, *end = out + len;
	const uint32_t *in;

	if (d->err != 0 || distance > d->p || distance == 0 || len > d->end - d->p) {
		fail(d, TSR_ERR_FORMAT);
		return;
	}
	in = out - distance;
	d->p += len;
	if (distance >= 4) {
		/* may run three samples over the end, which the slack is for */
		for (; out < end; out += 4, in += 4)
			memcpy(out, in, 16);
		return;
	}
	while (out < end)
		*out++ = *in++;
}

static void fill_left(struct decoder *d, size_t len)
{
	uint32_t *out = d->samples + d->p, *end = out + len, sample;

	if (d->err != 0 || d->p == 0 || len > d->end - d->p) {
		fail(d, TSR_ERR_FORMAT);
		return;
	}
	sample = out[-1];
	d->p += len;
	while (out < end)
		*out++ = sample;
}

static void get_match(struct decoder *d, size_t low)
{
	size_t len = get_count(d, low, MATCH_MORE) + MATCH_MIN;
	size_t distance = get_varint(d) + 1, offset = d->p - d->start;

	copy_back(d, len, distance);
	if (d->err == 0)
		note_columns(d->column, d->width, offset, len, (uint32_t)distance);
}

static void get_column(struct decoder *d, size_t low)
{
	size_t len = get_count(d, low, COLUMN_MORE) + 1, offset = d->p - d->start;
	uint32_t distance = d->column[offset % d->width];

	copy_back(d, len, distance);
	if (d->err == 0)
		note_columns(d->column, d->width, offset, len, distance);
}

static void get_literals(struct decoder *d, size_t low)
{
	size_t len = get_count(d, low, RUN_MORE) + 1;

	if (d->err != 0 || len > d->end - d->p ||
		len * d->sample_len > (size_t)(d->in_end - d->in)) {
		fail(d, TSR_ERR_FORMAT);
		return;
	}
	for (; len > 0; len--) {
		uint32_t sample = *d->in++;

		if (d->sample_len == 3) {
			sample |= (uint32_t)d->in[0] << 8 | (uint32_t)d->in[1] << 16;
			d->in += 2;
		}
		d->samples[d->p++] = sample;
		d->cache[cache_slot(sample)] = sample;
	}
}

static void add_sample(struct decoder *d, uint32_t sample)
{
	d->samples[d->p++] = sample;
	d->cache[cache_slot(sample)] = sample;
}

static void get_residuals(struct decoder *d, size_t low)
{
	bool is_pixel = d->sample_len == 3;
	size_t len = get_count(d, low, RUN_MORE) + 1;

	if (d->err != 0 || len * (is_pixel ? 1 : 2) > d->end - d->p ||
		len * (is_pixel ? 2 : 1) > (size_t)(d->in_end - d->in)) {
		fail(d, TSR_ERR_FORMAT);
		return;
	}
	for (; len > 0; len--) {
		uint32_t guess = predict(d->samples, d->p, d->width), folded = *d->in++, g;

		if (!is_pixel) {
			add_sample(d, (guess + (folded >> 4) - 8) & 0xff);
			guess = predict(d->samples, d->p, d->width);
			add_sample(d, (guess + (folded & 15) - 8) & 0xff);
			continue;
		}
		folded = folded << 8 | *d->in++;
		g = (folded >> 10) - 32;
		add_sample(d, (((guess >> 16) + g + (folded >> 5 & 31) - 16) & 0xff) << 16 |
				      (((guess >> 8) + g) & 0xff) << 8 |
				      ((guess + g + (folded & 31) - 16) & 0xff));
	}
}

static void decode_part(struct decoder *d)
{
	while (d->p < d->end && d->in < d->in_end) {
		uint8_t token = *d->in++;

		if (token < OP_ABOVE)
			d->samples[d->p++] = d->cache[token];
		else if (token < OP_LEFT)
			copy_back(d, get_count(d, token & 63, LONG_MORE) + 1, d->width);
		else if (token < OP_MATCH)
			fill_left(d, get_count(d, token & 63, LONG_MORE) + 1);
		else if (token < OP_COLUMN)
			get_match(d, token & 31);
		else if (token < OP_LITERAL)
			get_column(d, token & 15);
		else if (token < OP_RESIDUAL)
			get_literals(d, token & 7);
		else
			get_residuals(d, token & 7);
	}
	if (d->p < d->end)
		fail(d, TSR_ERR_SHORT);
}

int tsr_lz_decode(uint32_t *samples, uint32_t *column, const struct tsr_lz_part *parts,
	size_t n_parts, uint32_t sample_len, struct tsr_slice in)
{
	struct decoder d = {
		.samples = samples,
		.column = column,
		.in = in.data,
		.in_end = in.data + in.len,
		.sample_len = sample_len,
	};

	for (size_t i = 0; i < n_parts && d.err == 0; i++) {
		d.width = parts[i].width;
		d.start = d.end;
		d.end = d.start + (size_t)parts[i].width * parts[i].height;
		memset(column, 0, d.width * sizeof(*column));
		decode_part(&d);
	}
	if (d.err == 0 && d.in != d.in_end)
		return TSR_ERR_TRAILING;
	return d.err;
}
