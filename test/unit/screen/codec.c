/* SPDX-License-Identifier: Apache-2.0 */
#include "core/screen/codec.h"

#include "core/base/err.h"
#include "test/test.h"
#include "test/unit/screen/pictures.h"

struct pair {
	struct picture p;
	struct tsr_encoder *enc;
	struct tsr_decoder *dec;
};

static bool pair_init(struct pair *x, enum tsr_pixel_format format, uint32_t width, uint32_t height)
{
	*x = (struct pair){ 0 };
	return picture_init(&x->p, format, width, height) &&
	       tsr_encoder_create(&x->enc, format, width, height) == 0 &&
	       tsr_decoder_create(&x->dec, format, width, height) == 0;
}

static void pair_finish(struct pair *x)
{
	picture_finish(&x->p);
	tsr_encoder_destroy(x->enc);
	tsr_decoder_destroy(x->dec);
}

/* Sends what is in x->p as the next picture; says whether it arrived exactly. *len: bytes. */
static bool carry(struct pair *x, const struct tsr_damage *damage, size_t *len)
{
	struct tsr_slice unit;
	uint64_t cells, state;
	uint32_t number;

	tsr_encoder_picture(x->enc, &x->p.planes, damage, &cells, &unit);
	number = tsr_encoder_picture_number(x->enc);
	*len = unit.len;
	if (cells != 0 && unit.len != 0 && tsr_decoder_delta(x->dec, number, cells, unit) != 0)
		return false;
	for (uint32_t c = 0; unit.len == 0 && c < tsr_encoder_grid(x->enc)->n_cells; c++) {
		if (!(cells >> c & 1))
			continue;
		unit = tsr_encoder_key(x->enc, c);
		*len += unit.len;
		if (unit.len > TSR_UNIT_MAX || tsr_decoder_key(x->dec, c, unit, &state) != 0)
			return false;
		unit.len = 0;
	}
	return tsr_decoder_state(x->dec)->sum == tsr_encoder_state(x->enc)->sum &&
	       tsr_decoder_digest(x->dec) ==
		       tsr_picture_digest(x->p.format, x->p.width, x->p.height, &x->p.planes);
}

/* Pictures of every kind, one after the other, in a size. */
static bool survives(enum tsr_pixel_format format, uint32_t width, uint32_t height)
{
	struct tsr_rect all = { 0, 0, width, height };
	struct pair x;
	size_t len;
	bool is_good;

	is_good = pair_init(&x, format, width, height);
	for (uint32_t i = 0; is_good && i < 9; i++) {
		if (i < 4)
			picture_text(&x.p, 3, i * 22);
		else if (i == 4)
			picture_fill(&x.p, all, 0x336699);
		else if (i == 5)
			picture_photo(&x.p, all, 7);
		else if (i == 6)
			picture_noise(&x.p, all, 7);
		else
			picture_text(&x.p, 4, i);
		is_good = carry(&x, NULL, &len);
	}
	pair_finish(&x);
	return is_good;
}

static void is_exact_in_every_size(void)
{
	static const uint32_t sizes[][2] = { { 1, 1 }, { 2, 1 }, { 1, 2 }, { 3, 3 }, { 511, 17 },
		{ 512, 64 }, { 513, 65 }, { 33, 1025 }, { 1030, 700 } };

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		CHECK(survives(TSR_FORMAT_BGRA, sizes[i][0], sizes[i][1]));
		CHECK(survives(TSR_FORMAT_I420, sizes[i][0], sizes[i][1]));
	}
}

static void unchanged_is_no_picture(void)
{
	struct pair x;
	size_t len;

	CHECK(pair_init(&x, TSR_FORMAT_BGRA, 700, 50));
	picture_text(&x.p, 1, 0);
	CHECK(carry(&x, NULL, &len));
	for (size_t i = 3; i < x.p.len; i += 4)
		x.p.bytes[i] ^= 0x5a; /* alpha does not count */
	CHECK(carry(&x, NULL, &len));
	CHECK_INT(tsr_encoder_picture_number(x.enc), 1);
	CHECK_INT(len, 0);
	pair_finish(&x);
}

static void only_damage_is_looked_at(void)
{
	struct tsr_damage near = { 1, { { 0, 0, 100, 50 } } };
	struct tsr_slice unit;
	struct pair x;
	uint64_t cells;
	size_t len;

	CHECK(pair_init(&x, TSR_FORMAT_BGRA, 700, 50));
	CHECK(carry(&x, NULL, &len));
	picture_set(&x.p, 650, 3, 0xffffff);
	tsr_encoder_picture(x.enc, &x.p.planes, &near, &cells, &unit);
	CHECK_INT(cells, 0);
	CHECK(carry(&x, NULL, &len));
	CHECK(len > 0 && len < 64);
	pair_finish(&x);
}

