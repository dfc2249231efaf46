/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a durable change does. The same two functions, for a record and for the settings, make
 * the copy that the store is asked to keep and later change the original: what has been kept
 * and what then holds cannot differ. What else follows (streams, connections) follows here.
 */
#include <string.h>

#include "core/base/err.h"
#include "core/session/state.h"

static bool is_same(struct tsr_member_id a, struct tsr_member_id b)
{
	return tsr_member_id_equal(a, b);
}

/* Everybody who waited when it was asked, as far as there is room. Who was removed or barred
 * before does not slip in among many: he needs an admission by name. */
static size_t waiting_targets(const struct tsr_session *s, const struct durable *op,
	struct tsr_member_id ids[static TSR_SESSION_COMMIT_MAX])
{
	size_t room = TSR_SESSION_MEMBERS_MAX - s->n_inside;
	size_t n = 0;

	if (room > TSR_SESSION_COMMIT_MAX)
		room = TSR_SESSION_COMMIT_MAX;
	tsr_list_each (pos, next, &s->lobby) {
		const struct seat *seat = tsr_list_entry(pos, struct seat, place_link);

		if (n == room || seat->m.joined_at > op->asked_at)
			break;
		if (!seat->m.record.is_removed && !seat->m.record.is_barred)
			ids[n++] = seat->m.record.id;
	}
	return n;
}

size_t tsr_change_targets(const struct tsr_session *s, const struct durable *op,
	struct tsr_member_id ids[static TSR_SESSION_COMMIT_MAX])
{
	size_t n = 0;

	switch (op->act) {
	case TSR_ACT_ADMIT:
		if (op->member.v == 0)
			return waiting_targets(s, op, ids);
		break;
	case TSR_ACT_HAND_OVER:
		ids[n++] = s->settings.organizer;
		break;
	case TSR_ACT_TAKE_PRESENTER:
	case TSR_ACT_MAKE_PRESENTER:
		return 0; /* in the settings only */
	default:
		break;
	}
	if (op->member.v != 0)
		ids[n++] = op->member;
	return n;
}

void tsr_change_record(const struct durable *op, struct tsr_member_record *record)
{
	switch (op->act) {
	case TSR_ACT_SET_CHAT:
		record->may_chat_public = op->on;
		record->may_chat_private = op->on_private;
		break;
	case TSR_ACT_SET_SHARE_RIGHT:
		record->may_share = op->on;
		break;
	case TSR_ACT_SET_MEDIA_RIGHT:
		record->may_audio = op->on;
		record->may_video = op->on_private;
		break;
	case TSR_ACT_ADMIT:
		record->role = TSR_ROLE_ATTENDEE;
		record->is_admitted = true;
		record->is_removed = record->is_barred = record->has_left = false;
		record->source[0] = '\0';
		break;
	case TSR_ACT_REMOVE:
	case TSR_ACT_BAR:
	case TSR_ACT_TO_LOBBY:
		record->role = TSR_ROLE_WAITING;
		record->is_admitted = false;
		record->is_removed |= op->act != TSR_ACT_TO_LOBBY;
		record->is_barred |= op->act == TSR_ACT_BAR;
		break;
	case TSR_ACT_UNBAR:
		record->role = TSR_ROLE_ATTENDEE;
		record->is_removed = record->is_barred = false;
		record->source[0] = '\0';
		break;
	case TSR_ACT_HAND_OVER:
		record->role =
			is_same(record->id, op->member) ? TSR_ROLE_ORGANIZER : TSR_ROLE_ATTENDEE;
		break;
	default:
		break;
	}
}

void tsr_change_settings(const struct durable *op, struct tsr_session_settings *settings)
{
	switch (op->act) {
	case TSR_ACT_SET_LOCKED:
		settings->is_locked = op->on;
		break;
	case TSR_ACT_SET_LOBBY:
		settings->has_lobby = op->on;
		break;
	case TSR_ACT_SET_OPEN:
		settings->is_open = op->on;
		break;
	case TSR_ACT_SET_CHAT:
		if (op->member.v != 0)
			break;
		settings->chat_public = op->on;
		settings->chat_private = op->on_private;
		break;
	case TSR_ACT_SET_MEDIA_RIGHT:
		if (op->member.v != 0)
			break;
		settings->audio = op->on;
		settings->video = op->on_private;
		break;
	case TSR_ACT_TAKE_PRESENTER:
		settings->presenter = op->asker;
		break;
	case TSR_ACT_MAKE_PRESENTER:
		settings->presenter = op->member;
		break;
	case TSR_ACT_SET_SHARE_RIGHT:
		if (!op->on && is_same(settings->presenter, op->member))
			settings->presenter.v = 0;
		break;
	case TSR_ACT_REMOVE:
	case TSR_ACT_BAR:
	case TSR_ACT_TO_LOBBY:
		if (is_same(settings->presenter, op->member))
			settings->presenter.v = 0;
		break;
	case TSR_ACT_HAND_OVER:
		settings->organizer = op->member;
		break;
	default:
		break;
	}
}

void tsr_change_set_presenter(struct tsr_session *s, struct tsr_member_id presenter)
{
	struct seat *before = tsr_seat_find(s, s->settings.presenter);
	struct seat *after = tsr_seat_find(s, presenter);

	if (is_same(s->settings.presenter, presenter))
		return;
	s->settings.presenter = presenter;
	s->are_settings_touched = s->is_roster_touched = true;
	if (before) {
		/* What he shares stops before anybody learns who presents next. */
		tsr_stream_close_unlawful(s, before);
		tsr_round_touch_seat(s, before);
	}
	if (after)
		tsr_round_touch_seat(s, after);
}

