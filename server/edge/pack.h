/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_EDGE_PACK_H
#define TSR_EDGE_PACK_H

#include <stdbool.h>

#include "core/base/msg.h"
#include "core/e2e/proof.h"
#include "core/session/session.h"

/* pack: messages to clients, ready to send (kind first). NULL when out of memory. */

struct tsr_msg *tsr_pack_challenge(const uint8_t nonce[static TSR_CHALLENGE_LEN]);
struct tsr_msg *tsr_pack_pong(uint64_t stamp, uint64_t server_ms);
struct tsr_msg *tsr_pack_closed(enum tsr_close reason, const char *text, uint32_t retry_ms);
struct tsr_msg *tsr_pack_waiting(bool is_locked, const char *title);
struct tsr_msg *tsr_pack_result(uint32_t request, uint32_t refusal, uint32_t stream);
struct tsr_msg *tsr_pack_attached(const uint8_t ticket[static TSR_BULK_TICKET_LEN]);
struct tsr_msg *tsr_pack_lobby_text(uint32_t member, const char *text);
struct tsr_msg *tsr_pack_credit(uint32_t stream, uint64_t bytes, uint32_t picture);
struct tsr_msg *tsr_pack_need(uint32_t stream, uint64_t cells);

struct tsr_share_counts;
struct tsr_report_sum;
struct tsr_msg *tsr_pack_stats(uint32_t stream, uint64_t bytes, uint32_t picture,
	const struct tsr_share_counts *counts, const struct tsr_report_sum *sum);
/* rtt_ms[i] is that of members[i]. */
struct tsr_msg *tsr_pack_paths(const uint32_t *members, const uint32_t *rtt_ms, size_t n);

/* Holds the seed: send it as a secret. */
struct tsr_msg *tsr_pack_epoch(uint32_t epoch, struct tsr_slice seed);

struct tsr_welcome {
	struct tsr_member_id member;
	struct tsr_session_uid uid;
	const uint8_t *bulk_ticket;
	uint64_t server_ms;
	const char *title;
	uint64_t started_ms;
	const char *number;
	bool is_resumed;
	bool has_kept_media;
};
struct tsr_msg *tsr_pack_welcome(const struct tsr_welcome *welcome);

/*
 * State, from the session's own words. wall_us is what to add to the session's time to get Unix
 * microseconds. Waiters and bars are packed for who may admit only.
 */
struct tsr_pack_state {
	const struct tsr_session *session;
	int64_t wall_us;
	bool may_admit;
};

/*
 * One delta, and the whole. Either comes as one or more messages of at most about 48 KiB, all with
 * the same state_seq, the first of a whole with full. Calls give for each (takes). Returns 0 or
 * TSR_ERR_NOMEM.
 */
TSR_CHECKED int tsr_pack_changed(const struct tsr_pack_state *what,
	const struct tsr_session_changed *changed, void (*give)(void *user, struct tsr_msg *msg),
	void *user);
TSR_CHECKED int tsr_pack_full(const struct tsr_pack_state *what,
	void (*give)(void *user, struct tsr_msg *msg), void *user);

#endif
