/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_SYS_CERT_H
#define TSR_SYS_CERT_H

#include <stddef.h>
#include <stdint.h>

#include "core/base/attr.h"
#include "core/base/msg.h"
#include "core/base/slice.h"

/* cert: the self-signed certificate of a first start, and what to say about a given one. */

#define TSR_CERT_PIN_LEN 32               /* SHA-256 of the public key (SubjectPublicKeyInfo) */
#define TSR_CERT_FINGERPRINT_LEN (32 * 3) /* "AB:CD:.." of SHA-256 over the certificate, and 0 */

/* Makes an ECDSA P-256 key and a certificate for localhost, this machine's name and the addresses
 * of its interfaces, plus extra names (may be NULL-ended list or NULL). Valid for 825 days.
 * Returns both in PEM; the caller unrefs, the key through tsr_cert_wipe(). */
TSR_CHECKED int tsr_cert_make(
	struct tsr_msg **chain_pem, struct tsr_msg **key_pem, const char *const *extra_names);

/* Overwrites and drops a message that held a secret. */
void tsr_cert_wipe(struct tsr_msg **msg);

/* Pin of the first certificate in a PEM text (its public key), and fingerprint of the whole.
 * TSR_ERR_FORMAT when there is none. Both outputs may be NULL. */
TSR_CHECKED int tsr_cert_describe(struct tsr_slice pem, uint8_t pin[TSR_CERT_PIN_LEN],
	char fingerprint[TSR_CERT_FINGERPRINT_LEN]);

/* 0 when the key belongs to the chain's first certificate, else TSR_ERR_CONFIG. */
TSR_CHECKED int tsr_cert_check(struct tsr_slice chain_pem, struct tsr_slice key_pem);

#endif
