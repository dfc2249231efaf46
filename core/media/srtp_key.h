/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_MEDIA_SRTP_KEY_H
#define TSR_MEDIA_SRTP_KEY_H

#include <openssl/evp.h>

#include "core/media/hmac_sha1.h"
#include "core/media/srtp.h"
#include "core/media/srtp_gcm.h"

/*
 * srtp_key: the session keys of SRTP or of SRTCP, derived (RFC 3711 4.3) and expanded; srtp.h is
 * what the packets look like around it.
 */
#define TSR_SRTP_SHA1_80_LEN 10 /* of the tag of the counter mode profile */

struct tsr_srtp_key {
	uint8_t salt[TSR_SRTP_SALT_MAX];
	struct tsr_srtp_gcm *gcm; /* AEAD profiles; else: */
	EVP_CIPHER_CTX *ctr;
	struct tsr_hmac_sha1 hmac;
};

enum tsr_srtp_label {
	TSR_SRTP_LABEL_RTP = 0,
	TSR_SRTP_LABEL_RTCP = 3
}; /* encrypt, +1 auth, +2 salt */

/* Borrows the master key and salt, of the profile's lengths. Returns 0, TSR_ERR_NOMEM or
 * TSR_ERR_CRYPTO; finish() in any case. */
TSR_CHECKED int tsr_srtp_key_init(struct tsr_srtp_key *key, enum tsr_srtp_profile profile,
	enum tsr_srtp_direction direction, enum tsr_srtp_label label, struct tsr_slice master,
	struct tsr_slice salt);
void tsr_srtp_key_finish(struct tsr_srtp_key *key); /* wipes */

/* AEAD: text and tag (TSR_GCM_TAG_LEN) to out, which may be the text's place. index: 48 bits. */
TSR_CHECKED int tsr_srtp_key_seal(struct tsr_srtp_key *key, uint8_t *out, uint32_t ssrc,
	uint64_t index, struct tsr_slice aad, struct tsr_slice text);
TSR_CHECKED int tsr_srtp_key_open(struct tsr_srtp_key *key, uint8_t *out, uint32_t ssrc,
	uint64_t index, struct tsr_slice aad, struct tsr_slice sealed);

/* Counter mode: encrypting and decrypting are the same; the tag is over bytes and trailer. */
TSR_CHECKED int tsr_srtp_key_crypt(struct tsr_srtp_key *key, uint8_t *out, uint32_t ssrc,
	uint64_t index, struct tsr_slice text);
void tsr_srtp_key_tag(const struct tsr_srtp_key *key, uint8_t out[static TSR_SRTP_SHA1_80_LEN],
	struct tsr_slice bytes, struct tsr_slice trailer);

#endif
