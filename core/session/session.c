/* SPDX-License-Identifier: Apache-2.0 */
#include "core/session/session.h"

#include <stdlib.h>

#include "core/base/err.h"
#include "core/session/state.h"

/* Long before any round, without the danger of overflow. */
#define LONG_AGO (INT64_MIN / 4)

static void init(struct tsr_session *s, uint32_t first_epoch, tsr_time now)
{
	struct tsr_list *const lists[] = { &s->inside, &s->lobby, &s->absent, &s->away, &s->hands,
		&s->streams, &s->closed_streams, &s->dirty_seats, &s->touched_seats,
		&s->touched_streams };

	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		tsr_list_init(lists[i]);
	s->now = now;
	s->epoch = first_epoch;
	/* Epochs start at seconds since some time ago: streams of an earlier owner have lower
	 * ids unless more than four a second were opened all the time. */
	s->next_stream = first_epoch << 2 | 1;
	s->old_epoch_until = s->presenter_changed_at = s->succession_retry_at = LONG_AGO;
	s->flush_at = LONG_AGO;
	s->organizer_lost_at = TSR_TIME_NEVER;
}

static bool is_out_for_good(const struct tsr_session *s, const struct tsr_member_record *record)
{
	return record->has_left && !record->is_removed && !record->is_barred &&
	       !tsr_member_id_equal(record->id, s->settings.organizer);
}

static int restore_member(struct tsr_session *s, const struct tsr_member_record *record)
{
	struct seat *seat;

	if (record->id.v == 0 || tsr_seat_find(s, record->id))
		return TSR_ERR_FORMAT;
	if (s->n_seats >= TSR_SESSION_RECORDS_MAX)
		return is_out_for_good(s, record) ? 0 : TSR_ERR_FULL;
	if (!(seat = tsr_seat_add(s, record)))
		return TSR_ERR_NOMEM;
	seat->m.record.name[TSR_NAME_SIZE - 1] = '\0';
	seat->m.record.source[TSR_SOURCE_SIZE - 1] = '\0';
	seat->is_kept = true;
	if (record->is_admitted && !record->has_left && s->n_inside < TSR_SESSION_MEMBERS_MAX) {
		tsr_seat_move(s, seat, TSR_PRESENCE_AWAY);
		seat->announced = ANNOUNCED_INSIDE; /* nobody is there to be told */
	}
	tsr_list_remove(&seat->touched_link);
	return 0;
}

static bool is_presenter_inside(const struct tsr_session *s)
{
	const struct seat *presenter = tsr_seat_find(s, s->settings.presenter);

	return s->settings.presenter.v == 0 || (presenter && tsr_seat_is_inside(presenter));
}

int tsr_session_create(struct tsr_session **out, const struct tsr_session_record *record,
	uint32_t first_epoch, tsr_time now)
{
	struct tsr_session *s;
	int r;

	*out = NULL;
	s = calloc(1, sizeof(*s));
	if (!s)
		return TSR_ERR_NOMEM;
	init(s, first_epoch, now);
	s->settings = record->settings;
	s->state_seq = s->commit_seq = record->state_seq;
	if ((r = tsr_round_reserve(s, 0, 0)) != 0)
		goto out;
	for (size_t i = 0; i < record->n_members; i++) {
		if ((r = restore_member(s, &record->members[i])) != 0)
			goto out;
	}
	if (!is_presenter_inside(s)) {
		s->settings.presenter.v = 0;
		s->are_settings_dirty = true;
	}
	s->is_roster_touched = true;
	tsr_succession_update(s);
	*out = s;
	s = NULL;
out:
	tsr_session_destroy(s);
	return r;
}

void tsr_session_destroy(struct tsr_session *s)
{
	if (!s)
		return;
	struct tsr_list *const seats[] = { &s->inside, &s->lobby, &s->absent };
	struct tsr_list *const streams[] = { &s->streams, &s->closed_streams };

	for (size_t i = 0; i < 2; i++) {
		tsr_list_each (pos, next, streams[i])
			free(tsr_list_entry(pos, struct stream_entry, link));
	}
	for (size_t i = 0; i < 3; i++) {
		tsr_list_each (pos, next, seats[i])
			free(tsr_list_entry(pos, struct seat, place_link));
	}
	tsr_idmap_finish(&s->seats_by_id);
	tsr_idmap_finish(&s->streams_by_id);
	free(s->flight.records);
	free(s->queue);
	free(s->seat_ids);
	free(s->stream_ids);
	free(s);
}

