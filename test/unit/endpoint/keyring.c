/* SPDX-License-Identifier: Apache-2.0 */
#include "endpoint/client/keyring.h"

#include "core/base/err.h"
#include "core/crypto/random.h"
#include "test.h"

static const struct tsr_session_uid session = { "sixteen bytes!!" };
static const uint8_t seed1[TSR_SEED_LEN] = { 1 }, seed2[TSR_SEED_LEN] = { 2 },
		     seed3[TSR_SEED_LEN] = { 3 };
static const struct tsr_stream_instance chat = { .from = { 3 }, .stream = { 9 } };

/* Seals text on one ring and opens it on another; the header as it travelled in *sealed. */
static int pass(struct tsr_keyring *from, struct tsr_keyring *to, uint8_t class, uint8_t *sealed,
	size_t *len, uint8_t *plain, size_t *plain_len)
{
	struct tsr_frame frame = {
		.class = class, .from = 3, .stream = 9, .picture = 1, .base = 0
	};
	int r = tsr_keyring_seal(from, &chat, &frame, tsr_slice_str("hello"), sealed, 256, len);

	if (r || (r = tsr_frame_parse(&frame, tsr_slice(sealed, *len))) != 0)
		return r;
	return tsr_keyring_open(to, &chat, &frame, tsr_slice(sealed, TSR_FRAME_HEADER_LEN),
		tsr_slice(sealed + TSR_FRAME_HEADER_LEN, frame.length), plain, plain_len);
}

static int open_again(struct tsr_keyring *ring, const uint8_t *sealed, size_t len)
{
	struct tsr_frame frame;
	uint8_t plain[256];
	size_t n;
	int r = tsr_frame_parse(&frame, tsr_slice(sealed, len));

	if (r == 0 && len != TSR_FRAME_HEADER_LEN + (size_t)frame.length)
		r = TSR_ERR_FORMAT; /* as whoever takes it off the wire does */
	return r ? r
		 : tsr_keyring_open(ring, &chat, &frame, tsr_slice(sealed, TSR_FRAME_HEADER_LEN),
			   tsr_slice(sealed + TSR_FRAME_HEADER_LEN, frame.length), plain, &n);
}

static void two_rings_understand_each_other_once(void)
{
	struct tsr_keyring *a, *b;
	uint8_t sealed[256], plain[256];
	size_t len, n;

	CHECK_INT(tsr_keyring_create(&a, &session), 0);
	CHECK_INT(tsr_keyring_create(&b, &session), 0);
	CHECK_INT(pass(a, b, TSR_FRAME_CHAT, sealed, &len, plain, &n), TSR_ERR_STATE);
	CHECK_INT(tsr_keyring_handle_epoch(a, 1, seed1), 0);
	CHECK_INT(tsr_keyring_handle_epoch(b, 1, seed1), 0);
	CHECK_INT(pass(a, b, TSR_FRAME_CHAT, sealed, &len, plain, &n), 0);
	CHECK(tsr_slice_equal(tsr_slice(plain, n), tsr_slice_str("hello")));
	CHECK_INT(open_again(b, sealed, len), TSR_ERR_STALE); /* a replay */
	tsr_keyring_destroy(a);
	tsr_keyring_destroy(b);
}

static void every_flipped_bit_is_refused(void)
{
	struct tsr_keyring *a, *b;
	uint8_t sealed[256], plain[256];
	size_t len, n;

	CHECK_INT(tsr_keyring_create(&a, &session), 0);
	CHECK_INT(tsr_keyring_create(&b, &session), 0);
	CHECK_INT(tsr_keyring_handle_epoch(a, 1, seed1), 0);
	CHECK_INT(tsr_keyring_handle_epoch(b, 1, seed2), 0);
	CHECK_INT(
		pass(a, b, TSR_FRAME_CHAT, sealed, &len, plain, &n), TSR_ERR_AUTH); /* other seed */
	CHECK_INT(tsr_keyring_handle_epoch(b, 2, seed1), 0);
	tsr_keyring_destroy(b);
	CHECK_INT(tsr_keyring_create(&b, &session), 0);
	CHECK_INT(tsr_keyring_handle_epoch(b, 1, seed1), 0);
	for (size_t bit = 0; bit < len * 8; bit++) {
		sealed[bit / 8] ^= (uint8_t)(1 << bit % 8);
		CHECK(open_again(b, sealed, len) != 0);
		sealed[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	CHECK_INT(open_again(b, sealed, len), 0);
	tsr_keyring_destroy(a);
	tsr_keyring_destroy(b);
}

static void the_third_epoch_forgets_the_first(void)
{
	struct tsr_keyring *a, *b;
	uint8_t first[256], second[256], plain[256];
	size_t len1, len2, n;

	CHECK_INT(tsr_keyring_create(&a, &session), 0);
	CHECK_INT(tsr_keyring_create(&b, &session), 0);
	CHECK_INT(tsr_keyring_handle_epoch(a, 1, seed1), 0);
	CHECK_INT(tsr_keyring_handle_epoch(b, 1, seed1), 0);
	CHECK_INT(pass(a, b, TSR_FRAME_CHAT, first, &len1, plain, &n), 0);
	CHECK_INT(tsr_keyring_handle_epoch(a, 2, seed2), 0);
	CHECK_INT(tsr_keyring_handle_epoch(b, 2, seed2), 0);
	CHECK_INT(pass(a, b, TSR_FRAME_CHAT, second, &len2, plain, &n), 0);
	CHECK_INT(tsr_keyring_handle_epoch(b, 2, seed3), TSR_ERR_STALE); /* no epoch twice */
	CHECK_INT(open_again(b, first, len1), TSR_ERR_STALE); /* still known, but a replay */
	CHECK_INT(tsr_keyring_handle_epoch(b, 3, seed3), 0);
	CHECK_INT(open_again(b, first, len1), TSR_ERR_UNKNOWN);
	CHECK_INT(tsr_keyring_epoch(b), 3);
	tsr_keyring_destroy(a);
	tsr_keyring_destroy(b);
}

/* One ring seals its screen and opens what comes back of it. */
static void an_own_screen_comes_back(void)
{
	struct tsr_keyring *ring;
	uint8_t sealed[256], plain[256];
	size_t len, n;

	CHECK_INT(tsr_keyring_create(&ring, &session), 0);
	CHECK_INT(tsr_keyring_handle_epoch(ring, 1, seed1), 0);
	for (int i = 0; i < 3; i++) {
		CHECK_INT(pass(ring, ring, TSR_FRAME_SCREEN, sealed, &len, plain, &n), 0);
		CHECK(tsr_slice_equal(tsr_slice(plain, n), tsr_slice_str("hello")));
	}
	tsr_keyring_destroy(ring);
}

TEST_MAIN(TEST(two_rings_understand_each_other_once), TEST(every_flipped_bit_is_refused),
	TEST(the_third_epoch_forgets_the_first), TEST(an_own_screen_comes_back))
