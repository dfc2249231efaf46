/* SPDX-License-Identifier: Apache-2.0 */
#include "core/crypto/sframe.h"

#include "core/base/err.h"
#include "core/crypto/gcm.h"
#include "test.h"
#include "vectors.h"

static const uint8_t base_key[TSR_SFRAME_BASE_KEY_LEN] = "a base key of thirty-two bytes.";

static struct tsr_slice key(void)
{
	return tsr_slice(base_key, sizeof(base_key));
}

/* RFC 9605 appendix C.4.5, AES_256_GCM_SHA512_128. */
static void rfc9605(void)
{
	struct hex base = hex_parse("000102030405060708090a0b0c0d0e0f");
	struct hex metadata = hex_parse("4945544620534672616d65205747");
	struct hex plain = hex_parse("64726166742d696574662d736672616d652d656e63");
	struct hex want =
		hex_parse("990123456794f509d36e9beacb0e261d99c7d1e972f1fed787d4049f17ca2135"
			  "3c1cc24d56ceabced279");
	struct tsr_sealer *sealer = NULL;
	struct tsr_opener *opener = NULL;
	uint8_t sealed[64] = { 0 }, opened[64] = { 0 };
	size_t len = 0;
	uint64_t ctr = 0;
	bool ok = tsr_sealer_create(&sealer, hex_slice(base), 0x123, 0x4567) == 0 &&
		  tsr_opener_create(&opener, hex_slice(base), 0x123) == 0 &&
		  tsr_sealer_object_len(sealer, plain.len) == want.len &&
		  tsr_sealer_seal(sealer, sealed, sizeof(sealed), hex_slice(metadata),
			  hex_slice(plain)) == 0 &&
		  memcmp(sealed, want.data, want.len) == 0 && tsr_sealer_ctr(sealer) == 0x4568 &&
		  tsr_opener_open(opener, opened, sizeof(opened), &len, &ctr, hex_slice(metadata),
			  hex_slice(want)) == 0 &&
		  ctr == 0x4567 && len == plain.len && memcmp(opened, plain.data, len) == 0;

	tsr_sealer_destroy(sealer);
	tsr_opener_destroy(opener);
	free(base.data);
	free(metadata.data);
	free(plain.data);
	free(want.data);
	CHECK(ok);
}

/* ---- published files ------------------------------------------------------------------ */

/* A number that may be greater than JSON's signed ones (jansson gives a real then). */
static bool header_case(const json_t *test)
{
	struct hex encoded = hex_get(test, "encoded");
	const json_t *kid = json_object_get(test, "kid"), *ctr = json_object_get(test, "ctr");
	struct tsr_sframe_header header;
	uint8_t out[TSR_SFRAME_HEADER_MAX];
	bool ok = tsr_sframe_header_parse(&header, hex_slice(encoded)) == 0 &&
		  header.len == encoded.len &&
		  tsr_sframe_header_write(out, &header) == encoded.len &&
		  memcmp(out, encoded.data, encoded.len) == 0 &&
		  tsr_sframe_header_len(header.kid, header.ctr) == encoded.len;

	if (json_is_integer(kid))
		ok = ok && header.kid == (uint64_t)json_integer_value(kid);
	if (json_is_integer(ctr))
		ok = ok && header.ctr == (uint64_t)json_integer_value(ctr);
	free(encoded.data);
	return ok;
}

/* The file holds 2^64 - 1, which jansson refuses as an integer: read as reals where need be. */
static json_t *load_big(const char *name)
{
	static char path[4096];
	const char *dir = getenv("TSR_VECTORS");

	snprintf(path, sizeof(path), "%s/%s", dir ? dir : "../shared/vectors", name);
	return json_load_file(path, JSON_DECODE_INT_AS_REAL, NULL);
}

static void published_headers(void)
{
	json_t *root = vectors_load("sframe-rfc9605.json");
	json_t *test;
	size_t i, n = 0, n_ok = 0;

	if (!root)
		root = load_big("sframe-rfc9605.json");
	if (!root)
		SKIP("no sframe-rfc9605.json");
	json_array_foreach(json_object_get(root, "header"), i, test)
	{
		n++;
		n_ok += header_case(test);
	}
	json_decref(root);
	CHECK(n > 200);
	CHECK_INT(n_ok, n);
}

