/* SPDX-License-Identifier: Apache-2.0 */
#include "core/e2e/proof.h"

#include "core/base/writer.h"
#include "core/crypto/hkdf.h"

/* The labels with their NUL: no text that is signed for one purpose begins another's. */
static const char hello_label[] = "tessera hello";
static const char attach_label[] = "tessera attach";

struct text {
	uint8_t bytes[sizeof(attach_label) + TSR_CHALLENGE_LEN + TSR_SHA256_LEN];
};

static struct tsr_slice hello_text(
	struct text *text, const uint8_t nonce[static TSR_CHALLENGE_LEN], struct tsr_slice token)
{
	struct tsr_writer wr = tsr_writer(text->bytes, sizeof(text->bytes));
	uint8_t hash[TSR_SHA256_LEN];

	tsr_sha256(hash, token);
	tsr_writer_bytes(&wr, tsr_slice(hello_label, sizeof(hello_label)));
	tsr_writer_bytes(&wr, tsr_slice(nonce, TSR_CHALLENGE_LEN));
	tsr_writer_bytes(&wr, tsr_slice(hash, sizeof(hash)));
	return tsr_slice(text->bytes, wr.len);
}

static struct tsr_slice attach_text(struct text *text,
	const uint8_t nonce[static TSR_CHALLENGE_LEN],
	const uint8_t ticket[static TSR_BULK_TICKET_LEN])
{
	struct tsr_writer wr = tsr_writer(text->bytes, sizeof(text->bytes));

	tsr_writer_bytes(&wr, tsr_slice(attach_label, sizeof(attach_label)));
	tsr_writer_bytes(&wr, tsr_slice(nonce, TSR_CHALLENGE_LEN));
	tsr_writer_bytes(&wr, tsr_slice(ticket, TSR_BULK_TICKET_LEN));
	return tsr_slice(text->bytes, wr.len);
}

void tsr_proof_hello(uint8_t out[static TSR_SIGNATURE_LEN], const struct tsr_sign_key *device,
	const uint8_t nonce[static TSR_CHALLENGE_LEN], struct tsr_slice token)
{
	struct text text;

	tsr_sign(out, device, hello_text(&text, nonce, token));
}

int tsr_proof_hello_verify(const uint8_t proof[static TSR_SIGNATURE_LEN],
	const uint8_t device_key[static TSR_SIGN_PUBLIC_LEN],
	const uint8_t nonce[static TSR_CHALLENGE_LEN], struct tsr_slice token)
{
	struct text text;

	return tsr_sign_verify(proof, device_key, hello_text(&text, nonce, token));
}

void tsr_proof_attach(uint8_t out[static TSR_SIGNATURE_LEN], const struct tsr_sign_key *device,
	const uint8_t nonce[static TSR_CHALLENGE_LEN],
	const uint8_t ticket[static TSR_BULK_TICKET_LEN])
{
	struct text text;

	tsr_sign(out, device, attach_text(&text, nonce, ticket));
}

int tsr_proof_attach_verify(const uint8_t proof[static TSR_SIGNATURE_LEN],
	const uint8_t device_key[static TSR_SIGN_PUBLIC_LEN],
	const uint8_t nonce[static TSR_CHALLENGE_LEN],
	const uint8_t ticket[static TSR_BULK_TICKET_LEN])
{
	struct text text;

	return tsr_sign_verify(proof, device_key, attach_text(&text, nonce, ticket));
}
