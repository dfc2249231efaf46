/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sframe: RFC 9605. The header's first byte (section 4.3) is X KKK Y CCC: X or Y clear, KKK or
 * CCC is the value itself (0..7); set, it is the number of bytes that follow, less one.
 *
 * Key schedule (section 4.4.2), for the suite of sframe.h:
 *
 *	secret = HKDF-Extract("", base_key)
 *	key    = HKDF-Expand(secret, "SFrame 1.0 Secret key " || u64 KID || u16 suite, 32)
 *	salt   = HKDF-Expand(secret, "SFrame 1.0 Secret salt " || u64 KID || u16 suite, 12)
 *	nonce  = salt XOR CTR as 12 bytes;  AAD = header || metadata
 */
#include "core/crypto/sframe.h"

#include <stdbool.h>
#include <stdlib.h>

#include "core/base/err.h"
#include "core/base/reader.h"
#include "core/base/writer.h"
#include "core/crypto/gcm.h"
#include "core/crypto/hkdf.h"
#include "core/crypto/secret.h"

#define BASE_KEY_MIN 16
#define METADATA_MAX 256 /* longest that is authenticated without a second buffer */

/* What both directions have. */
struct key {
	struct tsr_gcm *gcm;
	uint64_t kid;
	uint8_t salt[TSR_GCM_NONCE_LEN];
};

struct tsr_sealer {
	struct key key;
	uint64_t ctr;
	bool is_dead;
};

struct tsr_opener {
	struct key key;
};

/* ---- header --------------------------------------------------------------------------- */

/* Bytes behind the first for one value. */
static size_t extra_len(uint64_t value)
{
	size_t n = 0;

	if (value < 8)
		return 0;
	for (; value; value >>= 8)
		n++;
	return n;
}

/* The four bits for one value. */
static uint8_t nibble(uint64_t value)
{
	return (uint8_t)(value < 8 ? value : 8 | (extra_len(value) - 1));
}

static uint8_t *put(uint8_t *at, uint64_t value)
{
	for (size_t n = extra_len(value); n > 0; n--)
		*at++ = (uint8_t)(value >> 8 * (n - 1));
	return at;
}

size_t tsr_sframe_header_len(uint64_t kid, uint64_t ctr)
{
	return 1 + extra_len(kid) + extra_len(ctr);
}

size_t tsr_sframe_header_write(
	uint8_t out[static TSR_SFRAME_HEADER_MAX], const struct tsr_sframe_header *header)
{
	out[0] = (uint8_t)(nibble(header->kid) << 4 | nibble(header->ctr));
	put(put(out + 1, header->kid), header->ctr);
	return tsr_sframe_header_len(header->kid, header->ctr);
}

static uint64_t take(struct tsr_reader *rd, uint8_t bits)
{
	uint64_t value = 0;

	if (bits < 8)
		return bits;
	for (size_t n = (bits & 7u) + 1; n > 0; n--)
		value = value << 8 | tsr_reader_u8(rd);
	if (nibble(value) != bits)
		tsr_reader_fail(rd, TSR_ERR_FORMAT);
	return value;
}

int tsr_sframe_header_parse(struct tsr_sframe_header *out, struct tsr_slice bytes)
{
	struct tsr_reader rd = tsr_reader(bytes);
	uint8_t first = tsr_reader_u8(&rd);

	out->kid = take(&rd, first >> 4);
	out->ctr = take(&rd, first & 15);
	out->len = bytes.len - rd.left.len;
	return rd.err;
}

/* ---- keys ----------------------------------------------------------------------------- */

static int expand(uint8_t *out, size_t len, const uint8_t secret[static TSR_PRK_LEN],
	const char *label, uint64_t kid)
{
	uint8_t info[64];
	struct tsr_writer wr = tsr_writer(info, sizeof(info));
	int r;

	tsr_writer_bytes(&wr, tsr_slice_str(label));
	tsr_writer_u64(&wr, kid);
	tsr_writer_u16(&wr, TSR_SFRAME_SUITE);
	if ((r = tsr_writer_end(&wr)) != 0)
		return r;
	return tsr_hkdf_expand(out, len, tsr_slice(secret, TSR_PRK_LEN), tsr_slice(info, wr.len));
}

static int key_init(struct key *key, struct tsr_slice base_key, uint64_t kid, bool seals)
{
	uint8_t secret[TSR_PRK_LEN];
	uint8_t aes[TSR_GCM_KEY_LEN] = { 0 };
	int r;

	if (base_key.len < BASE_KEY_MIN)
		return TSR_ERR_RANGE;
	key->kid = kid;
	tsr_hkdf_extract(secret, tsr_slice(NULL, 0), base_key);
	if ((r = expand(aes, sizeof(aes), secret, "SFrame 1.0 Secret key ", kid)) != 0 ||
		(r = expand(key->salt, sizeof(key->salt), secret, "SFrame 1.0 Secret salt ",
			 kid)) != 0)
		goto out;
	r = tsr_gcm_create(&key->gcm, tsr_slice(aes, sizeof(aes)), seals);
out:
	tsr_wipe(secret, sizeof(secret));
	tsr_wipe(aes, sizeof(aes));
	return r;
}

static void key_finish(struct key *key)
{
	tsr_gcm_destroy(key->gcm);
	tsr_wipe(key, sizeof(*key));
}

static void make_nonce(uint8_t out[static TSR_GCM_NONCE_LEN], const struct key *key, uint64_t ctr)
{
	memcpy(out, key->salt, TSR_GCM_NONCE_LEN);
	for (size_t i = 0; i < 8; i++)
		out[TSR_GCM_NONCE_LEN - 1 - i] ^= (uint8_t)(ctr >> 8 * i);
}