static bool frame_case(const json_t *test)
{
	struct hex base = hex_get(test, "base_key"), metadata = hex_get(test, "metadata");
	struct hex plain = hex_get(test, "pt"), want = hex_get(test, "ct");
	uint64_t kid = (uint64_t)json_number_value(json_object_get(test, "kid"));
	uint64_t ctr = (uint64_t)json_number_value(json_object_get(test, "ctr"));
	struct tsr_sealer *sealer = NULL;
	uint8_t out[256];
	bool ok = tsr_sealer_create(&sealer, hex_slice(base), kid, ctr) == 0 &&
		  tsr_sealer_object_len(sealer, plain.len) == want.len &&
		  tsr_sealer_seal(
			  sealer, out, sizeof(out), hex_slice(metadata), hex_slice(plain)) == 0 &&
		  memcmp(out, want.data, want.len) == 0;

	tsr_sealer_destroy(sealer);
	free(base.data);
	free(metadata.data);
	free(plain.data);
	free(want.data);
	return ok;
}

static void published_frames(void)
{
	json_t *root = load_big("sframe-rfc9605.json");
	json_t *test;
	size_t i, n = 0, n_ok = 0;

	if (!root)
		SKIP("no sframe-rfc9605.json");
	json_array_foreach(json_object_get(root, "sframe"), i, test)
	{
		if (json_number_value(json_object_get(test, "cipher_suite")) != TSR_SFRAME_SUITE)
			continue;
		n++;
		n_ok += frame_case(test);
	}
	json_decref(root);
	CHECK_INT(n, 1);
	CHECK_INT(n_ok, n);
}

/* Suites that we do not have share the key schedule's first step and the header. */
static void published_aes256_frames(void)
{
	json_t *root = load_big("sframe-aes256.json");
	json_t *test;
	size_t i, n = 0, n_ok = 0;

	if (!root)
		SKIP("no sframe-aes256.json");
	json_array_foreach(json_object_get(root, "sframe_aes_256_ctr_hmac"), i, test)
	{
		struct hex object = hex_get(test, "ct"), aad = hex_get(test, "aad");
		struct tsr_sframe_header header;

		n++;
		n_ok += tsr_sframe_header_parse(&header, hex_slice(object)) == 0 &&
			header.kid == 0x123 && header.ctr == 0x4567 &&
			memcmp(object.data, aad.data, header.len) == 0;
		free(object.data);
		free(aad.data);
	}
	json_decref(root);
	CHECK(n > 0);
	CHECK_INT(n_ok, n);
}

static bool gcm_case(const json_t *test)
{
	struct hex k = hex_get(test, "key"), iv = hex_get(test, "iv"), aad = hex_get(test, "aad");
	struct hex msg = hex_get(test, "msg"), ct = hex_get(test, "ct"), tag = hex_get(test, "tag");
	bool is_valid = strcmp(text_get(test, "result"), "valid") == 0;
	struct tsr_gcm *sealer = NULL, *opener = NULL;
	uint8_t *sealed = calloc(1, ct.len + 16), *out = calloc(1, msg.len + 16);
	bool ok = sealed && out && tsr_gcm_create(&sealer, hex_slice(k), true) == 0 &&
		  tsr_gcm_create(&opener, hex_slice(k), false) == 0;
	bool accepted;

	memcpy(sealed, ct.data, ct.len);
	memcpy(sealed + ct.len, tag.data, 16);
	accepted = ok &&
		   tsr_gcm_open(opener, out, iv.data, hex_slice(aad),
			   tsr_slice(sealed, ct.len + 16)) == 0 &&
		   memcmp(out, msg.data, msg.len) == 0;
	ok = ok && accepted == is_valid;
	if (ok && is_valid)
		ok = tsr_gcm_seal(sealer, out, iv.data, hex_slice(aad), hex_slice(msg)) == 0 &&
		     memcmp(out, sealed, ct.len + 16) == 0;
	tsr_gcm_destroy(sealer);
	tsr_gcm_destroy(opener);
	free(sealed);
	free(out);
	free(k.data);
	free(iv.data);
	free(aad.data);
	free(msg.data);
	free(ct.data);
	free(tag.data);
	return ok;
}

