/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_CONTROL_JOIN_BODY_H
#define TSR_CONTROL_JOIN_BODY_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/attr.h"
#include "core/base/slice.h"
#include "core/crypto/password.h"
#include "server/control/join.h"

/* join_body: the JSON of POST /api/v1/join (docs/protocol.md 2). */
#define TSR_JOIN_BODY_MAX 4096

struct tsr_join_body {
	uint32_t number;
	char name[TSR_NAME_LEN]; /* cleaned, not empty */
	uint8_t device_key_hash[TSR_HASH_LEN];
	/* The strongest of what was given: organizer's token, token, password, nothing. */
	enum tsr_credential claimed;
	uint8_t token_hash[TSR_HASH_LEN];
	uint8_t password[TSR_PASSWORD_MAX];
	size_t password_len;
	bool knock;
};

/* Returns 0, or TSR_ERR_FORMAT. Wipe *out when done: it may hold a password. */
TSR_CHECKED int tsr_join_body_parse(struct tsr_join_body *out, struct tsr_slice json);

#endif
