/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_CRYPTO_SECRET_H
#define TSR_CRYPTO_SECRET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/attr.h"
#include "core/base/slice.h"

/*
 * secret: key material in guarded, locked memory that never reaches a core dump. It is wiped
 * when destroyed, is compared in constant time and has no printf form. Each costs some pages:
 * meant for seeds and keys of sessions, not for one per frame.
 */
#define TSR_SECRET_MAX 1024

struct tsr_secret;

/* Gives a secret of len bytes, all zero; 1 <= len <= TSR_SECRET_MAX.
 * Returns 0, TSR_ERR_RANGE or TSR_ERR_NOMEM. */
TSR_CHECKED int tsr_secret_create(struct tsr_secret **out, size_t len);

/* Gives a secret that holds a copy of bytes; wiping the original is the caller's business. */
TSR_CHECKED int tsr_secret_copy(struct tsr_secret **out, struct tsr_slice bytes);

/* Draws randomness: gives a secret of len fresh bytes. */
TSR_CHECKED int tsr_secret_random(struct tsr_secret **out, size_t len);

/* Wipes and frees; NULL is fine. */
void tsr_secret_destroy(struct tsr_secret *secret);

/* The bytes, valid until destroyed. */
uint8_t *tsr_secret_data(struct tsr_secret *secret);
struct tsr_slice tsr_secret_slice(const struct tsr_secret *secret);

/* Whether both hold the same bytes; the time depends on the lengths alone. */
bool tsr_secret_equal(const struct tsr_secret *a, const struct tsr_secret *b);

/* The same for bytes that are not in a tsr_secret: tokens, tags, hashes. */
bool tsr_bytes_equal(struct tsr_slice a, struct tsr_slice b);

/* Overwrites len bytes; not optimised away. */
void tsr_wipe(void *data, size_t len);

#endif
