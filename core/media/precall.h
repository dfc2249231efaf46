/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_MEDIA_PRECALL_H
#define TSR_MEDIA_PRECALL_H

#include "core/base/time.h"
#include "core/media/packet.h"
#include "core/media/stun.h"

/*
 * precall: answers the connectivity checks (RFC 8445) of people who are in no call and want to know
 * whether one would come through. They check under a name and a password that everybody knows, so
 * that a browser takes the answer for a peer's; it proves nothing and makes no state for a peer.
 *
 * What strangers can do with it is bounded: an answer is never longer than its request and goes
 * where that came from, so nothing is amplified; each source (an IPv4 address, an IPv6 /56) has a
 * few answers a second, all of them together no more than TSR_PRECALL_RATE. Buckets of sources are
 * found by a secret hash and shared by those that collide: it costs the same memory whoever asks.
 */
#define TSR_PRECALL_UFRAG "precall"
#define TSR_PRECALL_PWD "TesseraPreCallCheckOnly0"
#define TSR_PRECALL_RATE 2000u /* answers a second, of one engine */
#define TSR_PRECALL_SOURCE_RATE 20u
#define TSR_PRECALL_SOURCE_BURST 40u
#define TSR_PRECALL_SOURCES 1024u

struct tsr_precall {
	uint64_t secret;
	tsr_time free_at; /* when all answers so far would have been, one after the other */
	tsr_time sources_free_at[TSR_PRECALL_SOURCES]; /* the same of each source */
};

void tsr_precall_init(struct tsr_precall *precall, uint64_t secret);

/* Whether it is a request for us: under the name above. */
bool tsr_precall_is_meant(const struct tsr_stun *stun);

/* Answers into the outbox. Returns 0, TSR_ERR_AUTH (not made with the password), TSR_ERR_SHORT (the
 * answer would be longer) or TSR_ERR_RATE; then nothing is sent. */
TSR_CHECKED int tsr_precall_handle_request(struct tsr_precall *precall,
	const struct tsr_stun *request, const struct tsr_tuple *tuple, tsr_time now,
	struct tsr_outbox *outbox);

#endif
