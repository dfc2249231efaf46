/* SPDX-License-Identifier: Apache-2.0 */
#include "core/crypto/secret.h"

#include <sodium.h>

#include "core/base/err.h"

/* Lies in guarded memory as a whole. */
struct tsr_secret {
	size_t len;
	uint8_t data[];
};

int tsr_secret_create(struct tsr_secret **out, size_t len)
{
	struct tsr_secret *secret;

	*out = NULL;
	if (len == 0 || len > TSR_SECRET_MAX)
		return TSR_ERR_RANGE;
	if (sodium_init() < 0)
		return TSR_ERR_CRYPTO;
	/* The end of the block touches the guard page and is aligned to nothing: round up, so
	 * that len is where it may be read. */
	secret = sodium_malloc((sizeof(*secret) + len + 15) & ~(size_t)15);
	if (!secret)
		return TSR_ERR_NOMEM;
	secret->len = len;
	memset(secret->data, 0, len);
	*out = secret;
	return 0;
}

int tsr_secret_copy(struct tsr_secret **out, struct tsr_slice bytes)
{
	int r = tsr_secret_create(out, bytes.len);

	if (r == 0)
		memcpy((*out)->data, bytes.data, bytes.len);
	return r;
}

int tsr_secret_random(struct tsr_secret **out, size_t len)
{
	int r = tsr_secret_create(out, len);

	if (r == 0)
		randombytes_buf((*out)->data, len);
	return r;
}

void tsr_secret_destroy(struct tsr_secret *secret)
{
	sodium_free(secret);
}

uint8_t *tsr_secret_data(struct tsr_secret *secret)
{
	return secret->data;
}

struct tsr_slice tsr_secret_slice(const struct tsr_secret *secret)
{
	return tsr_slice(secret->data, secret->len);
}

bool tsr_secret_equal(const struct tsr_secret *a, const struct tsr_secret *b)
{
	return tsr_bytes_equal(tsr_secret_slice(a), tsr_secret_slice(b));
}

bool tsr_bytes_equal(struct tsr_slice a, struct tsr_slice b)
{
	return a.len == b.len && (a.len == 0 || sodium_memcmp(a.data, b.data, a.len) == 0);
}

void tsr_wipe(void *data, size_t len)
{
	if (len)
		sodium_memzero(data, len);
}
