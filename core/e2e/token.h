/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_E2E_TOKEN_H
#define TSR_E2E_TOKEN_H

#include <stdint.h>

#include "core/base/attr.h"
#include "core/base/ids.h"
#include "core/base/slice.h"
#include "core/crypto/paseto.h"

/*
 * token: role tokens and resume tickets. PASETO v4.public over flat JSON claims, all of them
 * present exactly once and no other:
 *
 *	{"typ":"role"|"resume","exp":s,"iat":s,"jti":b64url 16,"mtg":b64url 16,"mem":u32,
 *	 "role":"organizer"|"attendee"|"waiting","node":"..","ik":b64url 32,
 *	 "via":"link"|"password"|"digits"}
 *
 * Implicit assertion: "role-token/1|" || node; a resume ticket's node is "*". Whether jti was
 * used before is for whoever keeps the list.
 */
#define TSR_TOKEN_JTI_LEN 16
#define TSR_TOKEN_NODE_MAX 64
#define TSR_TOKEN_MAX 1024       /* characters of a token, with the NUL */
#define TSR_TOKEN_CLAIMS_MAX 512 /* bytes of the JSON, with the NUL */
#define TSR_TOKEN_ROLE_S 60      /* how long a role token is good */
#define TSR_TOKEN_RESUME_S 86400 /* how long a resume ticket is good */

enum tsr_token_type { TSR_TOKEN_ROLE, TSR_TOKEN_RESUME };
enum tsr_token_role { TSR_TOKEN_WAITING, TSR_TOKEN_ATTENDEE, TSR_TOKEN_ORGANIZER };
enum tsr_token_via { TSR_TOKEN_DIGITS, TSR_TOKEN_PASSWORD, TSR_TOKEN_LINK };

struct tsr_token_claims {
	enum tsr_token_type type;
	int64_t exp; /* Unix seconds */
	int64_t iat;
	uint8_t jti[TSR_TOKEN_JTI_LEN];
	struct tsr_session_uid mtg;
	struct tsr_member_id mem;
	enum tsr_token_role role;
	char node[TSR_TOKEN_NODE_MAX + 1]; /* [A-Za-z0-9._-]+, or "*" in a resume ticket */
	uint8_t ik[32];                    /* SHA-256 of the device key */
	enum tsr_token_via via;
};

/* Reads and checks the JSON. Returns 0 or TSR_ERR_FORMAT. */
TSR_CHECKED int tsr_token_claims_parse(struct tsr_token_claims *out, struct tsr_slice json);

/* Writes the JSON and a NUL. Returns 0, TSR_ERR_FORMAT (unusable claims) or TSR_ERR_TOO_BIG. */
TSR_CHECKED int tsr_token_claims_write(
	char *out, size_t cap, const struct tsr_token_claims *claims);

/* Writes the signed token and a NUL. Same errors. */
TSR_CHECKED int tsr_token_seal(char out[static TSR_TOKEN_MAX],
	const struct tsr_token_claims *claims, const struct tsr_sign_key *key);

/* Verifies a token of either type for this node at now_s (Unix seconds; iat may be 5 s ahead
 * of us). Returns 0, TSR_ERR_AUTH, TSR_ERR_FORMAT, TSR_ERR_TOO_BIG or
 * TSR_ERR_EXPIRED; *out holds claims only on 0. */
TSR_CHECKED int tsr_token_open(struct tsr_token_claims *out, struct tsr_slice token,
	const uint8_t public_key[static TSR_SIGN_PUBLIC_LEN], const char *node, int64_t now_s);

#endif
