/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_CRYPTO_RANDOM_H
#define TSR_CRYPTO_RANDOM_H

#include <stddef.h>
#include <stdint.h>

#include "core/base/attr.h"

/*
 * random: the system's generator. The rest of core takes its randomness as an argument;
 * only functions whose comment says "draws randomness" come here.
 */

/* Makes the libraries ready, once per process and before its sandbox closes: what they open
 * and load, they open and load here. May be called again. Returns 0 or TSR_ERR_CRYPTO. */
TSR_CHECKED int tsr_crypto_init(void);

/* Draws randomness: fills out. Cannot fail (the process dies where the system has none). */
void tsr_random(void *out, size_t len);

/* Draws randomness: a number in [0, bound), uniform; 0 when bound is 0 or 1. */
uint32_t tsr_random_uniform(uint32_t bound);

#endif
