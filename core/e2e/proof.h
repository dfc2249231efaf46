/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_E2E_PROOF_H
#define TSR_E2E_PROOF_H

#include <stdint.h>

#include "core/base/attr.h"
#include "core/base/slice.h"
#include "core/crypto/sign.h"

/*
 * proof: a device shows that it holds the key its token or ticket is bound to.
 *
 *	Hello.proof   Ed25519 over "tessera hello\0" || challenge nonce || SHA-256(token)
 *	Attach.proof  Ed25519 over "tessera attach\0" || challenge nonce || ticket
 */
#define TSR_CHALLENGE_LEN 32
#define TSR_BULK_TICKET_LEN 16

void tsr_proof_hello(uint8_t out[static TSR_SIGNATURE_LEN], const struct tsr_sign_key *device,
	const uint8_t nonce[static TSR_CHALLENGE_LEN], struct tsr_slice token);
TSR_CHECKED int tsr_proof_hello_verify(const uint8_t proof[static TSR_SIGNATURE_LEN],
	const uint8_t device_key[static TSR_SIGN_PUBLIC_LEN],
	const uint8_t nonce[static TSR_CHALLENGE_LEN], struct tsr_slice token);

void tsr_proof_attach(uint8_t out[static TSR_SIGNATURE_LEN], const struct tsr_sign_key *device,
	const uint8_t nonce[static TSR_CHALLENGE_LEN],
	const uint8_t ticket[static TSR_BULK_TICKET_LEN]);
TSR_CHECKED int tsr_proof_attach_verify(const uint8_t proof[static TSR_SIGNATURE_LEN],
	const uint8_t device_key[static TSR_SIGN_PUBLIC_LEN],
	const uint8_t nonce[static TSR_CHALLENGE_LEN],
	const uint8_t ticket[static TSR_BULK_TICKET_LEN]);

#endif
