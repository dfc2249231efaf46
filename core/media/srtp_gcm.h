/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_MEDIA_SRTP_GCM_H
#define TSR_MEDIA_SRTP_GCM_H

#include "core/crypto/gcm.h"

/*
 * srtp_gcm: AES-GCM of SRTP packets. An SFU does hardly anything else, so it has the fastest there
 * is: libipsec-mb, which takes what this processor has (AES-NI, AVX2, VAES with AVX-512). Where the
 * library was not there to build with, or the processor has no AES instructions, the same calls go
 * to core/crypto/gcm.h.
 */
struct tsr_srtp_gcm;

/* Finds out what this processor has; without it, OpenSSL does the work. Once, before threads
 * start. Says what it found, for a log. */
const char *tsr_srtp_gcm_init(void);

/* Borrows the key, 16 or 32 bytes. Returns 0, TSR_ERR_RANGE, TSR_ERR_NOMEM or TSR_ERR_CRYPTO. */
TSR_CHECKED int tsr_srtp_gcm_create(struct tsr_srtp_gcm **out, struct tsr_slice key, bool seals);
void tsr_srtp_gcm_destroy(struct tsr_srtp_gcm *gcm); /* wipes; NULL is fine */

/* Brings the expanded key into the cache. */
void tsr_srtp_gcm_fetch(const struct tsr_srtp_gcm *gcm);

/* As tsr_gcm_seal() and tsr_gcm_open(). */
TSR_CHECKED int tsr_srtp_gcm_seal(struct tsr_srtp_gcm *gcm, uint8_t *out,
	const uint8_t nonce[static TSR_GCM_NONCE_LEN], struct tsr_slice aad,
	struct tsr_slice plain);
TSR_CHECKED int tsr_srtp_gcm_open(struct tsr_srtp_gcm *gcm, uint8_t *out,
	const uint8_t nonce[static TSR_GCM_NONCE_LEN], struct tsr_slice aad,
	struct tsr_slice sealed);

#endif
