/* SPDX-License-Identifier: Apache-2.0 */
#include "endpoint/client/keyring.h"

#include <stdlib.h>

#include "core/base/err.h"
#include "core/base/list.h"
#include "core/crypto/replay.h"

struct epoch {
	uint32_t number; /* 0: none */
	struct tsr_secret *prk;
};

/* The key of one stream instance in one epoch; one of sealer and opener is set. */
struct key {
	struct tsr_stream_id stream;
	uint32_t epoch;
	struct tsr_sealer *sealer;
	struct tsr_opener *opener;
	struct tsr_replay replay;
	struct tsr_list link;
};

struct tsr_keyring {
	struct tsr_session_uid session;
	struct epoch epochs[TSR_KEYRING_EPOCHS]; /* newest first */
	struct tsr_list keys; /* key.link; the last used first would do no harm */
};

int tsr_keyring_create(struct tsr_keyring **out, const struct tsr_session_uid *session)
{
	struct tsr_keyring *ring = calloc(1, sizeof(*ring));

	*out = ring;
	if (!ring)
		return TSR_ERR_NOMEM;
	ring->session = *session;
	tsr_list_init(&ring->keys);
	return 0;
}

static void drop_key(struct key *key)
{
	tsr_list_remove(&key->link);
	tsr_sealer_destroy(key->sealer);
	tsr_opener_destroy(key->opener);
	free(key);
}

void tsr_keyring_destroy(struct tsr_keyring *ring)
{
	if (!ring)
		return;
	tsr_list_each (pos, next, &ring->keys)
		drop_key(tsr_list_entry(pos, struct key, link));
	for (int i = 0; i < TSR_KEYRING_EPOCHS; i++)
		tsr_secret_destroy(ring->epochs[i].prk);
	free(ring);
}

int tsr_keyring_handle_epoch(
	struct tsr_keyring *ring, uint32_t number, const uint8_t seed[static TSR_SEED_LEN])
{
	struct epoch epoch = { .number = number };
	uint32_t gone = ring->epochs[TSR_KEYRING_EPOCHS - 1].number;
	int r;

	if (number <= ring->epochs[0].number)
		return TSR_ERR_STALE;
	if ((r = tsr_service_prk(&epoch.prk, seed, &ring->session, number)) != 0)
		return r;
	tsr_secret_destroy(ring->epochs[TSR_KEYRING_EPOCHS - 1].prk);
	memmove(&ring->epochs[1], &ring->epochs[0], sizeof(epoch) * (TSR_KEYRING_EPOCHS - 1));
	ring->epochs[0] = epoch;
	tsr_list_each (pos, next, &ring->keys) {
		struct key *key = tsr_list_entry(pos, struct key, link);

		if (gone && key->epoch == gone)
			drop_key(key);
	}
	return 0;
}

uint32_t tsr_keyring_epoch(const struct tsr_keyring *ring)
{
	return ring->epochs[0].number;
}

void tsr_keyring_forget(struct tsr_keyring *ring, struct tsr_stream_id stream)
{
	tsr_list_each (pos, next, &ring->keys) {
		struct key *key = tsr_list_entry(pos, struct key, link);

		if (key->stream.v == stream.v)
			drop_key(key);
	}
}

static const struct epoch *find_epoch(const struct tsr_keyring *ring, uint8_t low)
{
	for (int i = 0; i < TSR_KEYRING_EPOCHS; i++) {
		if (ring->epochs[i].number && (uint8_t)ring->epochs[i].number == low)
			return &ring->epochs[i];
	}
	return NULL;
}

/* The key of this instance in this epoch, made when it is not there. Of an own screen there are
 * two: it is sealed, and comes back. */
static int get_key(struct key **out, struct tsr_keyring *ring, const struct epoch *epoch,
	const struct tsr_stream_instance *instance, bool for_sealing)
{
	struct key *key;
	int r;

	tsr_list_each (pos, next, &ring->keys) {
		key = tsr_list_entry(pos, struct key, link);
		if (key->stream.v == instance->stream.v && key->epoch == epoch->number &&
			(key->sealer != NULL) == for_sealing) {
			*out = key;
			return 0;
		}
	}
	*out = NULL;
	key = calloc(1, sizeof(*key));
	if (!key)
		return TSR_ERR_NOMEM;
	key->stream = instance->stream;
	key->epoch = epoch->number;
	tsr_replay_init(&key->replay, TSR_REPLAY_ORDERED);
	r = for_sealing ? tsr_stream_sealer(&key->sealer, epoch->prk, instance)
			: tsr_stream_opener(&key->opener, epoch->prk, instance);
	if (r) {
		free(key);
		return r;
	}
	tsr_list_append(&ring->keys, &key->link);
	*out = key;
	return 0;
}

int tsr_keyring_open(struct tsr_keyring *ring, const struct tsr_stream_instance *from,
	const struct tsr_frame *frame, struct tsr_slice header, struct tsr_slice object,
	uint8_t *out, size_t *len)
{
	const struct epoch *epoch = find_epoch(ring, frame->epoch);
	struct tsr_sframe_header sframe;
	struct key *key;
	uint64_t ctr;
	int r;

	if (!epoch)
		return TSR_ERR_UNKNOWN;
	if ((r = tsr_sframe_header_parse(&sframe, object)) != 0 ||
		(r = get_key(&key, ring, epoch, from, false)) != 0)
		return r;
	if (frame->class != TSR_FRAME_SCREEN &&
		(r = tsr_replay_check(&key->replay, sframe.ctr)) != 0)
		return r;
	if ((r = tsr_opener_open(key->opener, out, object.len, len, &ctr, header, object)) != 0)
		return r;
	if (frame->class != TSR_FRAME_SCREEN)
		tsr_replay_note(&key->replay, ctr);
	return 0;
}

size_t tsr_keyring_sealed_max(size_t plain_len)
{
	return TSR_FRAME_HEADER_LEN + plain_len + TSR_SFRAME_OVERHEAD_MAX;
}

int tsr_keyring_seal(struct tsr_keyring *ring, const struct tsr_stream_instance *own,
	struct tsr_frame *frame, struct tsr_slice plain, uint8_t *out, size_t cap, size_t *len)
{
	struct key *key;
	size_t object_len;
	int r;

	if (!ring->epochs[0].number)
		return TSR_ERR_STATE;
	if ((r = get_key(&key, ring, &ring->epochs[0], own, true)) != 0)
		return r;
	object_len = tsr_sealer_object_len(key->sealer, plain.len);
	if (cap < TSR_FRAME_HEADER_LEN + object_len)
		return TSR_ERR_TOO_BIG;
	frame->epoch = (uint8_t)ring->epochs[0].number;
	frame->length = (uint32_t)object_len;
	tsr_frame_write(out, frame);
	*len = TSR_FRAME_HEADER_LEN + object_len;
	return tsr_sealer_seal(key->sealer, out + TSR_FRAME_HEADER_LEN, cap - TSR_FRAME_HEADER_LEN,
		tsr_slice(out, TSR_FRAME_HEADER_LEN), plain);
}
