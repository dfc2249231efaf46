/* SPDX-License-Identifier: Apache-2.0 */
#include "core/crypto/hkdf.h"

#include <openssl/evp.h>
#include <openssl/kdf.h>

#include "core/base/err.h"
#include "test.h"
#include "vectors.h"

static void hashes_are_those_of_the_standard(void)
{
	static const uint8_t sha256[] = { 0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea, 0x41,
		0x41, 0x40, 0xde, 0x5d, 0xae, 0x22, 0x23, 0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17, 0x7a,
		0x9c, 0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00, 0x15, 0xad };
	static const uint8_t sha512[] = { 0xdd, 0xaf, 0x35, 0xa1, 0x93, 0x61, 0x7a, 0xba, 0xcc,
		0x41, 0x73, 0x49, 0xae, 0x20, 0x41, 0x31 };
	uint8_t out[TSR_SHA512_LEN];

	tsr_sha256(out, tsr_slice_str("abc"));
	CHECK_MEM(out, sha256, sizeof(sha256));
	tsr_sha512(out, tsr_slice_str("abc"));
	CHECK_MEM(out, sha512, sizeof(sha512));
	tsr_sha256(out, tsr_slice(NULL, 0));
	CHECK_MEM(out, "\xe3\xb0\xc4\x42", 4);
}

/* The inputs of RFC 5869 A.1; the RFC prints no results for SHA-512, so OpenSSL says them. */
static void agrees_with_openssl(void)
{
	uint8_t ikm[22], salt[13], info[10], ours[300], theirs[300];
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_id(EVP_PKEY_HKDF, NULL);
	size_t len = sizeof(theirs);
	bool ok;

	memset(ikm, 0x0b, sizeof(ikm));
	for (size_t i = 0; i < sizeof(salt); i++)
		salt[i] = (uint8_t)i;
	for (size_t i = 0; i < sizeof(info); i++)
		info[i] = (uint8_t)(0xf0 + i);
	ok = ctx && EVP_PKEY_derive_init(ctx) == 1 &&
	     EVP_PKEY_CTX_set_hkdf_md(ctx, EVP_sha512()) == 1 &&
	     EVP_PKEY_CTX_set1_hkdf_salt(ctx, salt, sizeof(salt)) == 1 &&
	     EVP_PKEY_CTX_set1_hkdf_key(ctx, ikm, sizeof(ikm)) == 1 &&
	     EVP_PKEY_CTX_add1_hkdf_info(ctx, info, sizeof(info)) == 1 &&
	     EVP_PKEY_derive(ctx, theirs, &len) == 1;
	EVP_PKEY_CTX_free(ctx);
	CHECK(ok);
	CHECK_INT(tsr_hkdf(ours, sizeof(ours), tsr_slice(salt, sizeof(salt)),
			  tsr_slice(ikm, sizeof(ikm)), tsr_slice(info, sizeof(info))),
		0);
	CHECK_MEM(ours, theirs, sizeof(ours));
}

/* An empty salt is 64 zero bytes, and a shorter output is the start of a longer one. */
static void empty_salt_is_zeros(void)
{
	uint8_t zeros[64] = { 0 }, a[64], b[64];

	tsr_hkdf_extract(a, tsr_slice(NULL, 0), tsr_slice_str("ikm"));
	tsr_hkdf_extract(b, tsr_slice(zeros, sizeof(zeros)), tsr_slice_str("ikm"));
	CHECK_MEM(a, b, 64);
	CHECK_INT(tsr_hkdf_expand(a, 64, tsr_slice_str("prk"), tsr_slice(NULL, 0)), 0);
	CHECK_INT(tsr_hkdf_expand(b, 7, tsr_slice_str("prk"), tsr_slice(NULL, 0)), 0);
	CHECK_MEM(a, b, 7);
}

static bool wycheproof_case(const json_t *test)
{
	struct hex ikm = hex_get(test, "ikm"), salt = hex_get(test, "salt");
	struct hex info = hex_get(test, "info"), okm = hex_get(test, "okm");
	size_t size = (size_t)json_integer_value(json_object_get(test, "size"));
	bool is_valid = strcmp(text_get(test, "result"), "valid") == 0;
	uint8_t *out = malloc(size + 1);
	int r = out ? tsr_hkdf(out, size, hex_slice(salt), hex_slice(ikm), hex_slice(info)) : 1;
	bool ok = is_valid ? r == 0 && okm.len == size && memcmp(out, okm.data, size) == 0
			   : r == TSR_ERR_RANGE;

	free(out);
	free(ikm.data);
	free(salt.data);
	free(info.data);
	free(okm.data);
	return ok;
}

static void wycheproof(void)
{
	VECTORS_OR_SKIP(root, "wycheproof-hkdf_sha512.json");
	json_t *group, *test;
	size_t i, j, n = 0, n_ok = 0;

	json_array_foreach(json_object_get(root, "testGroups"), i, group)
		json_array_foreach(json_object_get(group, "tests"), j, test)
	{
		n++;
		n_ok += wycheproof_case(test);
	}
	json_decref(root);
	CHECK(n > 50);
	CHECK_INT(n_ok, n);
}

TEST_MAIN(TEST(hashes_are_those_of_the_standard), TEST(agrees_with_openssl),
	TEST(empty_salt_is_zeros), TEST(wycheproof))
