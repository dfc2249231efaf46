/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_EDGE_HELLO_H
#define TSR_EDGE_HELLO_H

#include <stdint.h>

#include "server/edge/edge.h"
#include "server/edge/mail.h"

/* hello: the proof of who connects. Pure: bytes, keys and time in, an entry or a refusal out. */

/* Checks a Hello against the challenge that was sent: version, token for this node, device key,
 * proof, name. Returns 0 and fills entry but for conn, link and since; TSR_ERR_VERSION (reload),
 * TSR_ERR_FORMAT (breach), TSR_ERR_AUTH or TSR_ERR_EXPIRED (refused). */
TSR_CHECKED int tsr_hello_check(struct tsr_entry *entry, const Tessera__V1__Hello *hello,
	const uint8_t nonce[static TSR_CHALLENGE_LEN], const struct tsr_node_keys *keys,
	int64_t now_s);

/* Checks the form of an Attach and fills all but conn. Returns 0, TSR_ERR_VERSION or
 * TSR_ERR_FORMAT. */
TSR_CHECKED int tsr_hello_read_attach(struct tsr_attach *out, const Tessera__V1__Attach *attach,
	const uint8_t nonce[static TSR_CHALLENGE_LEN]);

/*
 * Copies text (UTF-8) without controls, marks that turn the direction of writing, other invisible
 * code points and blanks at the ends; runs of blanks become one; cut at max_chars code points.
 * Returns 0, TSR_ERR_FORMAT when it is not UTF-8 or TSR_ERR_RANGE when cap is too small.
 */
TSR_CHECKED int tsr_hello_clean_text(char *out, size_t cap, const char *text, unsigned max_chars);

#endif
