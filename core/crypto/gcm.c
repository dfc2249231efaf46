/* SPDX-License-Identifier: Apache-2.0 */
#include "core/crypto/gcm.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <stdlib.h>

#include "core/base/err.h"
#include "core/crypto/secret.h"

struct tsr_gcm {
	EVP_CIPHER_CTX *ctx; /* wiped by OpenSSL when freed */
};

int tsr_gcm_create(struct tsr_gcm **out, struct tsr_slice key, bool seals)
{
	struct tsr_gcm *gcm;
	EVP_CIPHER *cipher;
	int r = TSR_ERR_NOMEM;

	*out = NULL;
	if (key.len != 16 && key.len != TSR_GCM_KEY_LEN)
		return TSR_ERR_RANGE;
	gcm = calloc(1, sizeof(*gcm));
	cipher = EVP_CIPHER_fetch(NULL, key.len == 16 ? "AES-128-GCM" : "AES-256-GCM", NULL);
	if (!gcm || !(gcm->ctx = EVP_CIPHER_CTX_new()))
		goto out;
	r = TSR_ERR_CRYPTO;
	if (!cipher || EVP_CipherInit_ex2(gcm->ctx, cipher, key.data, NULL, seals, NULL) != 1)
		goto out;
	*out = gcm;
	gcm = NULL; /* now the caller's */
	r = 0;
out:
	tsr_gcm_destroy(gcm);
	EVP_CIPHER_free(cipher);
	return r;
}

void tsr_gcm_destroy(struct tsr_gcm *gcm)
{
	if (!gcm)
		return;
	EVP_CIPHER_CTX_free(gcm->ctx);
	free(gcm);
}

/* Where the tag is put or taken: EVP_CIPHER_CTX_ctrl() would come here, too, the longer way. */
static void tag_params(OSSL_PARAM params[static 2], uint8_t *tag)
{
	params[0] =
		OSSL_PARAM_construct_octet_string(OSSL_CIPHER_PARAM_AEAD_TAG, tag, TSR_GCM_TAG_LEN);
	params[1] = OSSL_PARAM_construct_end();
}

/* Nonce, then authenticated data, then the text; all but the tag. */
static bool run(struct tsr_gcm *gcm, uint8_t *out, const uint8_t *nonce, struct tsr_slice aad,
	struct tsr_slice text)
{
	int n;

	return EVP_CipherInit_ex2(gcm->ctx, NULL, NULL, nonce, -1, NULL) == 1 &&
	       (aad.len == 0 ||
		       EVP_CipherUpdate(gcm->ctx, NULL, &n, aad.data, (int)aad.len) == 1) &&
	       (text.len == 0 ||
		       EVP_CipherUpdate(gcm->ctx, out, &n, text.data, (int)text.len) == 1);
}

int tsr_gcm_seal(struct tsr_gcm *gcm, uint8_t *out, const uint8_t nonce[static TSR_GCM_NONCE_LEN],
	struct tsr_slice aad, struct tsr_slice plain)
{
	uint8_t rest[TSR_GCM_TAG_LEN];
	OSSL_PARAM params[2];
	int n;

	if (plain.len > TSR_GCM_MESSAGE_MAX || aad.len > TSR_GCM_MESSAGE_MAX)
		return TSR_ERR_TOO_BIG;
	tag_params(params, out + plain.len);
	if (!run(gcm, out, nonce, aad, plain) || EVP_CipherFinal_ex(gcm->ctx, rest, &n) != 1 ||
		EVP_CIPHER_CTX_get_params(gcm->ctx, params) != 1)
		return TSR_ERR_CRYPTO;
	return 0;
}

int tsr_gcm_open(struct tsr_gcm *gcm, uint8_t *out, const uint8_t nonce[static TSR_GCM_NONCE_LEN],
	struct tsr_slice aad, struct tsr_slice sealed)
{
	uint8_t tag[TSR_GCM_TAG_LEN];
	uint8_t rest[TSR_GCM_TAG_LEN];
	struct tsr_slice text;
	OSSL_PARAM params[2];
	int n, r = 0;

	if (sealed.len < TSR_GCM_TAG_LEN)
		return TSR_ERR_SHORT;
	if (sealed.len > TSR_GCM_MESSAGE_MAX || aad.len > TSR_GCM_MESSAGE_MAX)
		return TSR_ERR_TOO_BIG;
	text = tsr_slice(sealed.data, sealed.len - TSR_GCM_TAG_LEN);
	memcpy(tag, sealed.data + text.len, sizeof(tag));
	tag_params(params, tag);
	if (!run(gcm, out, nonce, aad, text) || EVP_CIPHER_CTX_set_params(gcm->ctx, params) != 1)
		r = TSR_ERR_CRYPTO;
	else if (EVP_CipherFinal_ex(gcm->ctx, rest, &n) != 1)
		r = TSR_ERR_AUTH;
	if (r != 0)
		tsr_wipe(out, text.len); /* GCM decrypts before it knows */
	return r;
}
