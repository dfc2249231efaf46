/* SPDX-License-Identifier: Apache-2.0 */
#include "core/crypto/paseto.h"

#include "core/base/err.h"
#include "test.h"
#include "vectors.h"

static const char seed_hex[] = "b4cbfb43df4ce210727d953e4a713307fa19bb7d9f85041438d9e11b942a3774";
static const char message[] =
	"{\"data\":\"this is a signed message\",\"exp\":\"2022-01-01T00:00:00+00:00\"}";

static struct tsr_sign_key *spec_key(void)
{
	struct hex seed = hex_parse(seed_hex);
	struct tsr_sign_key *key = NULL;

	if (tsr_sign_key_create(&key, seed.data) != 0)
		abort();
	free(seed.data);
	return key;
}

/* 4-S-1 and 4-S-2 of the specification. */
static void the_specification(void)
{
	static const char plain[] =
		"v4.public.eyJkYXRhIjoidGhpcyBpcyBhIHNpZ25lZCBtZXNzYWdlIiwiZXhwIjoiMjAyMi0wMS0wMVQ"
		"wMDowMDowMCswMDowMCJ9bg_XBBzds8lTZShVlwwKSgeKpLT3yukTw6JUz3W4h_ExsQV-P0V54zemZDcA"
		"xFaSeef1QlXEFtkqxT1ciiQEDA";
	static const char with_footer[] =
		"v4.public.eyJkYXRhIjoidGhpcyBpcyBhIHNpZ25lZCBtZXNzYWdlIiwiZXhwIjoiMjAyMi0wMS0wMVQ"
		"wMDowMDowMCswMDowMCJ9v3Jt8mx_TdM2ceTGoqwrh4yDFn0XsHvvV_D0DtwQxVrJEBMl0F2caAdgnpKl"
		"t4p7xBnx1HcO-SPo8FPp214HDw.eyJraWQiOiJ6VmhNaVBCUDlmUmYyc25FY1Q3Z0ZUaW9lQTlDT2NOeT"
		"lEZmdMMVc2MGhhTiJ9";
	static const char footer[] = "{\"kid\":\"zVhMiPBP9fRf2snEcT7gFTioeA9COcNy9DfgL1W60haN\"}";
	struct tsr_sign_key *key = spec_key();
	char out[512];
	uint8_t buf[512];
	struct tsr_paseto token;

	CHECK_INT(tsr_paseto_sign(out, sizeof(out), key, tsr_slice_str(message), tsr_slice(NULL, 0),
			  tsr_slice(NULL, 0)),
		0);
	CHECK_STR(out, plain);
	CHECK_INT(tsr_paseto_sign(out, sizeof(out), key, tsr_slice_str(message),
			  tsr_slice_str(footer), tsr_slice(NULL, 0)),
		0);
	CHECK_STR(out, with_footer);
	CHECK_INT(tsr_paseto_verify(&token, buf, sizeof(buf), tsr_sign_key_public(key),
			  tsr_slice_str(out), tsr_slice(NULL, 0)),
		0);
	CHECK(tsr_slice_equal(token.message, tsr_slice_str(message)));
	CHECK(tsr_slice_equal(token.footer, tsr_slice_str(footer)));
	tsr_sign_key_destroy(key);
}

static bool published_case(const json_t *test)
{
	struct hex pk = hex_get(test, "public-key"), seed = hex_get(test, "secret-key-seed");
	const char *text = text_get(test, "token");
	struct tsr_slice implicit = tsr_slice_str(text_get(test, "implicit-assertion"));
	bool is_valid = !json_is_true(json_object_get(test, "expect-fail"));
	uint8_t buf[2048];
	char out[2048];
	struct tsr_paseto token;
	struct tsr_sign_key *key = NULL;
	bool accepted = pk.len == 32 && tsr_paseto_verify(&token, buf, sizeof(buf), pk.data,
						tsr_slice_str(text), implicit) == 0;
	bool ok = accepted == is_valid;

	if (ok && is_valid)
		ok = tsr_slice_equal(token.message, tsr_slice_str(text_get(test, "payload"))) &&
		     tsr_slice_equal(token.footer, tsr_slice_str(text_get(test, "footer"))) &&
		     tsr_sign_key_create(&key, seed.data) == 0 &&
		     tsr_paseto_sign(
			     out, sizeof(out), key, token.message, token.footer, implicit) == 0 &&
		     strcmp(out, text) == 0;
	tsr_sign_key_destroy(key);
	free(pk.data);
	free(seed.data);
	return ok;
}

static void published(void)
{
	VECTORS_OR_SKIP(root, "paseto-v4.json");
	json_t *test;
	size_t i, n = 0, n_ok = 0;

	json_array_foreach(json_object_get(root, "tests"), i, test)
	{
		if (strncmp(text_get(test, "name"), "4-E", 3) == 0)
			continue; /* v4.local, which we do not have */
		n++;
		n_ok += published_case(test);
	}
	json_decref(root);
	CHECK(n >= 3);
	CHECK_INT(n_ok, n);
}

static void each_flipped_bit_is_refused(void)
{
	struct tsr_sign_key *key = spec_key();
	char text[512];
	uint8_t buf[512];
	struct tsr_paseto token;
	size_t n = 0, len;

	CHECK_INT(tsr_paseto_sign(text, sizeof(text), key, tsr_slice_str("{\"exp\":1}"),
			  tsr_slice_str("foot"), tsr_slice_str("implied")),
		0);
	len = strlen(text);
	for (size_t bit = 0; bit < 8 * len; bit++) {
		text[bit / 8] ^= (char)(1u << bit % 8);
		n += tsr_paseto_verify(&token, buf, sizeof(buf), tsr_sign_key_public(key),
			     tsr_slice(text, len), tsr_slice_str("implied")) != 0;
		text[bit / 8] ^= (char)(1u << bit % 8);
	}
	CHECK_INT(n, 8 * len);
	CHECK_INT(tsr_paseto_verify(&token, buf, sizeof(buf), tsr_sign_key_public(key),
			  tsr_slice(text, len), tsr_slice_str("implied")),
		0);
	CHECK_INT(tsr_paseto_verify(&token, buf, sizeof(buf), tsr_sign_key_public(key),
			  tsr_slice(text, len), tsr_slice_str("another")),
		TSR_ERR_AUTH);
	tsr_sign_key_destroy(key);
}

TEST_MAIN(TEST(the_specification), TEST(published), TEST(each_flipped_bit_is_refused))
