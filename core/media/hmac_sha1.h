/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_MEDIA_HMAC_SHA1_H
#define TSR_MEDIA_HMAC_SHA1_H

#include <openssl/sha.h>

#include "core/base/slice.h"

/*
 * hmac_sha1: HMAC-SHA1 (RFC 2104) for what prescribes it: STUN and the oldest SRTP profile. The
 * key is hashed once. OpenSSL's EVP_MAC allocates for every message; its plain SHA1, deprecated
 * since 3.0 for having no provider, does not.
 */
#define TSR_HMAC_SHA1_LEN 20

struct tsr_hmac_sha1 {
	SHA_CTX inner, outer; /* with the padded key in them */
};

void tsr_hmac_sha1_init(struct tsr_hmac_sha1 *hmac, struct tsr_slice key);

/* Over the parts one after the other. */
void tsr_hmac_sha1(const struct tsr_hmac_sha1 *hmac, uint8_t out[static TSR_HMAC_SHA1_LEN],
	const struct tsr_slice *parts, size_t n);

#endif
