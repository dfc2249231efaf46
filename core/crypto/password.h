/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_CRYPTO_PASSWORD_H
#define TSR_CRYPTO_PASSWORD_H

#include "core/base/attr.h"
#include "core/base/slice.h"

/* password: Argon2id with 19 MiB, two passes, one lane. Takes some 30 ms: not for a loop thread
 * that has anything else to do. */
#define TSR_PASSWORD_MAX 256
#define TSR_PASSWORD_HASH_LEN 128 /* with the NUL */

/* Draws randomness (the salt): writes the encoded hash, "$argon2id$...".
 * Returns 0, TSR_ERR_TOO_BIG (more than TSR_PASSWORD_MAX bytes) or TSR_ERR_NOMEM. */
TSR_CHECKED int tsr_password_hash(
	char out[static TSR_PASSWORD_HASH_LEN], struct tsr_slice password);

/* Returns 0, TSR_ERR_AUTH (wrong), TSR_ERR_FORMAT (hash of another kind or cost),
 * TSR_ERR_TOO_BIG or TSR_ERR_NOMEM. hash NULL: does the same work and returns TSR_ERR_AUTH, so
 * that an unknown name costs what a known one does. */
TSR_CHECKED int tsr_password_verify(const char *hash, struct tsr_slice password);

#endif
