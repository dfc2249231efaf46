/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"
#include "core/session/state.h"

_Static_assert(sizeof(struct seat) <= 640, "session.h states the size of a member");
_Static_assert(sizeof(struct stream_entry) <= 512, "session.h states the size of a stream");

struct seat *tsr_seat_find(const struct tsr_session *s, struct tsr_member_id id)
{
	return tsr_idmap_find(&s->seats_by_id, id.v);
}

struct seat *tsr_seat_add(struct tsr_session *s, const struct tsr_member_record *record)
{
	struct seat *seat;

	if (tsr_idmap_reserve(&s->seats_by_id) != 0 || tsr_round_reserve(s, 1, 0) != 0)
		return NULL;
	seat = calloc(1, sizeof(*seat));
	if (!seat)
		return NULL;
	seat->m.record = *record;
	tsr_list_init(&seat->place_link);
	tsr_list_init(&seat->away_link);
	tsr_list_init(&seat->hand_link);
	tsr_list_init(&seat->touched_link);
	tsr_list_init(&seat->dirty_link);
	tsr_list_init(&seat->streams);
	tsr_list_append(&s->absent, &seat->place_link);
	tsr_idmap_put(&s->seats_by_id, record->id.v, seat);
	s->n_seats++;
	return seat;
}

void tsr_seat_free(struct tsr_session *s, struct seat *seat)
{
	tsr_idmap_remove(&s->seats_by_id, seat->m.record.id.v);
	tsr_list_remove(&seat->place_link);
	tsr_list_remove(&seat->away_link);
	tsr_list_remove(&seat->hand_link);
	tsr_list_remove(&seat->touched_link);
	tsr_list_remove(&seat->dirty_link);
	s->n_seats--;
	free(seat);
}

bool tsr_seat_is_inside(const struct seat *seat)
{
	return seat->m.presence == TSR_PRESENCE_PRESENT || seat->m.presence == TSR_PRESENCE_AWAY;
}

void tsr_seat_move(struct tsr_session *s, struct seat *seat, enum tsr_presence presence)
{
	bool was_inside = tsr_seat_is_inside(seat);
	bool was_waiting = seat->m.presence == TSR_PRESENCE_WAITING;
	bool is_inside, is_waiting;

	seat->m.presence = presence;
	is_inside = tsr_seat_is_inside(seat);
	is_waiting = presence == TSR_PRESENCE_WAITING;
	s->n_inside += (size_t)is_inside - (size_t)was_inside;
	s->n_waiting += (size_t)is_waiting - (size_t)was_waiting;
	/* Who comes back from AWAY keeps his place in the order. */
	if (is_inside != was_inside || is_waiting != was_waiting) {
		tsr_list_remove(&seat->place_link);
		tsr_list_append(is_inside    ? &s->inside
				: is_waiting ? &s->lobby
					     : &s->absent,
			&seat->place_link);
		seat->m.joined_at = s->now;
		seat->move = ++s->n_moves;
	}
	tsr_list_remove(&seat->away_link);
	if (presence == TSR_PRESENCE_AWAY) {
		seat->away_until = s->now + TSR_SESSION_AWAY_MAX;
		tsr_list_append(&s->away, &seat->away_link);
	}
	s->is_roster_touched = true;
	tsr_round_touch_seat(s, seat);
}

void tsr_seat_mark_dirty(struct tsr_session *s, struct seat *seat)
{
	tsr_list_remove(&seat->dirty_link);
	tsr_list_append(&s->dirty_seats, &seat->dirty_link);
}

/* Nothing of it matters later: he only waited, and the store has not heard of him. */
bool tsr_seat_is_forgettable(const struct tsr_session *s, const struct seat *seat)
{
	const struct tsr_member_record *record = &seat->m.record;

	return seat->m.presence == TSR_PRESENCE_ABSENT && !seat->is_kept && !seat->is_in_flight &&
	       !record->is_admitted && !record->is_removed && !record->is_barred &&
	       !tsr_member_id_equal(s->settings.organizer, record->id);
}

int tsr_seat_make_room(struct tsr_session *s)
{
	if (s->n_seats < TSR_SESSION_RECORDS_MAX)
		return 0;
	tsr_list_each (pos, next, &s->absent) {
		struct seat *seat = tsr_list_entry(pos, struct seat, place_link);
		const struct tsr_member_record *record = &seat->m.record;

		if (record->is_removed || record->is_barred || seat->is_in_flight ||
			!tsr_list_is_empty(&seat->dirty_link) ||
			tsr_member_id_equal(s->settings.organizer, record->id))
			continue;
		tsr_seat_free(s, seat);
		return 0;
	}
	return TSR_ERR_FULL;
}
