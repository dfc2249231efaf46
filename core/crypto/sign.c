/* SPDX-License-Identifier: Apache-2.0 */
#include "core/crypto/sign.h"

#include <assert.h>
#include <sodium.h>
#include <stdlib.h>

#include "core/base/err.h"
#include "core/crypto/secret.h"

/* libsodium's secret key is seed || public key. */
struct tsr_sign_key {
	struct tsr_secret *pair;
};

static_assert(crypto_sign_SECRETKEYBYTES == TSR_SIGN_SEED_LEN + TSR_SIGN_PUBLIC_LEN,
	"libsodium keeps seed and public key side by side");

int tsr_sign_key_create(struct tsr_sign_key **out, const uint8_t seed[static TSR_SIGN_SEED_LEN])
{
	struct tsr_sign_key *key = calloc(1, sizeof(*key));
	uint8_t public_key[TSR_SIGN_PUBLIC_LEN];
	int r;

	*out = NULL;
	if (!key)
		return TSR_ERR_NOMEM;
	if ((r = tsr_secret_create(&key->pair, crypto_sign_SECRETKEYBYTES)) != 0)
		goto out;
	if (crypto_sign_seed_keypair(public_key, tsr_secret_data(key->pair), seed) != 0) {
		r = TSR_ERR_CRYPTO;
		goto out;
	}
	*out = key;
	key = NULL; /* now the caller's */
out:
	tsr_sign_key_destroy(key);
	return r;
}

int tsr_sign_key_random(struct tsr_sign_key **out)
{
	uint8_t seed[TSR_SIGN_SEED_LEN];
	int r;

	randombytes_buf(seed, sizeof(seed));
	r = tsr_sign_key_create(out, seed);
	sodium_memzero(seed, sizeof(seed));
	return r;
}

void tsr_sign_key_destroy(struct tsr_sign_key *key)
{
	if (!key)
		return;
	tsr_secret_destroy(key->pair);
	free(key);
}

const uint8_t *tsr_sign_key_public(const struct tsr_sign_key *key)
{
	return tsr_secret_slice(key->pair).data + TSR_SIGN_SEED_LEN;
}

const uint8_t *tsr_sign_key_seed(const struct tsr_sign_key *key)
{
	return tsr_secret_slice(key->pair).data;
}

void tsr_sign(uint8_t out[static TSR_SIGNATURE_LEN], const struct tsr_sign_key *key,
	struct tsr_slice message)
{
	int r = crypto_sign_detached(
		out, NULL, message.data, message.len, tsr_secret_slice(key->pair).data);

	assert(r == 0); /* documented to be so always */
	(void)r;
}

int tsr_sign_verify(const uint8_t signature[static TSR_SIGNATURE_LEN],
	const uint8_t public_key[static TSR_SIGN_PUBLIC_LEN], struct tsr_slice message)
{
	return crypto_sign_verify_detached(signature, message.data, message.len, public_key) == 0
		       ? 0
		       : TSR_ERR_AUTH;
}

int tsr_sign_public_check(const uint8_t public_key[static TSR_SIGN_PUBLIC_LEN])
{
	return crypto_core_ed25519_is_valid_point(public_key) == 1 ? 0 : TSR_ERR_FORMAT;
}
