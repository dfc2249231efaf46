/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_ENDPOINT_CLIENT_KEYRING_H
#define TSR_ENDPOINT_CLIENT_KEYRING_H

#include <stdint.h>

#include "core/base/attr.h"
#include "core/base/slice.h"
#include "core/e2e/schedule.h"
#include "core/wire/frame.h"

/*
 * keyring: the keys of the newest two epochs, what opens others' frames and what seals ours.
 * Every (stream instance, epoch) has one key, made when first needed; counters never go back,
 * since a sealer lives as long as its stream is open and a new instance has a new nonce.
 *
 * Replays are refused but for pictures: there the relay repeats KEY cells to whoever needs them,
 * and what a repeated one may change is decided by the picture's state (core/screen/view.h).
 */
#define TSR_KEYRING_EPOCHS 2

struct tsr_keyring;

TSR_CHECKED int tsr_keyring_create(struct tsr_keyring **out, const struct tsr_session_uid *session);
void tsr_keyring_destroy(struct tsr_keyring *keyring); /* wipes; NULL is fine */

/* A new epoch; the oldest of three is forgotten with its keys. Seals from here on with it.
 * TSR_ERR_STALE when it is not newer. */
TSR_CHECKED int tsr_keyring_handle_epoch(
	struct tsr_keyring *keyring, uint32_t epoch, const uint8_t seed[static TSR_SEED_LEN]);
uint32_t tsr_keyring_epoch(const struct tsr_keyring *keyring); /* the newest; 0 = none */

/* Forgets a stream that closed. */
void tsr_keyring_forget(struct tsr_keyring *keyring, struct tsr_stream_id stream);

/*
 * Opens the object behind a frame's header into out (room for object.len bytes). Returns 0;
 * TSR_ERR_UNKNOWN without the epoch's seed; TSR_ERR_STALE for a replay; TSR_ERR_AUTH and what
 * tsr_opener_open() says; then out holds nothing.
 */
TSR_CHECKED int tsr_keyring_open(struct tsr_keyring *keyring,
	const struct tsr_stream_instance *from, const struct tsr_frame *frame,
	struct tsr_slice header, struct tsr_slice object, uint8_t *out, size_t *len);

/* Room for a sealed frame with this much plaintext. */
size_t tsr_keyring_sealed_max(size_t plain_len);

/* Writes header and object, *len bytes, to out; sets the frame's epoch and length. */
TSR_CHECKED int tsr_keyring_seal(struct tsr_keyring *keyring, const struct tsr_stream_instance *own,
	struct tsr_frame *frame, struct tsr_slice plain, uint8_t *out, size_t cap, size_t *len);

#endif