void tsr_session_finish_round(struct tsr_session *s)
{
	tsr_succession_update(s);
	tsr_durable_pump(s);
	tsr_round_end(s);
}

/* Carries out what needs no store. */
static int act_softly(struct tsr_session *s, struct seat *seat, const struct tsr_action *action,
	struct tsr_stream_id *opened)
{
	switch (action->act) {
	case TSR_ACT_OPEN_SCREEN:
	case TSR_ACT_OPEN_CHAT:
	case TSR_ACT_OPEN_CONTROL:
	case TSR_ACT_OPEN_POINTER:
	case TSR_ACT_OPEN_AUDIO:
	case TSR_ACT_OPEN_VIDEO:
	case TSR_ACT_CLOSE_STREAM:
	case TSR_ACT_PAUSE_STREAM:
	case TSR_ACT_RESIZE_STREAM:
		return tsr_stream_act(s, seat, action, opened);
	case TSR_ACT_MUTE:
		return tsr_stream_mute(s, seat, action);
	case TSR_ACT_RAISE_HAND:
	case TSR_ACT_LOWER_HAND:
		return tsr_member_set_hand(s, seat, action);
	case TSR_ACT_DENY:
		return tsr_lobby_deny(s, seat, action);
	case TSR_ACT_LOBBY_TEXT:
		return tsr_lobby_text(s, seat, action);
	case TSR_ACT_LEAVE:
		tsr_member_leave(s, seat);
		return 0;
	default:
		return TSR_ERR_RANGE;
	}
}

static struct durable durable_of(
	struct tsr_member_id asker, uint64_t conn, const struct tsr_action *action)
{
	struct durable op = {
		.act = action->act,
		.asker = asker,
		.conn = conn,
		.request = action->request,
		.member = action->member,
	};

	if (action->act == TSR_ACT_SET_CHAT) {
		op.on = action->chat.public_allowed;
		op.on_private = action->chat.private_allowed;
	} else if (action->act == TSR_ACT_SET_MEDIA_RIGHT) {
		op.on = action->media.audio;
		op.on_private = action->media.video;
	} else if (action->act == TSR_ACT_SET_LOCKED || action->act == TSR_ACT_SET_LOBBY ||
		   action->act == TSR_ACT_SET_OPEN || action->act == TSR_ACT_SET_SHARE_RIGHT) {
		op.on = action->on;
	}
	return op;
}

static bool is_carried_out(enum tsr_act act)
{
	return (act > TSR_ACT_NONE && act < TSR_ACT_SEND_SCREEN && act != TSR_ACT_PING &&
		       act != TSR_ACT_ATTACH && act != TSR_ACT_WATCH_STREAM) ||
	       (act > TSR_ACT_ENTER && act < TSR_ACT_SEND_AUDIO);
}

int tsr_session_handle_action(struct tsr_session *s, struct tsr_member_id member, uint64_t conn,
	const struct tsr_action *action, tsr_time now)
{
	struct durable op = durable_of(member, conn, action);
	struct tsr_stream_id opened = { 0 };
	struct seat *seat;
	int r;

	if ((r = tsr_round_begin(s, now)) != 0)
		return r;
	seat = tsr_seat_find(s, member);
	if (!seat || conn == 0 || seat->m.conn != conn)
		return TSR_ERR_STALE;
	if (!is_carried_out(action->act))
		return TSR_ERR_RANGE;
	if (tsr_durable_covers(action->act)) {
		tsr_durable_ask(s, &op);
	} else {
		r = act_softly(s, seat, action, &opened);
		tsr_round_push_result(s, &op, r, opened);
	}
	tsr_session_finish_round(s);
	return 0;
}

int tsr_session_handle_commit(
	struct tsr_session *s, uint64_t seq, enum tsr_commit_answer answer, tsr_time now)
{
	int r;

	if ((r = tsr_round_begin(s, now)) != 0)
		return r;
	tsr_durable_answer(s, seq, answer);
	tsr_session_finish_round(s);
	return 0;
}

