/* SPDX-License-Identifier: Apache-2.0 */
#include "core/media/srtp_key.h"

#include "core/base/err.h"
#include "core/crypto/secret.h"

#define AUTH_KEY_LEN 20
#define IV_LEN 16

size_t tsr_srtp_key_len(enum tsr_srtp_profile profile)
{
	switch (profile) {
	case TSR_SRTP_AES128_CM_SHA1_80:
	case TSR_SRTP_AEAD_AES_128_GCM:
		return 16;
	case TSR_SRTP_AEAD_AES_256_GCM:
		return 32;
	}
	return 0;
}

size_t tsr_srtp_salt_len(enum tsr_srtp_profile profile)
{
	switch (profile) {
	case TSR_SRTP_AES128_CM_SHA1_80:
		return 14;
	case TSR_SRTP_AEAD_AES_128_GCM:
	case TSR_SRTP_AEAD_AES_256_GCM:
		return 12;
	}
	return 0;
}

/* ---- counter mode ---- */

static int ctr_create(EVP_CIPHER_CTX **out, struct tsr_slice key)
{
	const char *name = key.len == 16 ? "AES-128-CTR" : "AES-256-CTR";
	EVP_CIPHER *cipher = EVP_CIPHER_fetch(NULL, name, NULL);
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int r = TSR_ERR_NOMEM;

	*out = NULL;
	if (!ctx)
		goto out;
	r = TSR_ERR_CRYPTO;
	if (!cipher || EVP_EncryptInit_ex2(ctx, cipher, key.data, NULL, NULL) != 1)
		goto out;
	*out = ctx;
	ctx = NULL; /* now the caller's */
	r = 0;
out:
	EVP_CIPHER_CTX_free(ctx);
	EVP_CIPHER_free(cipher);
	return r;
}

static int ctr_run(
	EVP_CIPHER_CTX *ctx, uint8_t *out, const uint8_t iv[static IV_LEN], struct tsr_slice text)
{
	int n;

	if (EVP_EncryptInit_ex2(ctx, NULL, NULL, iv, NULL) != 1 ||
		(text.len > 0 && EVP_EncryptUpdate(ctx, out, &n, text.data, (int)text.len) != 1))
		return TSR_ERR_CRYPTO;
	return 0;
}

/* ---- derivation ---- */

/* RFC 3711 4.3.1 with rate 0: the label over the 8th octet of the salt, two octets of counter
 * behind it. A salt of 12 octets counts as if two zeros followed it (RFC 7714 11). */
static int derive(
	EVP_CIPHER_CTX *prf, uint8_t *out, size_t len, unsigned label, struct tsr_slice salt)
{
	static const uint8_t zeros[TSR_SRTP_KEY_MAX];
	uint8_t iv[IV_LEN] = { 0 };

	memcpy(iv, salt.data, salt.len);
	iv[7] ^= (uint8_t)label;
	return ctr_run(prf, out, iv, tsr_slice(zeros, len));
}

static int expand(struct tsr_srtp_key *key, const uint8_t *encrypt,
	const uint8_t auth[AUTH_KEY_LEN], enum tsr_srtp_profile profile,
	enum tsr_srtp_direction direction)
{
	struct tsr_slice bytes = tsr_slice(encrypt, tsr_srtp_key_len(profile));

	if (profile != TSR_SRTP_AES128_CM_SHA1_80)
		return tsr_srtp_gcm_create(&key->gcm, bytes, direction == TSR_SRTP_SENDER);
	tsr_hmac_sha1_init(&key->hmac, tsr_slice(auth, AUTH_KEY_LEN));
	return ctr_create(&key->ctr, bytes);
}

int tsr_srtp_key_init(struct tsr_srtp_key *key, enum tsr_srtp_profile profile,
	enum tsr_srtp_direction direction, enum tsr_srtp_label label, struct tsr_slice master,
	struct tsr_slice salt)
{
	uint8_t encrypt[TSR_SRTP_KEY_MAX], auth[AUTH_KEY_LEN];
	EVP_CIPHER_CTX *prf = NULL;
	unsigned first = (unsigned)label;
	int r;

