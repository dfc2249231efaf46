/* SPDX-License-Identifier: Apache-2.0 */
/* Where there is no libipsec-mb: OpenSSL. The other one is srtp_gcm_mb.c. */
#include "core/media/srtp_gcm.h"

const char *tsr_srtp_gcm_init(void)
{
	return "OpenSSL";
}

int tsr_srtp_gcm_create(struct tsr_srtp_gcm **out, struct tsr_slice key, bool seals)
{
	return tsr_gcm_create((struct tsr_gcm **)out, key, seals);
}

void tsr_srtp_gcm_destroy(struct tsr_srtp_gcm *gcm)
{
	tsr_gcm_destroy((struct tsr_gcm *)gcm);
}

void tsr_srtp_gcm_fetch(const struct tsr_srtp_gcm *gcm)
{
	(void)gcm; /* OpenSSL alone knows where it has it */
}

int tsr_srtp_gcm_seal(struct tsr_srtp_gcm *gcm, uint8_t *out,
	const uint8_t nonce[static TSR_GCM_NONCE_LEN], struct tsr_slice aad, struct tsr_slice plain)
{
	return tsr_gcm_seal((struct tsr_gcm *)gcm, out, nonce, aad, plain);
}

int tsr_srtp_gcm_open(struct tsr_srtp_gcm *gcm, uint8_t *out,
	const uint8_t nonce[static TSR_GCM_NONCE_LEN], struct tsr_slice aad,
	struct tsr_slice sealed)
{
	return tsr_gcm_open((struct tsr_gcm *)gcm, out, nonce, aad, sealed);
}
