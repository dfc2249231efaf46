/* SPDX-License-Identifier: Apache-2.0 */
#include "core/crypto/hkdf.h"

#include <sodium.h>

#include "core/base/err.h"

/* An empty slice may have no address, which libsodium does not mind but memcpy does. */
static const uint8_t nothing[1];

static const uint8_t *address(struct tsr_slice bytes)
{
	return bytes.len ? bytes.data : nothing;
}

void tsr_sha256(uint8_t out[static TSR_SHA256_LEN], struct tsr_slice bytes)
{
	crypto_hash_sha256(out, address(bytes), bytes.len);
}

void tsr_sha512(uint8_t out[static TSR_SHA512_LEN], struct tsr_slice bytes)
{
	crypto_hash_sha512(out, address(bytes), bytes.len);
}

void tsr_hkdf_extract(uint8_t prk[static TSR_PRK_LEN], struct tsr_slice salt, struct tsr_slice ikm)
{
	crypto_auth_hmacsha512_state state;

	/* HMAC pads its key with zeros, so an empty salt is the 64 zero bytes of the RFC. */
	crypto_auth_hmacsha512_init(&state, address(salt), salt.len);
	crypto_auth_hmacsha512_update(&state, address(ikm), ikm.len);
	crypto_auth_hmacsha512_final(&state, prk);
	sodium_memzero(&state, sizeof(state));
}

int tsr_hkdf_expand(uint8_t *out, size_t len, struct tsr_slice prk, struct tsr_slice info)
{
	crypto_auth_hmacsha512_state state;
	uint8_t block[TSR_SHA512_LEN];
	uint8_t counter = 0;

	if (len > TSR_HKDF_MAX)
		return TSR_ERR_RANGE;
	for (size_t done = 0; done < len;) {
		size_t n = len - done < sizeof(block) ? len - done : sizeof(block);

		crypto_auth_hmacsha512_init(&state, address(prk), prk.len);
		if (counter++)
			crypto_auth_hmacsha512_update(&state, block, sizeof(block));
		crypto_auth_hmacsha512_update(&state, address(info), info.len);
		crypto_auth_hmacsha512_update(&state, &counter, 1);
		crypto_auth_hmacsha512_final(&state, block);
		memcpy(out + done, block, n);
		done += n;
	}
	sodium_memzero(&state, sizeof(state));
	sodium_memzero(block, sizeof(block));
	return 0;
}

int tsr_hkdf(uint8_t *out, size_t len, struct tsr_slice salt, struct tsr_slice ikm,
	struct tsr_slice info)
{
	uint8_t prk[TSR_PRK_LEN];
	int r;

	tsr_hkdf_extract(prk, salt, ikm);
	r = tsr_hkdf_expand(out, len, tsr_slice(prk, sizeof(prk)), info);
	sodium_memzero(prk, sizeof(prk));
	return r;
}
