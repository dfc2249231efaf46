/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_CONTROL_KEYS_H
#define TSR_CONTROL_KEYS_H

#include <stdint.h>

#include "core/base/attr.h"
#include "core/base/ids.h"
#include "core/crypto/sign.h"
#include "core/e2e/token.h"

/*
 * keys: the Ed25519 key that signs role tokens and resume tickets. It lies in token.key (mode
 * 0600, 32 bytes of seed) in the state folder and, running, in locked memory of control alone.
 */
#define TSR_KEYS_FILE "token.key"
#define TSR_KEYS_NODE_LEN 24

struct tsr_keys {
	struct tsr_sign_key *sign;
	char node[TSR_KEYS_NODE_LEN]; /* what the edge is called in role tokens */
	uint8_t blind[32];            /* secret of tsr_keys_blind() */
};

/* Reads the key from the folder, making it at the first start. TSR_ERR_FORMAT when the file
 * does not hold a key, TSR_ERR_STORE or TSR_ERR_IO when it cannot be written or read. */
TSR_CHECKED int tsr_keys_load(struct tsr_keys *out, int state_dir);

/* The same from a seed. */
TSR_CHECKED int tsr_keys_init(struct tsr_keys *out, const uint8_t seed[static TSR_SIGN_SEED_LEN]);
void tsr_keys_finish(struct tsr_keys *keys);

/* Draws another name for the edge. One that was begun anew does not know which role tokens the one
 * before has let in: it must take none of them, whatever its clock says. */
void tsr_keys_rename_node(struct tsr_keys *keys);

/* 16 bytes that nobody without the key can tell from random, the same for the same input. */
void tsr_keys_blind(uint8_t out[static 16], const struct tsr_keys *keys, const char *label,
	struct tsr_slice input);

/* Who a member is, for his tokens. */
struct tsr_ticket_facts {
	struct tsr_session_uid session;
	uint32_t member;
	enum tsr_token_role role;
	enum tsr_token_via via;
	uint8_t device_key_hash[32];
};

/* Signs a role token (60 s, this node, one use) and a resume ticket (24 h, any node). */
TSR_CHECKED int tsr_keys_issue(char token[static TSR_TOKEN_MAX], char resume[static TSR_TOKEN_MAX],
	const struct tsr_keys *keys, const struct tsr_ticket_facts *facts, uint64_t now_ms);

#endif
