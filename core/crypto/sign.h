/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_CRYPTO_SIGN_H
#define TSR_CRYPTO_SIGN_H

#include <stdint.h>

#include "core/base/attr.h"
#include "core/base/slice.h"

/* sign: Ed25519 (RFC 8032), refusing small-order and non-canonical keys and signatures. */
#define TSR_SIGN_SEED_LEN 32
#define TSR_SIGN_PUBLIC_LEN 32
#define TSR_SIGNATURE_LEN 64

/* A key pair; its secret half lies in a tsr_secret. */
struct tsr_sign_key;

/* Gives the key pair of a seed; borrows the seed. Returns 0 or TSR_ERR_NOMEM. */
TSR_CHECKED int tsr_sign_key_create(
	struct tsr_sign_key **out, const uint8_t seed[static TSR_SIGN_SEED_LEN]);

/* Draws randomness: gives a new key pair. */
TSR_CHECKED int tsr_sign_key_random(struct tsr_sign_key **out);

void tsr_sign_key_destroy(struct tsr_sign_key *key); /* NULL is fine */

/* The public half, TSR_SIGN_PUBLIC_LEN bytes, valid until the key is destroyed. */
const uint8_t *tsr_sign_key_public(const struct tsr_sign_key *key);

/* The seed, TSR_SIGN_SEED_LEN bytes, valid until the key is destroyed. For keeping it in a file. */
const uint8_t *tsr_sign_key_seed(const struct tsr_sign_key *key);

/* Signs message as it is: what is signed must begin with a label of its purpose. */
void tsr_sign(uint8_t out[static TSR_SIGNATURE_LEN], const struct tsr_sign_key *key,
	struct tsr_slice message);

/* Returns 0 or TSR_ERR_AUTH. */
TSR_CHECKED int tsr_sign_verify(const uint8_t signature[static TSR_SIGNATURE_LEN],
	const uint8_t public_key[static TSR_SIGN_PUBLIC_LEN], struct tsr_slice message);

/* Whether the bytes can be somebody's key at all: canonical, on the curve, in the main
 * subgroup. Returns 0 or TSR_ERR_FORMAT. */
TSR_CHECKED int tsr_sign_public_check(const uint8_t public_key[static TSR_SIGN_PUBLIC_LEN]);

#endif