int tsr_session_handle_end(struct tsr_session *s, tsr_time now)
{
	int r;

	if ((r = tsr_round_begin(s, now)) != 0)
		return r;
	tsr_change_end(s);
	tsr_session_finish_round(s);
	return 0;
}

int tsr_session_handle_timeout(struct tsr_session *s, tsr_time now)
{
	int r;

	if ((r = tsr_round_begin(s, now)) != 0)
		return r;
	tsr_member_expire_away(s);
	tsr_lobby_expire(s);
	tsr_durable_expire(s);
	tsr_succession_update(s);
	tsr_succession_expire(s);
	tsr_session_finish_round(s);
	return 0;
}

tsr_time tsr_session_next_timeout(const struct tsr_session *s)
{
	tsr_time at = tsr_durable_next_timeout(s);

	if (s->has_ended)
		return TSR_TIME_NEVER;
	if (!s->is_succession_queued)
		at = tsr_time_min(at, tsr_succession_at(s));
	if (!tsr_list_is_empty(&s->away))
		at = tsr_time_min(
			at, tsr_list_entry(s->away.next, struct seat, away_link)->away_until);
	if (!tsr_list_is_empty(&s->lobby))
		at = tsr_time_min(
			at, tsr_list_entry(s->lobby.next, struct seat, place_link)->m.joined_at +
				    TSR_SESSION_WAITING_TIME_MAX);
	return at;
}

const struct tsr_session_settings *tsr_session_settings(const struct tsr_session *s)
{
	return &s->settings;
}

uint64_t tsr_session_state_seq(const struct tsr_session *s)
{
	return s->state_seq;
}

uint32_t tsr_session_epoch(const struct tsr_session *s)
{
	return s->epoch;
}

bool tsr_session_has_ended(const struct tsr_session *s)
{
	return s->has_ended;
}

const struct tsr_member *tsr_session_find_member(
	const struct tsr_session *s, struct tsr_member_id id)
{
	const struct seat *seat = tsr_seat_find(s, id);

	return seat ? &seat->m : NULL;
}

const struct tsr_stream *tsr_session_find_stream(
	const struct tsr_session *s, struct tsr_stream_id id)
{
	const struct stream_entry *stream = tsr_stream_find(s, id);

	return stream ? &stream->st : NULL;
}

enum tsr_role tsr_session_role(const struct tsr_session *s, const struct tsr_member *member)
{
	switch (member->presence) {
	case TSR_PRESENCE_WAITING:
		return TSR_ROLE_WAITING;
	case TSR_PRESENCE_PRESENT:
	case TSR_PRESENCE_AWAY:
		return tsr_member_id_equal(s->settings.organizer, member->record.id)
			       ? TSR_ROLE_ORGANIZER
			       : TSR_ROLE_ATTENDEE;
	case TSR_PRESENCE_ABSENT:
		break;
	}
	return TSR_ROLE_NONE;
}

struct tsr_member_id tsr_session_successor(const struct tsr_session *s)
{
	return s->successor;
}

const struct tsr_member *tsr_session_next_member(
	const struct tsr_session *s, const struct tsr_member *after)
{
	const struct tsr_list *pos = &s->inside;

	if (after)
		pos = &tsr_seat_find(s, after->record.id)->place_link;
	pos = pos->next;
	/* One list after the other; an end is followed by the next list's first. */
	if (pos == &s->inside)
		pos = s->lobby.next;
	if (pos == &s->lobby)
		pos = s->absent.next;
	return pos == &s->absent ? NULL : &tsr_list_entry(pos, struct seat, place_link)->m;
}

const struct tsr_stream *tsr_session_next_stream(
	const struct tsr_session *s, const struct tsr_stream *after)
{
	const struct tsr_list *pos = &s->streams;

	if (after)
		pos = &tsr_stream_find(s, after->id)->link;
	pos = pos->next;
	return pos == &s->streams ? NULL : &tsr_list_entry(pos, struct stream_entry, link)->st;
}

size_t tsr_session_n_members(const struct tsr_session *s)
{
	return s->n_inside;
}

size_t tsr_session_n_waiting(const struct tsr_session *s)
{
	return s->n_waiting;
}