static void set_organizer(struct tsr_session *s, struct tsr_member_id organizer)
{
	struct seat *before = tsr_seat_find(s, s->settings.organizer);
	struct seat *after = tsr_seat_find(s, organizer);

	if (is_same(s->settings.organizer, organizer))
		return;
	s->full_state[0] = s->settings.organizer;
	s->full_state[1] = organizer;
	s->settings.organizer = organizer;
	s->are_settings_touched = s->is_roster_touched = true;
	/* The clock of succession starts anew, should the new one be away too. */
	s->organizer_lost_at = TSR_TIME_NEVER;
	if (before) {
		tsr_stream_close_unlawful(s, before);
		tsr_round_touch_seat(s, before);
	}
	if (after)
		tsr_round_touch_seat(s, after);
}

static void rotate_epoch(struct tsr_session *s)
{
	s->epoch++;
	s->old_epoch_until = s->now + TSR_SESSION_OLD_EPOCH_FOR;
	tsr_round_push(s, &(struct queued){ .kind = TSR_SESSION_EPOCH, .number = s->epoch });
}

static void send_out(struct tsr_session *s, struct seat *seat, enum tsr_act act, bool had_seed)
{
	enum tsr_close reason = act == TSR_ACT_BAR        ? TSR_CLOSE_BARRED
				: act == TSR_ACT_TO_LOBBY ? TSR_CLOSE_TO_LOBBY
							  : TSR_CLOSE_REMOVED;

	if (seat->m.presence != TSR_PRESENCE_ABSENT)
		tsr_member_go(s, seat, reason, NULL);
	if (had_seed)
		rotate_epoch(s);
}

/* What follows for one member from his changed record. */
static void follow_record(
	struct tsr_session *s, struct seat *seat, enum tsr_act act, bool was_admitted)
{
	switch (act) {
	case TSR_ACT_ADMIT:
		if (seat->m.presence == TSR_PRESENCE_WAITING)
			tsr_member_admit(s, seat, false);
		break;
	case TSR_ACT_SET_MEDIA_RIGHT:
		tsr_stream_close_unlawful(s, seat);
		break;
	case TSR_ACT_REMOVE:
	case TSR_ACT_BAR:
	case TSR_ACT_TO_LOBBY:
		send_out(s, seat, act, was_admitted);
		break;
	default:
		break;
	}
}

/* A microphone or camera is closed with the right to it. */
static void close_unlawful_of_all(struct tsr_session *s)
{
	tsr_list_each (pos, next, &s->inside)
		tsr_stream_close_unlawful(s, tsr_list_entry(pos, struct seat, place_link));
}

static void apply_settings(struct tsr_session *s, const struct durable *op)
{
	struct tsr_session_settings next = s->settings;
	const struct seat *presenter;

	tsr_change_settings(op, &next);
	presenter = tsr_seat_find(s, next.presenter);
	if (next.presenter.v != 0 && (!presenter || !tsr_seat_is_inside(presenter))) {
		next.presenter.v = 0; /* he left while the store was writing */
		s->are_settings_dirty = true;
	}
	tsr_change_set_presenter(s, next.presenter);
	set_organizer(s, next.organizer);
	/* The list of who is barred goes with the settings. */
	if (memcmp(&s->settings, &next, sizeof(next)) != 0 || op->act == TSR_ACT_BAR ||
		op->act == TSR_ACT_UNBAR || op->act == TSR_ACT_ADMIT)
		s->are_settings_touched = true;
	s->settings = next;
	if (op->act == TSR_ACT_TAKE_PRESENTER || op->act == TSR_ACT_MAKE_PRESENTER)
		s->presenter_changed_at = s->now;
	if (op->act == TSR_ACT_SET_MEDIA_RIGHT && op->member.v == 0)
		close_unlawful_of_all(s);
}

void tsr_change_apply(struct tsr_session *s, const struct durable *op)
{
	if (op->act == TSR_ACT_END) {
		tsr_change_end(s);
		return;
	}
	apply_settings(s, op);
	for (size_t i = 0; i < s->flight.n_records; i++) {
		struct seat *seat = tsr_seat_find(s, s->flight.records[i].id);
		bool was_admitted;

		if (!seat)
			continue; /* forgotten: nothing of him had to be kept */
		was_admitted = seat->m.record.is_admitted;
		tsr_change_record(op, &seat->m.record);
		tsr_round_touch_seat(s, seat);
		follow_record(s, seat, op->act, was_admitted);
	}
}

void tsr_change_end(struct tsr_session *s)
{
	struct tsr_list *const lists[] = { &s->inside, &s->lobby };

	tsr_list_each (pos, next, &s->streams)
		tsr_stream_close(s, tsr_list_entry(pos, struct stream_entry, link));
	for (size_t i = 0; i < 2; i++) {
		tsr_list_each (pos, next, lists[i]) {
			struct seat *seat = tsr_list_entry(pos, struct seat, place_link);

			if (seat->m.conn)
				tsr_round_push_close(s, seat, TSR_CLOSE_ENDED, "");
			seat->m.conn = 0;
		}
	}
	s->n_pending = 0;
	s->has_ended = true;
}
