/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_CRYPTO_PASETO_H
#define TSR_CRYPTO_PASETO_H

#include "core/base/attr.h"
#include "core/base/slice.h"
#include "core/crypto/sign.h"

/* paseto: v4.public tokens (PASETO version 4): a message signed with Ed25519, in text. */
#define TSR_PASETO_MAX 4096 /* characters of a token */

/* A verified token; the slices lie in the buffer that was given to tsr_paseto_verify(). */
struct tsr_paseto {
	struct tsr_slice message;
	struct tsr_slice footer; /* empty when there is none */
};

/* Writes the token and a NUL. Returns 0 or TSR_ERR_TOO_BIG. */
TSR_CHECKED int tsr_paseto_sign(char *out, size_t cap, const struct tsr_sign_key *key,
	struct tsr_slice message, struct tsr_slice footer, struct tsr_slice implicit);

/* Verifies a token over its message, its footer and the implicit assertion. buf needs
 * token.len bytes. Returns 0, TSR_ERR_FORMAT, TSR_ERR_TOO_BIG or TSR_ERR_AUTH. */
TSR_CHECKED int tsr_paseto_verify(struct tsr_paseto *out, uint8_t *buf, size_t cap,
	const uint8_t public_key[static TSR_SIGN_PUBLIC_LEN], struct tsr_slice token,
	struct tsr_slice implicit);

#endif
