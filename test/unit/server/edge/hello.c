/* SPDX-License-Identifier: Apache-2.0 */
#include "server/edge/hello.h"

#include "core/base/err.h"
#include "core/crypto/hkdf.h"
#include "core/crypto/random.h"
#include "server/edge/ticket.h"
#include "test.h"

enum { NOW = 1800000000 };

/* A node, a device with a good token, and a Hello that holds it. */
static struct tsr_sign_key *node_key, *device;
static struct tsr_node_keys keys;
static struct tsr_token_claims claims;
static char token[TSR_TOKEN_MAX];
static uint8_t nonce[TSR_CHALLENGE_LEN], device_key[32], proof[TSR_SIGNATURE_LEN];
static char name[] = " Ada ";
static Tessera__V1__Hello hello;
static struct tsr_entry entry;

static void prepare(void)
{
	tsr_sign_key_destroy(node_key);
	tsr_sign_key_destroy(device);
	if (tsr_crypto_init() != 0 || tsr_sign_key_random(&node_key) != 0 ||
		tsr_sign_key_random(&device) != 0)
		return;
	memcpy(keys.token_key, tsr_sign_key_public(node_key), sizeof(keys.token_key));
	snprintf(keys.node, sizeof(keys.node), "n-1");
	memcpy(device_key, tsr_sign_key_public(device), 32);
	claims = (struct tsr_token_claims){
		.type = TSR_TOKEN_ROLE,
		.exp = NOW + 60,
		.iat = NOW,
		.jti = { 1 },
		.mem = { 3 },
		.role = TSR_TOKEN_ATTENDEE,
		.node = "n-1",
		.via = TSR_TOKEN_LINK,
	};
	tsr_sha256(claims.ik, tsr_slice(device_key, 32));
	memset(nonce, 0x42, sizeof(nonce));
	entry = (struct tsr_entry){ 0 };
}

static int check(void)
{
	if (tsr_token_seal(token, &claims, node_key) != 0)
		return 1;
	tsr_proof_hello(proof, device, nonce, tsr_slice_str(token));
	tessera__v1__hello__init(&hello);
	hello.version = TSR_PROTOCOL_VERSION;
	hello.token = token;
	hello.name = name;
	hello.device_key.data = device_key;
	hello.device_key.len = 32;
	hello.proof.data = proof;
	hello.proof.len = TSR_SIGNATURE_LEN;
	hello.client = TESSERA__V1__CLIENT__CLIENT_BROWSER;
	return tsr_hello_check(&entry, &hello, nonce, &keys, NOW);
}

static int check_again(void)
{
	return tsr_hello_check(&entry, &hello, nonce, &keys, NOW);
}

static void takes_a_good_one(void)
{
	prepare();
	CHECK_INT(check(), 0);
	CHECK_INT(entry.claims.mem.v, 3);
	CHECK_STR(entry.name, "Ada");
	CHECK_MEM(entry.device_key, device_key, 32);
}

static void asks_other_versions_to_reload(void)
{
	prepare();
	CHECK_INT(check(), 0);
	hello.version = TSR_PROTOCOL_VERSION + 1;
	CHECK_INT(check_again(), TSR_ERR_VERSION);
}

static void refuses_another_device(void)
{
	prepare();
	CHECK_INT(check(), 0);
	claims.ik[0] ^= 1;
	CHECK_INT(check(), TSR_ERR_AUTH);
}

static void refuses_another_node_and_old_tokens(void)
{
	prepare();
	snprintf(claims.node, sizeof(claims.node), "n-2");
	CHECK_INT(check(), TSR_ERR_AUTH);
	prepare();
	claims.exp = NOW - 60;
	claims.iat = NOW - 120;
	CHECK_INT(check(), TSR_ERR_EXPIRED);
}

static void takes_resume_tickets_of_any_node(void)
{
	prepare();
	claims.type = TSR_TOKEN_RESUME;
	snprintf(claims.node, sizeof(claims.node), "*");
	claims.exp = NOW + 86400;
	CHECK_INT(check(), 0);
	CHECK_INT(entry.claims.type, TSR_TOKEN_RESUME);
}

static void refuses_every_flipped_bit_of_the_proof(void)
{
	prepare();
	CHECK_INT(check(), 0);
	for (unsigned bit = 0; bit < 8 * TSR_SIGNATURE_LEN; bit++) {
		proof[bit / 8] ^= (uint8_t)(1 << bit % 8);
		CHECK(check_again() != 0);
		proof[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	nonce[5] ^= 1;
	CHECK_INT(check_again(), TSR_ERR_AUTH);
	nonce[5] ^= 1;
	CHECK_INT(check_again(), 0);
}

static void calls_wrong_lengths_a_breach(void)
{
	prepare();
	CHECK_INT(check(), 0);
	hello.proof.len = 63;
	CHECK_INT(check_again(), TSR_ERR_FORMAT);
	hello.proof.len = 64;
	hello.device_key.len = 31;
	CHECK_INT(check_again(), TSR_ERR_FORMAT);
}

static void tickets_name_the_way(void)
{
	uint8_t ticket[TSR_BULK_TICKET_LEN];

	tsr_ticket_write(ticket, 3, 0x00123456789abcde, 0xfedcba9876543210);
	CHECK_INT(tsr_ticket_owner(ticket), 3);
	CHECK(tsr_ticket_host(ticket) == 0x00123456789abcde);
	CHECK_INT(ticket[8], 0xfe);
	CHECK_INT(ticket[15], 0x10);
}

TEST_MAIN(TEST(takes_a_good_one), TEST(asks_other_versions_to_reload), TEST(refuses_another_device),
	TEST(refuses_another_node_and_old_tokens), TEST(takes_resume_tickets_of_any_node),
	TEST(refuses_every_flipped_bit_of_the_proof), TEST(calls_wrong_lengths_a_breach),
	TEST(tickets_name_the_way))
