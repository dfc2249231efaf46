/* SPDX-License-Identifier: Apache-2.0 */
#define OPENSSL_SUPPRESS_DEPRECATED /* see hmac_sha1.h */
#include "core/media/hmac_sha1.h"

#include "core/crypto/secret.h"

void tsr_hmac_sha1_init(struct tsr_hmac_sha1 *hmac, struct tsr_slice key)
{
	uint8_t hashed[SHA_DIGEST_LENGTH], pad[SHA_CBLOCK];

	if (key.len > sizeof(pad)) {
		SHA1(key.data, key.len, hashed);
		key = tsr_slice(hashed, sizeof(hashed));
	}
	for (size_t i = 0; i < sizeof(pad); i++)
		pad[i] = (i < key.len ? key.data[i] : 0) ^ 0x36;
	SHA1_Init(&hmac->inner);
	SHA1_Update(&hmac->inner, pad, sizeof(pad));
	for (size_t i = 0; i < sizeof(pad); i++)
		pad[i] ^= 0x36 ^ 0x5c;
	SHA1_Init(&hmac->outer);
	SHA1_Update(&hmac->outer, pad, sizeof(pad));
	tsr_wipe(pad, sizeof(pad));
	tsr_wipe(hashed, sizeof(hashed));
}

void tsr_hmac_sha1(const struct tsr_hmac_sha1 *hmac, uint8_t out[static TSR_HMAC_SHA1_LEN],
	const struct tsr_slice *parts, size_t n)
{
	SHA_CTX ctx = hmac->inner;
	uint8_t digest[SHA_DIGEST_LENGTH];

	for (size_t i = 0; i < n; i++)
		SHA1_Update(&ctx, parts[i].data, parts[i].len);
	SHA1_Final(digest, &ctx);
	ctx = hmac->outer;
	SHA1_Update(&ctx, digest, sizeof(digest));
	SHA1_Final(out, &ctx);
}
