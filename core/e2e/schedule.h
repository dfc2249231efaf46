/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_E2E_SCHEDULE_H
#define TSR_E2E_SCHEDULE_H

#include <stdint.h>

#include "core/base/attr.h"
#include "core/base/ids.h"
#include "core/crypto/secret.h"
#include "core/crypto/sframe.h"

/*
 * schedule: from an epoch's seed to the key of one stream instance (service-keyed sessions).
 *
 *	announce_hash = SHA-256("announce" || u32 member || device key)
 *	epoch_secret  = HKDF(salt "", seed, "tessera service epoch" || u32 epoch, 32)
 *	prk           = HKDF-Extract(SHA-256("service" || session uid || u32 epoch), epoch_secret)
 *	base_key      = HKDF-Expand(prk, "sender" || announce_hash || u32 stream ||
 *	                stream_nonce || u16 0x0005, 32)
 *
 * KID = stream. A stream instance has a nonce of its own, so no (key, counter) pair comes twice.
 */
#define TSR_SEED_LEN 32
#define TSR_EPOCH_SECRET_LEN 32
#define TSR_DEVICE_KEY_LEN 32
#define TSR_ANNOUNCE_HASH_LEN 32
#define TSR_STREAM_NONCE_LEN 16

void tsr_announce_hash(uint8_t out[static TSR_ANNOUNCE_HASH_LEN], struct tsr_member_id member,
	const uint8_t device_key[static TSR_DEVICE_KEY_LEN]);

/* Gives the epoch's secret (32 bytes). Returns 0 or TSR_ERR_NOMEM. */
TSR_CHECKED int tsr_service_epoch_secret(
	struct tsr_secret **out, const uint8_t seed[static TSR_SEED_LEN], uint32_t epoch);

/* Gives the epoch's prk (64 bytes), straight from the seed. Returns 0 or TSR_ERR_NOMEM. */
TSR_CHECKED int tsr_service_prk(struct tsr_secret **out, const uint8_t seed[static TSR_SEED_LEN],
	const struct tsr_session_uid *session, uint32_t epoch);

/* One instance of a stream; what StreamOpen and Member announce. */
struct tsr_stream_instance {
	struct tsr_member_id from;
	uint8_t device_key[TSR_DEVICE_KEY_LEN]; /* of the sender */
	struct tsr_stream_id stream;
	uint8_t nonce[TSR_STREAM_NONCE_LEN];
};

/* Writes the key of a stream instance; the caller wipes it. Returns 0 or TSR_ERR_CRYPTO. */
TSR_CHECKED int tsr_stream_base_key(uint8_t out[static TSR_SFRAME_BASE_KEY_LEN],
	const struct tsr_secret *prk, const struct tsr_stream_instance *instance);

/* Give what seals (from counter 0) or opens the frames of a stream instance. */
TSR_CHECKED int tsr_stream_sealer(struct tsr_sealer **out, const struct tsr_secret *prk,
	const struct tsr_stream_instance *instance);
TSR_CHECKED int tsr_stream_opener(struct tsr_opener **out, const struct tsr_secret *prk,
	const struct tsr_stream_instance *instance);

#endif