static void wycheproof_gcm(void)
{
	VECTORS_OR_SKIP(root, "wycheproof-aes_gcm.json");
	json_t *group, *test;
	size_t i, j, n = 0, n_ok = 0;

	json_array_foreach(json_object_get(root, "testGroups"), i, group)
	{
		if (json_integer_value(json_object_get(group, "keySize")) != 256 ||
			json_integer_value(json_object_get(group, "ivSize")) != 96 ||
			json_integer_value(json_object_get(group, "tagSize")) != 128)
			continue;
		json_array_foreach(json_object_get(group, "tests"), j, test)
		{
			n++;
			n_ok += gcm_case(test);
		}
	}
	json_decref(root);
	CHECK(n > 50);
	CHECK_INT(n_ok, n);
}

/* ---- behaviour ------------------------------------------------------------------------ */

static void each_flipped_bit_is_refused(void)
{
	uint8_t object[64], metadata[] = "metadata", out[64];
	struct tsr_slice meta = tsr_slice(metadata, sizeof(metadata));
	struct tsr_sealer *sealer;
	struct tsr_opener *opener;
	size_t len, plain_len, n = 0, n_bits;
	uint64_t ctr;

	CHECK_INT(tsr_sealer_create(&sealer, key(), 300, 1000), 0);
	CHECK_INT(tsr_opener_create(&opener, key(), 300), 0);
	len = tsr_sealer_object_len(sealer, 11);
	CHECK_INT(
		tsr_sealer_seal(sealer, object, sizeof(object), meta, tsr_slice_str("eleven here")),
		0);
	n_bits = 8 * (len + sizeof(metadata));
	for (size_t bit = 0; bit < n_bits; bit++) {
		uint8_t *at = bit < 8 * len ? object + bit / 8 : metadata + (bit / 8 - len);

		memset(out, 0x55, sizeof(out));
		*at ^= (uint8_t)(1u << bit % 8);
		n += tsr_opener_open(opener, out, sizeof(out), &plain_len, &ctr, meta,
			     tsr_slice(object, len)) != 0 &&
		     plain_len == 0 && memcmp(out, "eleven", 6) != 0;
		*at ^= (uint8_t)(1u << bit % 8);
	}
	CHECK_INT(tsr_opener_open(
			  opener, out, sizeof(out), &plain_len, &ctr, meta, tsr_slice(object, len)),
		0);
	CHECK_INT(plain_len, 11);
	tsr_sealer_destroy(sealer);
	tsr_opener_destroy(opener);
	CHECK_INT(n, n_bits);
}

static void no_two_objects_are_alike(void)
{
	uint8_t a[64], b[64];
	struct tsr_sealer *sealer;

	CHECK_INT(tsr_sealer_create(&sealer, key(), 5, 0), 0);
	CHECK_INT(tsr_sealer_seal(sealer, a, sizeof(a), tsr_slice(NULL, 0), tsr_slice_str("same")),
		0);
	CHECK_INT(tsr_sealer_seal(sealer, b, sizeof(b), tsr_slice(NULL, 0), tsr_slice_str("same")),
		0);
	tsr_sealer_destroy(sealer);
	CHECK(a[0] != b[0]);
	CHECK(memcmp(a + 1, b + 1, 4) != 0);
}

static void a_counter_ends_for_good(void)
{
	uint8_t out[64];
	struct tsr_sealer *sealer;

	CHECK_INT(tsr_sealer_create(&sealer, key(), 5, UINT64_MAX), 0);
	CHECK_INT(tsr_sealer_seal(sealer, out, sizeof(out), tsr_slice(NULL, 0), tsr_slice_str("x")),
		0);
	CHECK_INT(tsr_sealer_seal(sealer, out, sizeof(out), tsr_slice(NULL, 0), tsr_slice_str("x")),
		TSR_ERR_STATE);
	tsr_sealer_destroy(sealer);
}

static void a_refused_seal_uses_no_counter(void)
{
	uint8_t out[64], long_metadata[300] = { 0 };
	struct tsr_sealer *sealer;

	CHECK_INT(tsr_sealer_create(&sealer, key(), 5, 9), 0);
	CHECK_INT(tsr_sealer_seal(sealer, out, 18, tsr_slice(NULL, 0), tsr_slice_str("x")),
		TSR_ERR_TOO_BIG);
	CHECK_INT(tsr_sealer_seal(sealer, out, sizeof(out),
			  tsr_slice(long_metadata, sizeof(long_metadata)), tsr_slice_str("x")),
		TSR_ERR_TOO_BIG);
	CHECK_INT(tsr_sealer_ctr(sealer), 9);
	tsr_sealer_destroy(sealer);
}

