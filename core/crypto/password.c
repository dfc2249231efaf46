/* SPDX-License-Identifier: Apache-2.0 */
#include "core/crypto/password.h"

#include <assert.h>
#include <errno.h>
#include <sodium.h>

#include "core/base/err.h"

/* OWASP's second profile: 19 MiB, t = 2, p = 1. */
#define PASSES 2
#define MEMORY ((size_t)19 * 1024 * 1024)

static_assert(TSR_PASSWORD_HASH_LEN >= crypto_pwhash_STRBYTES, "room for what libsodium writes");

/* Nobody's: the hash that is tried where there is none. Its password was never kept. */
static const char nobody[] = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$"
			     "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/* libsodium wants an address also for no characters. */
static const char *address(struct tsr_slice password)
{
	return password.len ? (const char *)password.data : "";
}

int tsr_password_hash(char out[static TSR_PASSWORD_HASH_LEN], struct tsr_slice password)
{
	if (password.len > TSR_PASSWORD_MAX)
		return TSR_ERR_TOO_BIG;
	memset(out, 0, TSR_PASSWORD_HASH_LEN);
	if (crypto_pwhash_str_alg(out, address(password), password.len, PASSES, MEMORY,
		    crypto_pwhash_ALG_ARGON2ID13) != 0)
		return TSR_ERR_NOMEM;
	return 0;
}

int tsr_password_verify(const char *hash, struct tsr_slice password)
{
	const char *tried = hash ? hash : nobody;

	if (password.len > TSR_PASSWORD_MAX)
		return TSR_ERR_TOO_BIG;
	/* A stored hash of another cost would tell by its time whose it is. */
	if (strncmp(tried, "$argon2id$", 10) != 0 ||
		crypto_pwhash_str_needs_rehash(tried, PASSES, MEMORY) != 0)
		return TSR_ERR_FORMAT;
	errno = 0;
	if (crypto_pwhash_str_verify(tried, address(password), password.len) == 0)
		return hash ? 0 : TSR_ERR_AUTH;
	return errno == ENOMEM ? TSR_ERR_NOMEM : TSR_ERR_AUTH;
}
