/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_E2E_LINK_H
#define TSR_E2E_LINK_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/attr.h"
#include "core/base/slice.h"
#include "core/crypto/secret.h"
#include "core/crypto/sign.h"

/*
 * link: what is passed to people, and everything that is derived from it.
 *
 *	https://HOST[:PORT]/j/418205937                        digits alone
 *	https://HOST[:PORT]/j/418205937#K.SECRET.PIN           attendee
 *	https://HOST[:PORT]/j/418205937#Ko.SECRET              organizer
 *
 * K is 0 for a service-keyed session, 1 for an end-to-end one. SECRET is 32 bytes and PIN
 * 16 bytes in base64url. The fragment never leaves the endpoint.
 *
 *	derive(secret, label, n) = HKDF(salt "", secret, "tessera link v1 " || label, n)
 *	link secret     = derive(organizer secret, "link secret", 32)
 *	meeting seed    = derive(organizer secret, "meeting key", 32)     Ed25519
 *	organizer token = derive(organizer secret, "organizer", 16)
 *	join token      = derive(link secret, "join", 16)
 *	pin             = first 16 bytes of SHA-256("link" || meeting public key)
 */
#define TSR_LINK_SECRET_LEN 32
#define TSR_LINK_PIN_LEN 16
#define TSR_LINK_TOKEN_LEN 16
#define TSR_LINK_NUMBER_LEN 9
#define TSR_LINK_HOST_MAX 253
#define TSR_LINK_MAX 512 /* characters of a link, with the NUL */

enum tsr_link_kind { TSR_LINK_DIGITS, TSR_LINK_ATTENDEE, TSR_LINK_ORGANIZER };

struct tsr_link {
	enum tsr_link_kind kind;
	bool is_end_to_end;
	char host[TSR_LINK_HOST_MAX + 1]; /* name, IPv4, or IPv6 in brackets; lower case */
	uint16_t port;                    /* 443 when the link names none */
	char number[TSR_LINK_NUMBER_LEN + 1];
	struct tsr_secret *secret;     /* link or organizer secret; NULL for digits */
	uint8_t pin[TSR_LINK_PIN_LEN]; /* attendee only */
};

/* Reads a link; blanks around it are ignored. On success *out owns its secret.
 * Returns 0, TSR_ERR_FORMAT, TSR_ERR_VERSION (a fragment of a kind we do not know) or
 * TSR_ERR_NOMEM; then *out is empty. */
TSR_CHECKED int tsr_link_parse(struct tsr_link *out, struct tsr_slice text);

/* Writes the link and a NUL. Returns 0 or TSR_ERR_TOO_BIG, TSR_ERR_FORMAT. */
TSR_CHECKED int tsr_link_write(char *out, size_t cap, const struct tsr_link *link);

/* Wipes and empties it; an empty one is fine. */
void tsr_link_finish(struct tsr_link *link);

/* All that a link secret gives. */
struct tsr_join_keys {
	uint8_t join_token[TSR_LINK_TOKEN_LEN];
};
TSR_CHECKED int tsr_join_keys_derive(
	struct tsr_join_keys *out, const struct tsr_secret *link_secret);

/* All that an organizer secret gives; finish wipes it. */
struct tsr_organizer_keys {
	struct tsr_secret *link_secret;
	struct tsr_sign_key *meeting_key;
	uint8_t organizer_token[TSR_LINK_TOKEN_LEN];
	uint8_t join_token[TSR_LINK_TOKEN_LEN];
	uint8_t pin[TSR_LINK_PIN_LEN];
};
TSR_CHECKED int tsr_organizer_keys_derive(
	struct tsr_organizer_keys *out, const struct tsr_secret *organizer_secret);
void tsr_organizer_keys_finish(struct tsr_organizer_keys *keys);

/* What the server keeps of a token, SHA-256 of it. */
void tsr_link_token_hash(uint8_t out[static 32], const uint8_t token[static TSR_LINK_TOKEN_LEN]);

void tsr_link_pin(uint8_t out[static TSR_LINK_PIN_LEN],
	const uint8_t meeting_public_key[static TSR_SIGN_PUBLIC_LEN]);

/* Gives the attendee's link to the same session as an organizer's link.
 * Returns 0, TSR_ERR_STATE (not an organizer's link) or TSR_ERR_NOMEM. */
TSR_CHECKED int tsr_link_for_attendees(struct tsr_link *out, const struct tsr_link *organizer);

#endif
