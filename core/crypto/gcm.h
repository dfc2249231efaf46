/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_CRYPTO_GCM_H
#define TSR_CRYPTO_GCM_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/attr.h"
#include "core/base/slice.h"

/*
 * gcm: AES-256-GCM (or -128) with 12-byte nonces and 16-byte tags. The key is expanded once, when
 * the context is made; a message then costs one pass. No nonce may come twice: sframe.h sees to it.
 */
#define TSR_GCM_KEY_LEN 32
#define TSR_GCM_NONCE_LEN 12
#define TSR_GCM_TAG_LEN 16
#define TSR_GCM_MESSAGE_MAX (1u << 30)

struct tsr_gcm;

/* Gives a context for one direction. Borrows the key, 16 or 32 bytes. Returns 0, TSR_ERR_RANGE,
 * TSR_ERR_NOMEM or TSR_ERR_CRYPTO. */
TSR_CHECKED int tsr_gcm_create(struct tsr_gcm **out, struct tsr_slice key, bool seals);
void tsr_gcm_destroy(struct tsr_gcm *gcm); /* NULL is fine */

/* Writes plain.len bytes and the tag to out; plain may be out itself, else they do not overlap.
 * Returns 0, TSR_ERR_TOO_BIG or TSR_ERR_CRYPTO. */
TSR_CHECKED int tsr_gcm_seal(struct tsr_gcm *gcm, uint8_t *out,
	const uint8_t nonce[static TSR_GCM_NONCE_LEN], struct tsr_slice aad,
	struct tsr_slice plain);

/* sealed is ciphertext and tag; writes sealed.len - 16 bytes, wiped again when the tag is wrong.
 * Returns 0, TSR_ERR_SHORT, TSR_ERR_TOO_BIG, TSR_ERR_CRYPTO or TSR_ERR_AUTH. */
TSR_CHECKED int tsr_gcm_open(struct tsr_gcm *gcm, uint8_t *out,
	const uint8_t nonce[static TSR_GCM_NONCE_LEN], struct tsr_slice aad,
	struct tsr_slice sealed);

#endif
