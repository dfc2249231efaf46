/* SPDX-License-Identifier: Apache-2.0 */
#include "core/crypto/sign.h"

#include "core/base/err.h"
#include "test.h"
#include "vectors.h"

/* RFC 8032 section 7.1, tests 1 and 2. */
static void rfc8032(void)
{
	static const struct {
		const char *seed, *public_key, *message, *signature;
	} tests[] = {
		{ "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
			"d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
			"e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
			"5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b" },
		{ "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
			"3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
			"92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
			"085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00" },
	};

	for (size_t i = 0; i < 2; i++) {
		struct hex seed = hex_parse(tests[i].seed), pk = hex_parse(tests[i].public_key);
		struct hex msg = hex_parse(tests[i].message), sig = hex_parse(tests[i].signature);
		struct tsr_sign_key *key = NULL;
		uint8_t out[TSR_SIGNATURE_LEN] = { 0 };
		bool ok = tsr_sign_key_create(&key, seed.data) == 0;

		if (ok) {
			tsr_sign(out, key, hex_slice(msg));
			ok = memcmp(out, sig.data, sizeof(out)) == 0 &&
			     memcmp(tsr_sign_key_public(key), pk.data, 32) == 0 &&
			     memcmp(tsr_sign_key_seed(key), seed.data, 32) == 0 &&
			     tsr_sign_verify(out, pk.data, hex_slice(msg)) == 0;
		}
		tsr_sign_key_destroy(key);
		free(seed.data);
		free(pk.data);
		free(msg.data);
		free(sig.data);
		CHECK(ok);
	}
}

static void each_flipped_bit_is_refused(void)
{
	uint8_t sig[TSR_SIGNATURE_LEN], pk[TSR_SIGN_PUBLIC_LEN];
	struct tsr_sign_key *key;
	int n = 0;

	CHECK_INT(tsr_sign_key_random(&key), 0);
	tsr_sign(sig, key, tsr_slice_str("tessera"));
	memcpy(pk, tsr_sign_key_public(key), sizeof(pk));
	tsr_sign_key_destroy(key);
	CHECK_INT(tsr_sign_verify(sig, pk, tsr_slice_str("tessera")), 0);
	for (size_t bit = 0; bit < 8 * sizeof(sig); bit++) {
		sig[bit / 8] ^= (uint8_t)(1u << bit % 8);
		n += tsr_sign_verify(sig, pk, tsr_slice_str("tessera")) == TSR_ERR_AUTH;
		sig[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	for (size_t bit = 0; bit < 8 * sizeof(pk); bit++) {
		pk[bit / 8] ^= (uint8_t)(1u << bit % 8);
		n += tsr_sign_verify(sig, pk, tsr_slice_str("tessera")) == TSR_ERR_AUTH;
		pk[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	CHECK_INT(n, 8 * (sizeof(sig) + sizeof(pk)));
}

/* With a key of small order one signature fits many messages. */
static void small_order_keys_are_refused(void)
{
	static const char *const keys[] = {
		"0000000000000000000000000000000000000000000000000000000000000000",
		"0100000000000000000000000000000000000000000000000000000000000000",
		"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
		"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
		"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
	};
	/* R = identity, S = 0 */
	uint8_t sig[TSR_SIGNATURE_LEN] = { 1 };

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		struct hex pk = hex_parse(keys[i]);
		bool refused = tsr_sign_public_check(pk.data) == TSR_ERR_FORMAT &&
			       tsr_sign_verify(sig, pk.data, tsr_slice_str("any")) == TSR_ERR_AUTH;

		free(pk.data);
		CHECK(refused);
	}
}

static bool wycheproof_case(const json_t *test, struct hex pk)
{
	struct hex msg = hex_get(test, "msg"), sig = hex_get(test, "sig");
	bool is_valid = strcmp(text_get(test, "result"), "valid") == 0;
	bool is_accepted = sig.len == TSR_SIGNATURE_LEN &&
			   tsr_sign_verify(sig.data, pk.data, hex_slice(msg)) == 0;

	free(msg.data);
	free(sig.data);
	return is_valid == is_accepted;
}

static void wycheproof(void)
{
	VECTORS_OR_SKIP(root, "wycheproof-ed25519.json");
	json_t *group, *test;
	size_t i, j, n = 0, n_ok = 0;

	json_array_foreach(json_object_get(root, "testGroups"), i, group)
	{
		struct hex pk = hex_get(json_object_get(group, "publicKey"), "pk");

		json_array_foreach(json_object_get(group, "tests"), j, test)
		{
			n++;
			n_ok += pk.len == 32 && wycheproof_case(test, pk);
		}
		free(pk.data);
	}
	json_decref(root);
	CHECK(n > 100);
	CHECK_INT(n_ok, n);
}

TEST_MAIN(TEST(rfc8032), TEST(each_flipped_bit_is_refused), TEST(small_order_keys_are_refused),
	TEST(wycheproof))