/* Header and metadata behind each other, in buf; TSR_ERR_TOO_BIG when they do not fit. */
static int make_aad(struct tsr_slice *out, uint8_t *buf, size_t cap, struct tsr_slice header,
	struct tsr_slice metadata)
{
	struct tsr_writer wr = tsr_writer(buf, cap);

	tsr_writer_bytes(&wr, header);
	tsr_writer_bytes(&wr, metadata);
	*out = tsr_slice(buf, wr.len);
	return tsr_writer_end(&wr);
}

/* ---- sending -------------------------------------------------------------------------- */

int tsr_sealer_create(
	struct tsr_sealer **out, struct tsr_slice base_key, uint64_t kid, uint64_t first_ctr)
{
	struct tsr_sealer *sealer = calloc(1, sizeof(*sealer));
	int r;

	*out = NULL;
	if (!sealer)
		return TSR_ERR_NOMEM;
	if ((r = key_init(&sealer->key, base_key, kid, true)) != 0) {
		tsr_sealer_destroy(sealer);
		return r;
	}
	sealer->ctr = first_ctr;
	*out = sealer;
	return 0;
}

void tsr_sealer_destroy(struct tsr_sealer *sealer)
{
	if (!sealer)
		return;
	key_finish(&sealer->key);
	free(sealer);
}

uint64_t tsr_sealer_ctr(const struct tsr_sealer *sealer)
{
	return sealer->ctr;
}

size_t tsr_sealer_object_len(const struct tsr_sealer *sealer, size_t plain_len)
{
	return tsr_sframe_header_len(sealer->key.kid, sealer->ctr) + plain_len + TSR_SFRAME_TAG_LEN;
}

int tsr_sealer_seal(struct tsr_sealer *sealer, uint8_t *out, size_t cap, struct tsr_slice metadata,
	struct tsr_slice plain)
{
	struct tsr_sframe_header header = { .kid = sealer->key.kid, .ctr = sealer->ctr };
	uint8_t head[TSR_SFRAME_HEADER_MAX];
	uint8_t aad_buf[TSR_SFRAME_HEADER_MAX + METADATA_MAX];
	uint8_t nonce[TSR_GCM_NONCE_LEN];
	struct tsr_slice aad;
	int r;

	if (sealer->is_dead)
		return TSR_ERR_STATE;
	if (plain.len > TSR_SFRAME_PLAIN_MAX || cap < tsr_sealer_object_len(sealer, plain.len))
		return TSR_ERR_TOO_BIG;
	header.len = tsr_sframe_header_write(head, &header);
	r = make_aad(&aad, aad_buf, sizeof(aad_buf), tsr_slice(head, header.len), metadata);
	if (r != 0)
		return r;
	/* The counter goes on before it is used, and there is no way back. */
	make_nonce(nonce, &sealer->key, sealer->ctr);
	sealer->is_dead = ++sealer->ctr == 0;
	r = tsr_gcm_seal(sealer->key.gcm, out + header.len, nonce, aad, plain);
	if (r != 0)
		sealer->is_dead = true;
	memcpy(out, head, header.len);
	return r;
}

/* ---- receiving ------------------------------------------------------------------------ */

int tsr_opener_create(struct tsr_opener **out, struct tsr_slice base_key, uint64_t kid)
{
	struct tsr_opener *opener = calloc(1, sizeof(*opener));
	int r;

	*out = NULL;
	if (!opener)
		return TSR_ERR_NOMEM;
	if ((r = key_init(&opener->key, base_key, kid, false)) != 0) {
		tsr_opener_destroy(opener);
		return r;
	}
	*out = opener;
	return 0;
}

void tsr_opener_destroy(struct tsr_opener *opener)
{
	if (!opener)
		return;
	key_finish(&opener->key);
	free(opener);
}

int tsr_opener_open(struct tsr_opener *opener, uint8_t *out, size_t cap, size_t *plain_len,
	uint64_t *ctr, struct tsr_slice metadata, struct tsr_slice object)
{
	struct tsr_sframe_header header;
	uint8_t aad_buf[TSR_SFRAME_HEADER_MAX + METADATA_MAX];
	uint8_t nonce[TSR_GCM_NONCE_LEN];
	struct tsr_slice aad, sealed;
	int r;

	*plain_len = 0;
	*ctr = 0;
	if ((r = tsr_sframe_header_parse(&header, object)) != 0)
		return r;
	if (header.kid != opener->key.kid)
		return TSR_ERR_UNKNOWN;
	sealed = tsr_slice(object.data + header.len, object.len - header.len);
	if (sealed.len < TSR_SFRAME_TAG_LEN)
		return TSR_ERR_SHORT;
	if (sealed.len - TSR_SFRAME_TAG_LEN > TSR_SFRAME_PLAIN_MAX ||
		sealed.len - TSR_SFRAME_TAG_LEN > cap)
		return TSR_ERR_TOO_BIG;
	r = make_aad(&aad, aad_buf, sizeof(aad_buf), tsr_slice(object.data, header.len), metadata);
	if (r != 0)
		return r;
	make_nonce(nonce, &opener->key, header.ctr);
	if ((r = tsr_gcm_open(opener->key.gcm, out, nonce, aad, sealed)) != 0)
		return r;
	*plain_len = sealed.len - TSR_SFRAME_TAG_LEN;
	*ctr = header.ctr;
	return 0;
}