static void works_in_place(void)
{
	uint8_t buf[64] = { 0 };
	struct tsr_sealer *sealer;
	struct tsr_opener *opener;
	size_t head = tsr_sframe_header_len(5, 0), len;
	uint64_t ctr;

	memcpy(buf + head, "in place", 8);
	CHECK_INT(tsr_sealer_create(&sealer, key(), 5, 0), 0);
	CHECK_INT(tsr_opener_create(&opener, key(), 5), 0);
	CHECK_INT(tsr_sealer_seal(
			  sealer, buf, sizeof(buf), tsr_slice(NULL, 0), tsr_slice(buf + head, 8)),
		0);
	CHECK(memcmp(buf + head, "in place", 8) != 0);
	CHECK_INT(tsr_opener_open(opener, buf + head, sizeof(buf) - head, &len, &ctr,
			  tsr_slice(NULL, 0), tsr_slice(buf, head + 8 + 16)),
		0);
	CHECK_INT(len, 8);
	CHECK_MEM(buf + head, "in place", 8);
	tsr_sealer_destroy(sealer);
	tsr_opener_destroy(opener);
}

static void refuses_what_is_not_for_it(void)
{
	uint8_t object[64], out[64];
	struct tsr_sealer *sealer;
	struct tsr_opener *opener;
	size_t len, plain_len;
	uint64_t ctr;

	CHECK_INT(tsr_sealer_create(&sealer, key(), 6, 0), 0);
	CHECK_INT(tsr_opener_create(&opener, key(), 5), 0);
	len = tsr_sealer_object_len(sealer, 4);
	CHECK_INT(tsr_sealer_seal(sealer, object, sizeof(object), tsr_slice(NULL, 0),
			  tsr_slice_str("text")),
		0);
	CHECK_INT(tsr_opener_open(opener, out, sizeof(out), &plain_len, &ctr, tsr_slice(NULL, 0),
			  tsr_slice(object, len)),
		TSR_ERR_UNKNOWN);
	object[0] = 0x50; /* the opener's KID, but not its key's */
	CHECK_INT(tsr_opener_open(opener, out, sizeof(out), &plain_len, &ctr, tsr_slice(NULL, 0),
			  tsr_slice(object, len)),
		TSR_ERR_AUTH);
	CHECK_INT(tsr_opener_open(opener, out, 3, &plain_len, &ctr, tsr_slice(NULL, 0),
			  tsr_slice(object, len)),
		TSR_ERR_TOO_BIG);
	for (size_t n = 0; n < 17; n++)
		CHECK_INT(tsr_opener_open(opener, out, sizeof(out), &plain_len, &ctr,
				  tsr_slice(NULL, 0), tsr_slice(object, n)),
			TSR_ERR_SHORT);
	tsr_sealer_destroy(sealer);
	tsr_opener_destroy(opener);
	CHECK_INT(tsr_sealer_create(&sealer, tsr_slice("short", 5), 5, 0), TSR_ERR_RANGE);
}

/* One header for one pair: what is longer than it need be is refused. */
static void headers_are_shortest(void)
{
	struct tsr_sframe_header header;

	CHECK_INT(tsr_sframe_header_parse(&header, tsr_slice("\x80\x07", 2)), TSR_ERR_FORMAT);
	CHECK_INT(tsr_sframe_header_parse(&header, tsr_slice("\x80\x08", 2)), 0);
	CHECK_INT(tsr_sframe_header_parse(&header, tsr_slice("\x90\x00\x08", 3)), TSR_ERR_FORMAT);
	CHECK_INT(tsr_sframe_header_parse(&header, tsr_slice("\x09\x00\xff", 3)), TSR_ERR_FORMAT);
	CHECK_INT(tsr_sframe_header_parse(&header, tsr_slice("\x09\x01", 2)), TSR_ERR_SHORT);
	CHECK_INT(tsr_sframe_header_parse(&header, tsr_slice("", 0)), TSR_ERR_SHORT);
}

TEST_MAIN(TEST(rfc9605), TEST(published_headers), TEST(published_frames),
	TEST(published_aes256_frames), TEST(wycheproof_gcm), TEST(each_flipped_bit_is_refused),
	TEST(no_two_objects_are_alike), TEST(a_counter_ends_for_good),
	TEST(a_refused_seal_uses_no_counter), TEST(works_in_place),
	TEST(refuses_what_is_not_for_it), TEST(headers_are_shortest))
