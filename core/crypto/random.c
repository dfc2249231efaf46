/* SPDX-License-Identifier: Apache-2.0 */
#include "core/crypto/random.h"

#include <openssl/evp.h>
#include <sodium.h>
#include <stdbool.h>

#include "core/base/err.h"

/* OpenSSL reads its configuration and loads algorithms on their first use. */
static bool fetch_all(void)
{
	EVP_CIPHER *cipher = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL);
	EVP_MD *sha1 = EVP_MD_fetch(NULL, "SHA1", NULL);
	bool ok = cipher && sha1;

	EVP_CIPHER_free(cipher);
	EVP_MD_free(sha1);
	return ok;
}

int tsr_crypto_init(void)
{
	return sodium_init() >= 0 && fetch_all() ? 0 : TSR_ERR_CRYPTO;
}

void tsr_random(void *out, size_t len)
{
	randombytes_buf(out, len);
}

uint32_t tsr_random_uniform(uint32_t bound)
{
	return randombytes_uniform(bound);
}
