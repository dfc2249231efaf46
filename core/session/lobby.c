/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The lobby. Who waits learns nothing about the session: not who is there, not whether there is
 * an organizer to read his words, and without a valid link not even that it is locked, since
 * a number that does not exist has a lobby too.
 */
#include "core/base/err.h"
#include "core/session/state.h"

void tsr_lobby_wait(struct tsr_session *s, struct seat *seat)
{
	tsr_seat_move(s, seat, TSR_PRESENCE_WAITING);
	tsr_round_push(s, &(struct queued){ .kind = TSR_SESSION_WAITING,
				  .member = seat->m.record.id,
				  .conn = seat->m.conn,
				  .number = s->settings.is_locked && seat->m.record.by_link });
}

void tsr_lobby_expire(struct tsr_session *s)
{
	tsr_list_each (pos, next, &s->lobby) {
		struct seat *seat = tsr_list_entry(pos, struct seat, place_link);

		if (seat->m.joined_at + TSR_SESSION_WAITING_TIME_MAX > s->now)
			break;
		tsr_member_go(s, seat, TSR_CLOSE_LOBBY_TIMEOUT, NULL);
	}
}

int tsr_lobby_deny(struct tsr_session *s, struct seat *seat, const struct tsr_action *action)
{
	struct tsr_policy_facts facts = tsr_facts_of(s, seat, action->member);
	int r;

	if ((r = tsr_policy_allows(TSR_ACT_DENY, &facts)) != 0)
		return r;
	tsr_member_go(s, tsr_seat_find(s, action->member), TSR_CLOSE_DENIED,
		tsr_round_keep_text(s, action->text));
	return 0;
}

int tsr_lobby_text(struct tsr_session *s, struct seat *seat, const struct tsr_action *action)
{
	bool is_from_waiter = seat->m.presence == TSR_PRESENCE_WAITING;
	struct tsr_policy_facts facts = tsr_facts_of(s, seat, action->member);
	const struct seat *to;
	int r;

	if ((r = tsr_policy_allows(TSR_ACT_LOBBY_TEXT, &facts)) != 0)
		return r;
	to = tsr_seat_find(s, is_from_waiter ? s->settings.organizer : action->member);
	if (!to || to->m.conn == 0)
		return 0; /* a waiter must not learn that nobody reads it */
	tsr_round_push(s, &(struct queued){ .kind = TSR_SESSION_LOBBY_TEXT,
				  .member = to->m.record.id,
				  .conn = to->m.conn,
				  .about = { is_from_waiter ? seat->m.record.id.v : 0 },
				  .text = tsr_round_keep_text(s, action->text) });
	return 0;
}
