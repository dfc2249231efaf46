/* SPDX-License-Identifier: Apache-2.0 */
/* Built twice: with what SRTP uses here, and with OpenSSL, which it uses elsewhere. */
#include "core/media/srtp_gcm.h"

#include <string.h>

#include "core/base/err.h"
#include "test.h"

#define TEXT_MAX 1500

static uint8_t text[TEXT_MAX], sealed[TEXT_MAX + TSR_GCM_TAG_LEN],
	expected[TEXT_MAX + TSR_GCM_TAG_LEN];
static const uint8_t header[44] = { 0x90, 96, 1, 2 };

struct both {
	struct tsr_srtp_gcm *seal, *open;
	struct tsr_gcm *oracle;
};

static bool make(struct both *both, size_t key_len)
{
	uint8_t bytes[32];
	struct tsr_slice key = tsr_slice(bytes, key_len);

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(7 * i + key_len);
	return tsr_srtp_gcm_create(&both->seal, key, true) == 0 &&
	       tsr_srtp_gcm_create(&both->open, key, false) == 0 &&
	       tsr_gcm_create(&both->oracle, key, true) == 0;
}

static void drop(struct both *both)
{
	tsr_srtp_gcm_destroy(both->seal);
	tsr_srtp_gcm_destroy(both->open);
	tsr_gcm_destroy(both->oracle);
}

/* Sealed in place and beside it, as OpenSSL seals; opened again. */
static bool agrees(const struct both *both, size_t len, size_t aad_len)
{
	uint8_t nonce[TSR_GCM_NONCE_LEN] = { 0, 0, (uint8_t)len, (uint8_t)(len >> 8) };
	struct tsr_slice aad = tsr_slice(header, aad_len), plain = tsr_slice(text, len);
	size_t sealed_len = len + TSR_GCM_TAG_LEN;

	if (tsr_gcm_seal(both->oracle, expected, nonce, aad, plain) != 0 ||
		tsr_srtp_gcm_seal(both->seal, sealed, nonce, aad, plain) != 0 ||
		memcmp(sealed, expected, sealed_len) != 0)
		return false;
	memcpy(sealed, text, len);
	return tsr_srtp_gcm_seal(both->seal, sealed, nonce, aad, tsr_slice(sealed, len)) == 0 &&
	       memcmp(sealed, expected, sealed_len) == 0 &&
	       tsr_srtp_gcm_open(both->open, sealed, nonce, aad, tsr_slice(sealed, sealed_len)) ==
		       0 &&
	       memcmp(sealed, text, len) == 0;
}

static void seals_as_openssl_does(void)
{
	CHECK(strlen(tsr_srtp_gcm_init()) > 0);
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = (uint8_t)(i * i >> 3);
	for (size_t key_len = 16; key_len <= 32; key_len += 16) {
		struct both both = { NULL, NULL, NULL };

		CHECK(make(&both, key_len));
		for (size_t len = 0; len <= TEXT_MAX; len++)
			CHECK(agrees(&both, len, 12 + 4 * (len % 9)));
		CHECK(agrees(&both, 100, 0));
		drop(&both);
	}
}

static void refuses_every_flipped_bit_and_wipes(void)
{
	static const uint8_t nothing[100];
	uint8_t nonce[TSR_GCM_NONCE_LEN] = { 1 };
	struct tsr_slice aad = tsr_slice(header, 12);
	struct both both = { NULL, NULL, NULL };

	CHECK(make(&both, 16));
	CHECK_INT(tsr_gcm_seal(both.oracle, expected, nonce, aad, tsr_slice(text, 100)), 0);
	for (size_t bit = 0; bit < 8 * (100 + TSR_GCM_TAG_LEN); bit++) {
		memcpy(sealed, expected, 100 + TSR_GCM_TAG_LEN);
		sealed[bit / 8] ^= (uint8_t)(1u << bit % 8);
		CHECK_INT(tsr_srtp_gcm_open(both.open, sealed, nonce, aad,
				  tsr_slice(sealed, 100 + TSR_GCM_TAG_LEN)),
			TSR_ERR_AUTH);
		CHECK(memcmp(sealed, nothing, 100) == 0);
	}
	CHECK_INT(tsr_srtp_gcm_open(both.open, sealed, nonce, aad, tsr_slice(sealed, 15)),
		TSR_ERR_SHORT);
	drop(&both);
}

static void refuses_other_keys(void)
{
	struct tsr_srtp_gcm *gcm;

	CHECK_INT(tsr_srtp_gcm_create(&gcm, tsr_slice(header, 24), true), TSR_ERR_RANGE);
	CHECK(gcm == NULL);
	tsr_srtp_gcm_destroy(NULL);
}

TEST_MAIN(TEST(seals_as_openssl_does), TEST(refuses_every_flipped_bit_and_wipes),
	TEST(refuses_other_keys))
