/* SPDX-License-Identifier: Apache-2.0 */
#include "server/edge/hello.h"

#include <string.h>

#include "core/base/err.h"
#include "core/crypto/hkdf.h"
#include "core/crypto/secret.h"

int tsr_hello_read_attach(struct tsr_attach *out, const Tessera__V1__Attach *attach,
	const uint8_t nonce[static TSR_CHALLENGE_LEN])
{
	if (attach->version != TSR_PROTOCOL_VERSION)
		return TSR_ERR_VERSION;
	if (attach->ticket.len != TSR_BULK_TICKET_LEN || attach->proof.len != TSR_SIGNATURE_LEN)
		return TSR_ERR_FORMAT;
	memcpy(out->nonce, nonce, TSR_CHALLENGE_LEN);
	memcpy(out->ticket, attach->ticket.data, TSR_BULK_TICKET_LEN);
	memcpy(out->proof, attach->proof.data, TSR_SIGNATURE_LEN);
	return 0;
}

static int check_token(struct tsr_entry *entry, const Tessera__V1__Hello *hello,
	const uint8_t *nonce, const struct tsr_node_keys *keys, int64_t now_s)
{
	struct tsr_slice token = tsr_slice_str(hello->token);
	uint8_t ik[32];
	int r = tsr_token_open(&entry->claims, token, keys->token_key, keys->node, now_s);

	if (r != 0)
		return r == TSR_ERR_EXPIRED ? r : TSR_ERR_AUTH;
	tsr_sha256(ik, tsr_slice(hello->device_key.data, hello->device_key.len));
	if (!tsr_bytes_equal(tsr_slice(ik, 32), tsr_slice(entry->claims.ik, 32)))
		return TSR_ERR_AUTH;
	return tsr_proof_hello_verify(hello->proof.data, hello->device_key.data, nonce, token);
}

int tsr_hello_check(struct tsr_entry *entry, const Tessera__V1__Hello *hello,
	const uint8_t nonce[static TSR_CHALLENGE_LEN], const struct tsr_node_keys *keys,
	int64_t now_s)
{
	int r;

	if (hello->version != TSR_PROTOCOL_VERSION)
		return TSR_ERR_VERSION;
	if (hello->device_key.len != TSR_DEVICE_KEY_LEN || hello->proof.len != TSR_SIGNATURE_LEN)
		return TSR_ERR_FORMAT;
	r = tsr_hello_clean_text(entry->name, sizeof(entry->name), hello->name, TSR_NAME_CHARS);
	if (r != 0)
		return r;
	memcpy(entry->device_key, hello->device_key.data, TSR_DEVICE_KEY_LEN);
	/* A client of a kind that this server does not know yet is just a client. */
	entry->client = (uint32_t)hello->client <= TESSERA__V1__CLIENT__CLIENT_NATIVE
				? (uint32_t)hello->client
				: TESSERA__V1__CLIENT__CLIENT_UNKNOWN;
	entry->keeps_media = hello->keeps_media;
	return check_token(entry, hello, nonce, keys, now_s);
}