static void a_scroll_is_a_copy(void)
{
	struct pair x;
	size_t key, delta;

	for (int format = TSR_FORMAT_BGRA; format <= TSR_FORMAT_I420; format++) {
		CHECK(pair_init(&x, format, 1100, 800));
		picture_text(&x.p, 1, 0);
		CHECK(carry(&x, NULL, &key));
		picture_text(&x.p, 1, 32);
		CHECK(carry(&x, NULL, &delta));
		CHECK(delta < key / 8);
		pair_finish(&x);
	}
}

static void large_changes_come_as_keys(void)
{
	struct pair x;
	struct tsr_slice unit;
	uint64_t cells;
	size_t len;

	CHECK(pair_init(&x, TSR_FORMAT_BGRA, 600, 600));
	CHECK(carry(&x, NULL, &len));
	picture_noise(&x.p, (struct tsr_rect){ 0, 0, 600, 600 }, 1);
	tsr_encoder_picture(x.enc, &x.p.planes, NULL, &cells, &unit);
	CHECK_INT(cells, 15);
	CHECK_INT(unit.len, 0);
	pair_finish(&x);
}

static void a_delta_fits_one_picture_only(void)
{
	struct tsr_slice unit;
	struct pair x;
	uint64_t cells, digest;
	size_t len;

	CHECK(pair_init(&x, TSR_FORMAT_BGRA, 600, 40));
	picture_text(&x.p, 1, 0);
	CHECK(carry(&x, NULL, &len));
	picture_set(&x.p, 5, 5, 0x123456);
	tsr_encoder_picture(x.enc, &x.p.planes, NULL, &cells, &unit);
	picture_set(&x.p, 5, 5, 0x654321);
	tsr_encoder_picture(x.enc, &x.p.planes, NULL, &cells, &unit);
	digest = tsr_decoder_digest(x.dec);
	CHECK_INT(tsr_decoder_delta(x.dec, 3, cells, unit), TSR_ERR_STALE);
	CHECK(tsr_decoder_digest(x.dec) == digest);
	pair_finish(&x);
}

/* Every byte of a unit changed, and every length: refused or decoded, never more. */
static bool withstands(struct pair *x, struct tsr_slice unit, uint64_t cells, bool is_key)
{
	uint8_t *bytes = malloc(unit.len);
	uint64_t state;
	int r;

	if (!bytes)
		return false;
	for (size_t i = 0; i < unit.len; i++)
		for (unsigned bit = 0; bit < 8; bit++) {
			memcpy(bytes, unit.data, unit.len);
			bytes[i] ^= (uint8_t)(1u << bit);
			r = is_key ? tsr_decoder_key(x->dec, 0, tsr_slice(bytes, unit.len), &state)
				   : tsr_decoder_delta(
					     x->dec, 2, cells, tsr_slice(bytes, unit.len));
			if (r > 0)
				return false;
			tsr_decoder_erase(x->dec);
		}
	for (size_t len = 0; len < unit.len; len++)
		if ((is_key ? tsr_decoder_key(x->dec, 0, tsr_slice(unit.data, len), &state)
			    : tsr_decoder_delta(x->dec, 2, cells, tsr_slice(unit.data, len))) == 0)
			return false;
	free(bytes);
	return true;
}

static void hostile_units_are_refused(void)
{
	struct tsr_slice unit;
	struct pair x;
	uint64_t cells;

	for (int format = TSR_FORMAT_BGRA; format <= TSR_FORMAT_I420; format++) {
		CHECK(pair_init(&x, format, 90, 40));
		picture_text(&x.p, 2, 0);
		tsr_encoder_picture(x.enc, &x.p.planes, NULL, &cells, &unit);
		CHECK(withstands(&x, tsr_encoder_key(x.enc, 0), 1, true));
		picture_text(&x.p, 2, 4);
		tsr_encoder_picture(x.enc, &x.p.planes, NULL, &cells, &unit);
		CHECK(unit.len > 0);
		CHECK(withstands(&x, unit, 1, false));
		pair_finish(&x);
	}
}

static void key_of_text_is_small(void)
{
	struct pair x;
	size_t len;

	CHECK(pair_init(&x, TSR_FORMAT_BGRA, 1920, 1080));
	picture_text(&x.p, 1, 0);
	CHECK(carry(&x, NULL, &len));
	CHECK(len < 500 * 1000);
	pair_finish(&x);
}

TEST_MAIN(TEST(is_exact_in_every_size), TEST(unchanged_is_no_picture),
	TEST(only_damage_is_looked_at), TEST(a_scroll_is_a_copy), TEST(large_changes_come_as_keys),
	TEST(a_delta_fits_one_picture_only), TEST(hostile_units_are_refused),
	TEST(key_of_text_is_small))