	*key = (struct tsr_srtp_key){ 0 };
	if ((r = ctr_create(&prf, master)) == 0 &&
		(r = derive(prf, encrypt, master.len, first, salt)) == 0 &&
		(r = derive(prf, auth, sizeof(auth), first + 1, salt)) == 0 &&
		(r = derive(prf, key->salt, salt.len, first + 2, salt)) == 0)
		r = expand(key, encrypt, auth, profile, direction);
	EVP_CIPHER_CTX_free(prf);
	tsr_wipe(encrypt, sizeof(encrypt));
	tsr_wipe(auth, sizeof(auth));
	return r;
}

void tsr_srtp_key_finish(struct tsr_srtp_key *key)
{
	tsr_srtp_gcm_destroy(key->gcm);
	EVP_CIPHER_CTX_free(key->ctr);
	tsr_wipe(key, sizeof(*key));
}

/* ---- one packet ---- */

/* The 10 bytes that differ from packet to packet, over the salt. */
static void xor_packet(uint8_t *at, uint32_t ssrc, uint64_t index)
{
	uint8_t number[] = { (uint8_t)(ssrc >> 24), (uint8_t)(ssrc >> 16), (uint8_t)(ssrc >> 8),
		(uint8_t)ssrc, (uint8_t)(index >> 40), (uint8_t)(index >> 32),
		(uint8_t)(index >> 24), (uint8_t)(index >> 16), (uint8_t)(index >> 8),
		(uint8_t)index };

	for (size_t i = 0; i < sizeof(number); i++)
		at[i] ^= number[i];
}

/* RFC 7714 8.1 and 9.1: two zeros, SSRC, 48 bits of index, over the salt. */
static void make_nonce(const struct tsr_srtp_key *key, uint8_t nonce[static TSR_GCM_NONCE_LEN],
	uint32_t ssrc, uint64_t index)
{
	memcpy(nonce, key->salt, TSR_GCM_NONCE_LEN);
	xor_packet(nonce + 2, ssrc, index);
}

int tsr_srtp_key_seal(struct tsr_srtp_key *key, uint8_t *out, uint32_t ssrc, uint64_t index,
	struct tsr_slice aad, struct tsr_slice text)
{
	uint8_t nonce[TSR_GCM_NONCE_LEN];

	make_nonce(key, nonce, ssrc, index);
	return tsr_srtp_gcm_seal(key->gcm, out, nonce, aad, text);
}

int tsr_srtp_key_open(struct tsr_srtp_key *key, uint8_t *out, uint32_t ssrc, uint64_t index,
	struct tsr_slice aad, struct tsr_slice sealed)
{
	uint8_t nonce[TSR_GCM_NONCE_LEN];

	make_nonce(key, nonce, ssrc, index);
	return tsr_srtp_gcm_open(key->gcm, out, nonce, aad, sealed);
}

/* RFC 3711 4.1.1: salt * 2^16 XOR SSRC * 2^64 XOR index * 2^16. */
int tsr_srtp_key_crypt(struct tsr_srtp_key *key, uint8_t *out, uint32_t ssrc, uint64_t index,
	struct tsr_slice text)
{
	uint8_t iv[IV_LEN] = { 0 };

	memcpy(iv, key->salt, TSR_SRTP_SALT_MAX);
	xor_packet(iv + 4, ssrc, index);
	return ctr_run(key->ctr, out, iv, text);
}

void tsr_srtp_key_tag(const struct tsr_srtp_key *key, uint8_t out[static TSR_SRTP_SHA1_80_LEN],
	struct tsr_slice bytes, struct tsr_slice trailer)
{
	struct tsr_slice parts[] = { bytes, trailer };
	uint8_t mac[TSR_HMAC_SHA1_LEN];

	tsr_hmac_sha1(&key->hmac, mac, parts, 2);
	memcpy(out, mac, TSR_SRTP_SHA1_80_LEN);
}
