/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libipsec-mb's manager is 200 KiB and finds out what the processor can do; of it only the
 * functions for GCM are kept. They have no state but the key and a context on the stack, so all
 * threads share them.
 */
#include <intel-ipsec-mb.h>
#include <stdlib.h>

#include "core/base/err.h"
#include "core/base/fetch.h"
#include "core/crypto/secret.h"
#include "core/media/srtp_gcm.h"

struct suite {
	aes_gcm_pre_t expand;
	aes_gcm_enc_dec_t seal, open;
};

struct tsr_srtp_gcm {
	struct gcm_key_data key; /* at the beginning of a cache line */
	const struct suite *suite;
	struct tsr_gcm *openssl; /* in place of them */
};

static struct suite suites[2]; /* of 128 and of 256 bits */

static const char *name_of(IMB_ARCH arch, uint64_t features)
{
	switch (arch) {
	case IMB_ARCH_SSE:
		return "ipsec-mb SSE";
	case IMB_ARCH_AVX:
		return "ipsec-mb AVX";
	case IMB_ARCH_AVX2:
		return "ipsec-mb AVX2";
	default:
		return features & IMB_FEATURE_VAES ? "ipsec-mb AVX512 VAES" : "ipsec-mb AVX512";
	}
}

/* The library tests itself when it is initialized, and would say so. */
const char *tsr_srtp_gcm_init(void)
{
	const uint64_t needed = IMB_FEATURE_AESNI | IMB_FEATURE_PCLMULQDQ;
	IMB_MGR *mgr = alloc_mb_mgr(0);
	const char *name = "OpenSSL";
	IMB_ARCH arch = IMB_ARCH_NONE;

	if (!mgr)
		return name;
	init_mb_mgr_auto(mgr, &arch);
	if (imb_get_errno(mgr) == 0 && arch >= IMB_ARCH_SSE && (mgr->features & needed) == needed) {
		suites[0] = (struct suite){ mgr->gcm128_pre, mgr->gcm128_enc, mgr->gcm128_dec };
		suites[1] = (struct suite){ mgr->gcm256_pre, mgr->gcm256_enc, mgr->gcm256_dec };
		name = name_of(arch, mgr->features);
	}
	free_mb_mgr(mgr);
	return name;
}

static const struct suite *suite_of(size_t key_len)
{
	const struct suite *suite = &suites[key_len == TSR_GCM_KEY_LEN];

	return suite->seal ? suite : NULL;
}

int tsr_srtp_gcm_create(struct tsr_srtp_gcm **out, struct tsr_slice key, bool seals)
{
	struct tsr_srtp_gcm *gcm;
	int r = 0;

	*out = NULL;
	if (key.len != 16 && key.len != TSR_GCM_KEY_LEN)
		return TSR_ERR_RANGE;
	gcm = aligned_alloc(_Alignof(struct tsr_srtp_gcm), sizeof(*gcm));
	if (!gcm)
		return TSR_ERR_NOMEM;
	memset(gcm, 0, sizeof(*gcm));
	gcm->suite = suite_of(key.len);
	if (gcm->suite)
		gcm->suite->expand(key.data, &gcm->key);
	else
		r = tsr_gcm_create(&gcm->openssl, key, seals);
	if (r == 0)
		*out = gcm;
	else
		free(gcm);
	return r;
}

void tsr_srtp_gcm_destroy(struct tsr_srtp_gcm *gcm)
{
	if (!gcm)
		return;
	tsr_gcm_destroy(gcm->openssl);
	tsr_wipe(gcm, sizeof(*gcm));
	free(gcm);
}

void tsr_srtp_gcm_fetch(const struct tsr_srtp_gcm *gcm)
{
	tsr_fetch(gcm, sizeof(*gcm));
}

int tsr_srtp_gcm_seal(struct tsr_srtp_gcm *gcm, uint8_t *out,
	const uint8_t nonce[static TSR_GCM_NONCE_LEN], struct tsr_slice aad, struct tsr_slice plain)
{
	struct gcm_context_data context;

	if (gcm->openssl)
		return tsr_gcm_seal(gcm->openssl, out, nonce, aad, plain);
	if (plain.len > TSR_GCM_MESSAGE_MAX || aad.len > TSR_GCM_MESSAGE_MAX)
		return TSR_ERR_TOO_BIG;
	gcm->suite->seal(&gcm->key, &context, out, plain.data, plain.len, nonce, aad.data, aad.len,
		out + plain.len, TSR_GCM_TAG_LEN);
	return 0;
}

int tsr_srtp_gcm_open(struct tsr_srtp_gcm *gcm, uint8_t *out,
	const uint8_t nonce[static TSR_GCM_NONCE_LEN], struct tsr_slice aad,
	struct tsr_slice sealed)
{
	struct gcm_context_data context;
	uint8_t tag[TSR_GCM_TAG_LEN], seen[TSR_GCM_TAG_LEN];
	size_t len = sealed.len - TSR_GCM_TAG_LEN;

	if (gcm->openssl)
		return tsr_gcm_open(gcm->openssl, out, nonce, aad, sealed);
	if (sealed.len < TSR_GCM_TAG_LEN)
		return TSR_ERR_SHORT;
	if (sealed.len > TSR_GCM_MESSAGE_MAX || aad.len > TSR_GCM_MESSAGE_MAX)
		return TSR_ERR_TOO_BIG;
	memcpy(seen, sealed.data + len, sizeof(seen));
	gcm->suite->open(&gcm->key, &context, out, sealed.data, len, nonce, aad.data, aad.len, tag,
		sizeof(tag));
	if (tsr_bytes_equal(tsr_slice(tag, sizeof(tag)), tsr_slice(seen, sizeof(seen))))
		return 0;
	tsr_wipe(out, len); /* GCM decrypts before it knows */
	return TSR_ERR_AUTH;
}
