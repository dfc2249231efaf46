/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_CRYPTO_HKDF_H
#define TSR_CRYPTO_HKDF_H

#include <stdint.h>

#include "core/base/attr.h"
#include "core/base/slice.h"

/* hkdf: the one key derivation of the project, HKDF-SHA512 (RFC 5869), and the two hashes. */
#define TSR_SHA256_LEN 32
#define TSR_SHA512_LEN 64
#define TSR_PRK_LEN TSR_SHA512_LEN
#define TSR_HKDF_MAX (255 * TSR_SHA512_LEN)

void tsr_sha256(uint8_t out[static TSR_SHA256_LEN], struct tsr_slice bytes);
void tsr_sha512(uint8_t out[static TSR_SHA512_LEN], struct tsr_slice bytes);

/* RFC 5869 section 2.2. An empty salt stands for 64 zero bytes. */
void tsr_hkdf_extract(uint8_t prk[static TSR_PRK_LEN], struct tsr_slice salt, struct tsr_slice ikm);

/* RFC 5869 section 2.3; prk may have any length from one byte up.
 * Returns 0, or TSR_ERR_RANGE when len > TSR_HKDF_MAX (out is not touched). */
TSR_CHECKED int tsr_hkdf_expand(
	uint8_t *out, size_t len, struct tsr_slice prk, struct tsr_slice info);

/* Both steps. */
TSR_CHECKED int tsr_hkdf(uint8_t *out, size_t len, struct tsr_slice salt, struct tsr_slice ikm,
	struct tsr_slice info);

#endif
