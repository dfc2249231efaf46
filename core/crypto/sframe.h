/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_CRYPTO_SFRAME_H
#define TSR_CRYPTO_SFRAME_H

#include <stdint.h>

#include "core/base/attr.h"
#include "core/base/slice.h"

/*
 * sframe: RFC 9605 with the one suite AES_256_GCM_SHA512_128. An object is
 *
 *	header (1..17 bytes: KID and CTR) || ciphertext || tag (16 bytes)
 *
 * and authenticates header and metadata. A key belongs to one KID and one direction: the
 * sealer owns the counter, so that no call can use a nonce twice. What was received before
 * is not noticed here: see replay.h.
 */
#define TSR_SFRAME_SUITE 0x0005
#define TSR_SFRAME_BASE_KEY_LEN 32 /* of ours; the functions take any length from 16 up */
#define TSR_SFRAME_HEADER_MAX 17
#define TSR_SFRAME_TAG_LEN 16
#define TSR_SFRAME_OVERHEAD_MAX (TSR_SFRAME_HEADER_MAX + TSR_SFRAME_TAG_LEN)
#define TSR_SFRAME_PLAIN_MAX (16u * 1024 * 1024)

struct tsr_sframe_header {
	uint64_t kid;
	uint64_t ctr;
	size_t len; /* bytes that it takes; output of parse, ignored by write */
};

/* Bytes of the header for these values, 1..17. */
size_t tsr_sframe_header_len(uint64_t kid, uint64_t ctr);

/* Writes the shortest form. Returns its length. */
size_t tsr_sframe_header_write(
	uint8_t out[static TSR_SFRAME_HEADER_MAX], const struct tsr_sframe_header *header);

/* Returns 0, TSR_ERR_SHORT, or TSR_ERR_FORMAT for a form that is not the shortest.
 * Bytes behind the header are not looked at. */
TSR_CHECKED int tsr_sframe_header_parse(struct tsr_sframe_header *out, struct tsr_slice bytes);

struct tsr_sealer; /* sends under one key */
struct tsr_opener; /* receives under one key */

/* Gives a sealer whose first object has CTR first_ctr (0 for a new key). Borrows base_key.
 * Returns 0, TSR_ERR_RANGE (base_key), TSR_ERR_NOMEM or TSR_ERR_CRYPTO. */
TSR_CHECKED int tsr_sealer_create(
	struct tsr_sealer **out, struct tsr_slice base_key, uint64_t kid, uint64_t first_ctr);
void tsr_sealer_destroy(struct tsr_sealer *sealer); /* NULL is fine */

/* CTR of the next object. */
uint64_t tsr_sealer_ctr(const struct tsr_sealer *sealer);

/* Bytes of the next object for a plaintext of plain_len bytes: known before sealing, since the
 * metadata says it. */
size_t tsr_sealer_object_len(const struct tsr_sealer *sealer, size_t plain_len);

/*
 * Writes the next object, tsr_sealer_object_len() bytes, to out and counts on. The plaintext
 * may lie in out already, exactly behind the header; otherwise they must not overlap.
 * Returns 0, TSR_ERR_TOO_BIG (cap or TSR_SFRAME_PLAIN_MAX), TSR_ERR_STATE (counter used up)
 * or TSR_ERR_CRYPTO; after that last one the sealer is dead (TSR_ERR_STATE for ever).
 */
TSR_CHECKED int tsr_sealer_seal(struct tsr_sealer *sealer, uint8_t *out, size_t cap,
	struct tsr_slice metadata, struct tsr_slice plain);

/* Gives an opener. Borrows base_key. Same errors. */
TSR_CHECKED int tsr_opener_create(struct tsr_opener **out, struct tsr_slice base_key, uint64_t kid);
void tsr_opener_destroy(struct tsr_opener *opener); /* NULL is fine */

/*
 * Verifies and decrypts one object into out, which needs room for the plaintext; *plain_len
 * becomes its length (object.len - 17 at most) and *ctr its counter. out and object must not
 * overlap, unless out starts exactly at the ciphertext.
 * Returns 0, TSR_ERR_SHORT, TSR_ERR_FORMAT, TSR_ERR_TOO_BIG, TSR_ERR_UNKNOWN (another KID) or
 * TSR_ERR_AUTH; then out holds nothing of the plaintext.
 */
TSR_CHECKED int tsr_opener_open(struct tsr_opener *opener, uint8_t *out, size_t cap,
	size_t *plain_len, uint64_t *ctr, struct tsr_slice metadata, struct tsr_slice object);

#endif
