/* SPDX-License-Identifier: Apache-2.0 */
#include "core/e2e/schedule.h"

#include "core/base/err.h"
#include "core/base/writer.h"
#include "core/crypto/hkdf.h"

void tsr_announce_hash(uint8_t out[static TSR_ANNOUNCE_HASH_LEN], struct tsr_member_id member,
	const uint8_t device_key[static TSR_DEVICE_KEY_LEN])
{
	uint8_t text[8 + 4 + TSR_DEVICE_KEY_LEN];
	struct tsr_writer wr = tsr_writer(text, sizeof(text));

	tsr_writer_bytes(&wr, tsr_slice_str("announce"));
	tsr_writer_u32(&wr, member.v);
	tsr_writer_bytes(&wr, tsr_slice(device_key, TSR_DEVICE_KEY_LEN));
	tsr_sha256(out, tsr_slice(text, wr.len));
}

int tsr_service_epoch_secret(
	struct tsr_secret **out, const uint8_t seed[static TSR_SEED_LEN], uint32_t epoch)
{
	uint8_t info[32];
	struct tsr_writer wr = tsr_writer(info, sizeof(info));
	int r;

	tsr_writer_bytes(&wr, tsr_slice_str("tessera service epoch"));
	tsr_writer_u32(&wr, epoch);
	if ((r = tsr_writer_end(&wr)) != 0 ||
		(r = tsr_secret_create(out, TSR_EPOCH_SECRET_LEN)) != 0)
		return r;
	r = tsr_hkdf(tsr_secret_data(*out), TSR_EPOCH_SECRET_LEN, tsr_slice(NULL, 0),
		tsr_slice(seed, TSR_SEED_LEN), tsr_slice(info, wr.len));
	if (r != 0) {
		tsr_secret_destroy(*out);
		*out = NULL;
	}
	return r;
}

int tsr_service_prk(struct tsr_secret **out, const uint8_t seed[static TSR_SEED_LEN],
	const struct tsr_session_uid *session, uint32_t epoch)
{
	struct tsr_secret *epoch_secret = NULL;
	uint8_t text[7 + TSR_UID_LEN + 4];
	uint8_t salt[TSR_SHA256_LEN];
	struct tsr_writer wr = tsr_writer(text, sizeof(text));
	int r;

	*out = NULL;
	tsr_writer_bytes(&wr, tsr_slice_str("service"));
	tsr_writer_bytes(&wr, tsr_slice(session->v, TSR_UID_LEN));
	tsr_writer_u32(&wr, epoch);
	tsr_sha256(salt, tsr_slice(text, wr.len));
	if ((r = tsr_service_epoch_secret(&epoch_secret, seed, epoch)) != 0 ||
		(r = tsr_secret_create(out, TSR_PRK_LEN)) != 0)
		goto out;
	tsr_hkdf_extract(tsr_secret_data(*out), tsr_slice(salt, sizeof(salt)),
		tsr_secret_slice(epoch_secret));
out:
	tsr_secret_destroy(epoch_secret);
	return r;
}

int tsr_stream_base_key(uint8_t out[static TSR_SFRAME_BASE_KEY_LEN], const struct tsr_secret *prk,
	const struct tsr_stream_instance *instance)
{
	uint8_t announce_hash[TSR_ANNOUNCE_HASH_LEN];
	uint8_t info[6 + TSR_ANNOUNCE_HASH_LEN + 4 + TSR_STREAM_NONCE_LEN + 2];
	struct tsr_writer wr = tsr_writer(info, sizeof(info));

	tsr_announce_hash(announce_hash, instance->from, instance->device_key);
	tsr_writer_bytes(&wr, tsr_slice_str("sender"));
	tsr_writer_bytes(&wr, tsr_slice(announce_hash, sizeof(announce_hash)));
	tsr_writer_u32(&wr, instance->stream.v);
	tsr_writer_bytes(&wr, tsr_slice(instance->nonce, TSR_STREAM_NONCE_LEN));
	tsr_writer_u16(&wr, TSR_SFRAME_SUITE);
	return tsr_hkdf_expand(
		out, TSR_SFRAME_BASE_KEY_LEN, tsr_secret_slice(prk), tsr_slice(info, wr.len));
}

int tsr_stream_sealer(struct tsr_sealer **out, const struct tsr_secret *prk,
	const struct tsr_stream_instance *instance)
{
	uint8_t base_key[TSR_SFRAME_BASE_KEY_LEN];
	int r = tsr_stream_base_key(base_key, prk, instance);

	*out = NULL;
	if (r == 0)
		r = tsr_sealer_create(
			out, tsr_slice(base_key, sizeof(base_key)), instance->stream.v, 0);
	tsr_wipe(base_key, sizeof(base_key));
	return r;
}

int tsr_stream_opener(struct tsr_opener **out, const struct tsr_secret *prk,
	const struct tsr_stream_instance *instance)
{
	uint8_t base_key[TSR_SFRAME_BASE_KEY_LEN];
	int r = tsr_stream_base_key(base_key, prk, instance);

	*out = NULL;
	if (r == 0)
		r = tsr_opener_create(
			out, tsr_slice(base_key, sizeof(base_key)), instance->stream.v);
	tsr_wipe(base_key, sizeof(base_key));
	return r;
}
