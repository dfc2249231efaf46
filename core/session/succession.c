/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Succession: when the organizer's link has been dead for a minute, the first in line becomes
 * organizer, for good, like by a hand-over. In line is who is present and was inside when
 * the organizer went: first the presenter, then who has been in for longest. Who came later
 * is not: opening a link early must not make a stranger the organizer.
 */
#include "core/base/err.h"
#include "core/session/state.h"

static bool is_in_line(const struct tsr_session *s, const struct seat *seat)
{
	return seat && seat->m.presence == TSR_PRESENCE_PRESENT &&
	       !tsr_member_id_equal(seat->m.record.id, s->settings.organizer) &&
	       (s->organizer_lost_at == TSR_TIME_NEVER || seat->move <= s->organizer_lost_move);
}

static struct seat *first_in_line(const struct tsr_session *s)
{
	struct seat *presenter = tsr_seat_find(s, s->settings.presenter);

	if (s->settings.organizer.v == 0)
		return NULL;
	if (is_in_line(s, presenter))
		return presenter;
	tsr_list_each (pos, next, &s->inside) {
		struct seat *seat = tsr_list_entry(pos, struct seat, place_link);

		if (is_in_line(s, seat))
			return seat;
	}
	return NULL;
}

static void lose_organizer(struct tsr_session *s)
{
	s->organizer_lost_at = s->now;
	s->organizer_lost_move = s->n_moves;
}

static void note_organizer_link(struct tsr_session *s)
{
	const struct seat *organizer = tsr_seat_find(s, s->settings.organizer);

	if (s->settings.organizer.v == 0 ||
		(organizer && organizer->m.presence == TSR_PRESENCE_PRESENT))
		s->organizer_lost_at = TSR_TIME_NEVER;
	else if (s->organizer_lost_at == TSR_TIME_NEVER)
		lose_organizer(s);
}

void tsr_succession_update(struct tsr_session *s)
{
	struct seat *before, *after;

	if (!s->is_roster_touched)
		return;
	s->is_roster_touched = false;
	note_organizer_link(s);
	before = tsr_seat_find(s, s->successor);
	after = first_in_line(s);
	s->successor.v = after ? after->m.record.id.v : 0;
	if (before == after)
		return;
	if (before)
		tsr_round_touch_seat(s, before);
	if (after)
		tsr_round_touch_seat(s, after);
}

tsr_time tsr_succession_at(const struct tsr_session *s)
{
	tsr_time at;

	if (s->organizer_lost_at == TSR_TIME_NEVER || s->successor.v == 0)
		return TSR_TIME_NEVER;
	at = s->organizer_lost_at + TSR_SESSION_SUCCESSION_AFTER;
	return at > s->succession_retry_at ? at : s->succession_retry_at;
}

void tsr_succession_expire(struct tsr_session *s)
{
	if (s->is_succession_queued || s->now < tsr_succession_at(s))
		return;
	s->is_succession_queued = true;
	tsr_durable_ask(s, &(struct durable){ .act = TSR_ACT_HAND_OVER, .member = s->successor });
}
