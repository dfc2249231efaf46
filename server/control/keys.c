/* SPDX-License-Identifier: Apache-2.0 */
#include "server/control/keys.h"

#include <stdio.h>
#include <string.h>

#include "core/base/err.h"
#include "core/crypto/hkdf.h"
#include "core/crypto/random.h"
#include "core/crypto/secret.h"
#include "sys/files.h"

int tsr_keys_init(struct tsr_keys *out, const uint8_t seed[static TSR_SIGN_SEED_LEN])
{
	int r;

	memset(out, 0, sizeof(*out));
	if ((r = tsr_sign_key_create(&out->sign, seed)) != 0)
		return r;
	r = tsr_hkdf(out->blind, sizeof(out->blind), tsr_slice(NULL, 0),
		tsr_slice(seed, TSR_SIGN_SEED_LEN), tsr_slice_str("tessera control blind"));
	tsr_keys_rename_node(out);
	if (r != 0)
		tsr_keys_finish(out);
	return r;
}

void tsr_keys_rename_node(struct tsr_keys *keys)
{
	uint64_t name;

	tsr_random(&name, sizeof(name));
	snprintf(keys->node, sizeof(keys->node), "n-%016llx", (unsigned long long)name);
}

void tsr_keys_finish(struct tsr_keys *keys)
{
	tsr_sign_key_destroy(keys->sign);
	tsr_wipe(keys, sizeof(*keys));
}

/* The first start: a key that is on the disk before anything is signed with it. */
static int make(struct tsr_keys *out, int state_dir)
{
	struct tsr_sign_key *fresh = NULL;
	int r;

	if ((r = tsr_sign_key_random(&fresh)) == 0 &&
		(r = tsr_file_write(state_dir, TSR_KEYS_FILE,
			 tsr_slice(tsr_sign_key_seed(fresh), TSR_SIGN_SEED_LEN))) == 0)
		r = tsr_keys_init(out, tsr_sign_key_seed(fresh));
	tsr_sign_key_destroy(fresh);
	return r;
}

int tsr_keys_load(struct tsr_keys *out, int state_dir)
{
	struct tsr_msg *file = NULL;
	int r;

	memset(out, 0, sizeof(*out));
	r = tsr_file_read(&file, state_dir, TSR_KEYS_FILE, TSR_SIGN_SEED_LEN);
	if (r == TSR_ERR_UNKNOWN)
		return make(out, state_dir);
	if (r == TSR_ERR_TOO_BIG || (r == 0 && file->len != TSR_SIGN_SEED_LEN))
		r = TSR_ERR_FORMAT;
	if (r == 0)
		r = tsr_keys_init(out, file->data);
	if (file)
		tsr_wipe(file->data, file->len);
	tsr_msg_unref(&file);
	return r;
}

void tsr_keys_blind(uint8_t out[static 16], const struct tsr_keys *keys, const char *label,
	struct tsr_slice input)
{
	uint8_t prk[TSR_PRK_LEN];

	tsr_hkdf_extract(prk, tsr_slice(keys->blind, sizeof(keys->blind)), input);
	/* Cannot fail: 16 bytes are far below the limit. */
	if (tsr_hkdf_expand(out, 16, tsr_slice(prk, sizeof(prk)), tsr_slice_str(label)) != 0)
		memset(out, 0, 16);
	tsr_wipe(prk, sizeof(prk));
}

int tsr_keys_issue(char token[static TSR_TOKEN_MAX], char resume[static TSR_TOKEN_MAX],
	const struct tsr_keys *keys, const struct tsr_ticket_facts *facts, uint64_t now_ms)
{
	struct tsr_token_claims claims = { .type = TSR_TOKEN_ROLE,
		.iat = (int64_t)(now_ms / 1000),
		.mtg = facts->session,
		.mem = { facts->member },
		.role = facts->role,
		.via = facts->via };
	int r;

	memcpy(claims.ik, facts->device_key_hash, sizeof(claims.ik));
	claims.exp = claims.iat + TSR_TOKEN_ROLE_S;
	snprintf(claims.node, sizeof(claims.node), "%s", keys->node);
	tsr_random(claims.jti, sizeof(claims.jti));
	if ((r = tsr_token_seal(token, &claims, keys->sign)) != 0)
		return r;
	claims.type = TSR_TOKEN_RESUME;
	claims.exp = claims.iat + TSR_TOKEN_RESUME_S;
	snprintf(claims.node, sizeof(claims.node), "*");
	tsr_random(claims.jti, sizeof(claims.jti));
	return tsr_token_seal(resume, &claims, keys->sign);
}
