/* SPDX-License-Identifier: Apache-2.0 */
#include "core/e2e/schedule.h"

#include "core/base/err.h"
#include "core/e2e/proof.h"
#include "test.h"

static const uint8_t seed[TSR_SEED_LEN] = "seed";
static const struct tsr_session_uid session = { "session" };

static bool key_of(uint8_t out[static TSR_SFRAME_BASE_KEY_LEN], uint32_t epoch,
	const struct tsr_stream_instance *instance)
{
	struct tsr_secret *prk = NULL;
	bool ok = tsr_service_prk(&prk, seed, &session, epoch) == 0 &&
		  tsr_stream_base_key(out, prk, instance) == 0;

	tsr_secret_destroy(prk);
	return ok;
}

/* Whatever differs (epoch, member, device, stream, nonce), the key does. */
static void every_instance_has_its_own_key(void)
{
	uint8_t keys[6][TSR_SFRAME_BASE_KEY_LEN];
	struct tsr_stream_instance instance = { .from = { 1 }, .stream = { 2 } };

	CHECK(key_of(keys[0], 1, &instance));
	CHECK(key_of(keys[1], 2, &instance));
	instance.from.v = 2;
	CHECK(key_of(keys[2], 1, &instance));
	instance.stream.v = 3;
	CHECK(key_of(keys[3], 1, &instance));
	instance.nonce[15] = 1;
	CHECK(key_of(keys[4], 1, &instance));
	instance.device_key[0] = 1;
	CHECK(key_of(keys[5], 1, &instance));
	for (size_t i = 0; i < 6; i++)
		for (size_t j = 0; j < i; j++)
			CHECK(memcmp(keys[i], keys[j], sizeof(keys[i])) != 0);
}

static void both_ends_meet(void)
{
	struct tsr_stream_instance instance = { .from = { 1 }, .stream = { 2 } };
	struct tsr_secret *prk;
	struct tsr_sealer *sealer;
	struct tsr_opener *opener;
	uint8_t object[64], plain[64];
	size_t len, plain_len;
	uint64_t ctr;

	CHECK_INT(tsr_service_prk(&prk, seed, &session, 1), 0);
	CHECK_INT(tsr_stream_sealer(&sealer, prk, &instance), 0);
	CHECK_INT(tsr_stream_opener(&opener, prk, &instance), 0);
	tsr_secret_destroy(prk);
	CHECK_INT(tsr_sealer_ctr(sealer), 0);
	len = tsr_sealer_object_len(sealer, 5);
	CHECK_INT(tsr_sealer_seal(sealer, object, sizeof(object), tsr_slice_str("header"),
			  tsr_slice_str("hello")),
		0);
	CHECK_INT(tsr_opener_open(opener, plain, sizeof(plain), &plain_len, &ctr,
			  tsr_slice_str("header"), tsr_slice(object, len)),
		0);
	CHECK_MEM(plain, "hello", 5);
	CHECK_INT(tsr_opener_open(opener, plain, sizeof(plain), &plain_len, &ctr,
			  tsr_slice_str("headeR"), tsr_slice(object, len)),
		TSR_ERR_AUTH);
	tsr_sealer_destroy(sealer);
	tsr_opener_destroy(opener);
}

static void proofs_are_for_one_purpose(void)
{
	uint8_t nonce[TSR_CHALLENGE_LEN] = "nonce", ticket[TSR_BULK_TICKET_LEN] = "ticket";
	uint8_t hello[TSR_SIGNATURE_LEN], attach[TSR_SIGNATURE_LEN];
	uint8_t pk[TSR_SIGN_PUBLIC_LEN];
	struct tsr_slice token = tsr_slice(ticket, sizeof(ticket));
	struct tsr_sign_key *key;

	CHECK_INT(tsr_sign_key_random(&key), 0);
	memcpy(pk, tsr_sign_key_public(key), sizeof(pk));
	tsr_proof_hello(hello, key, nonce, token);
	tsr_proof_attach(attach, key, nonce, ticket);
	tsr_sign_key_destroy(key);
	CHECK_INT(tsr_proof_hello_verify(hello, pk, nonce, token), 0);
	CHECK_INT(tsr_proof_attach_verify(attach, pk, nonce, ticket), 0);
	CHECK_INT(tsr_proof_hello_verify(attach, pk, nonce, token), TSR_ERR_AUTH);
	CHECK_INT(tsr_proof_attach_verify(hello, pk, nonce, ticket), TSR_ERR_AUTH);
	nonce[0] ^= 1;
	CHECK_INT(tsr_proof_hello_verify(hello, pk, nonce, token), TSR_ERR_AUTH);
	CHECK_INT(tsr_proof_attach_verify(attach, pk, nonce, ticket), TSR_ERR_AUTH);
}

TEST_MAIN(TEST(every_instance_has_its_own_key), TEST(both_ends_meet),
	TEST(proofs_are_for_one_purpose))
