/* SPDX-License-Identifier: Apache-2.0 */
/* Coming, dropping, leaving; hands. */
#include <string.h>

#include "core/base/err.h"
#include "core/session/state.h"

static bool claims_organizer(const struct tsr_session *s, const struct tsr_session_claims *claims)
{
	/* The credential makes an organizer only while there is none: after a hand-over or a
	 * succession it is worth nothing. */
	if (s->settings.organizer.v == 0)
		return claims->role == TSR_ROLE_ORGANIZER;
	return tsr_member_id_equal(s->settings.organizer, claims->member);
}

/* Removed, barred or sent to the lobby, as far as the store knows. */
static bool is_sent_out(const struct seat *seat)
{
	const struct tsr_member_record *record = &seat->m.record;

	return seat->is_kept && !record->is_admitted &&
	       (record->is_removed || record->is_barred || record->role == TSR_ROLE_WAITING);
}

/* A bar is about a person, who can have another device, and tokens for it from before. */
static bool is_anybody_barred(const struct tsr_session *s)
{
	const struct tsr_list *const lists[] = { &s->absent, &s->lobby };

	for (size_t i = 0; i < 2; i++) {
		tsr_list_each (pos, next, lists[i]) {
			if (tsr_list_entry(pos, const struct seat, place_link)->m.record.is_barred)
				return true;
		}
	}
	return false;
}

static int may_enter(const struct tsr_session *s, const struct seat *seat,
	const struct tsr_session_claims *claims)
{
	struct tsr_policy_facts facts = { .target = TSR_TARGET_ALL };

	if (claims_organizer(s, claims))
		facts.actor = TSR_ACTOR_ORGANIZER;
	else if (claims->role == TSR_ROLE_WAITING)
		facts.actor = TSR_ACTOR_WAITING;
	else
		facts.actor = TSR_ACTOR_ATTENDEE;
	if (seat && seat->m.record.is_admitted)
		facts.actor |= TSR_ACTOR_ADMITTED;
	if (seat && seat->m.record.has_left)
		facts.actor |= TSR_ACTOR_LEFT;
	if (seat && is_sent_out(seat))
		facts.actor |= TSR_ACTOR_SENT_OUT;
	if (s->settings.is_locked)
		facts.session |= TSR_SESSION_LOCKED;
	/* While somebody is barred, newcomers wait as if the lobby were on. */
	if (s->settings.has_lobby || is_anybody_barred(s))
		facts.session |= TSR_SESSION_LOBBY;
	return tsr_policy_allows(TSR_ACT_ENTER, &facts);
}

static bool has_room(const struct tsr_session *s, const struct seat *seat, bool enters)
{
	if (enters)
		return (seat && tsr_seat_is_inside(seat)) || s->n_inside < TSR_SESSION_MEMBERS_MAX;
	return (seat && seat->m.presence == TSR_PRESENCE_WAITING) ||
	       s->n_waiting < TSR_SESSION_WAITING_MAX;
}

static void copy_name(char out[static TSR_NAME_SIZE], const char *name)
{
	size_t len = strnlen(name ? name : "", TSR_NAME_SIZE - 1);

	memset(out, 0, TSR_NAME_SIZE);
	if (len)
		memcpy(out, name, len);
}

static struct seat *add_newcomer(struct tsr_session *s, const struct tsr_session_claims *claims)
{
	struct tsr_member_record record = {
		.id = claims->member,
		.role = claims->role == TSR_ROLE_WAITING ? TSR_ROLE_WAITING : TSR_ROLE_ATTENDEE,
		.may_chat_public = true,
		.may_chat_private = true,
		.may_share = true,
		.may_audio = true,
		.may_video = true,
	};

	memcpy(record.device_hash, claims->device_hash, TSR_DEVICE_HASH_LEN);
	return tsr_seat_add(s, &record);
}

static void take_claims(
	struct tsr_session *s, struct seat *seat, const struct tsr_session_claims *claims)
{
	char name[TSR_NAME_SIZE];

	copy_name(name, claims->name);
	if (strcmp(name, seat->m.record.name) != 0) {
		memcpy(seat->m.record.name, name, sizeof(name));
		if (seat->is_kept)
			tsr_seat_mark_dirty(s, seat);
	}
	memcpy(seat->m.device_key, claims->device_key, TSR_DEVICE_KEY_LEN);
	seat->m.client = claims->client;
	seat->m.record.by_link = claims->by_link;
}

/* The organizer comes for the first time. Control gave him the role already, so this is kept
 * behind his back. */
static void install_organizer(struct tsr_session *s, struct seat *seat)
{
	s->settings.organizer = seat->m.record.id;
	seat->m.record.role = TSR_ROLE_ORGANIZER;
	s->are_settings_dirty = s->are_settings_touched = s->is_roster_touched = true;
	if (s->settings.presenter.v == 0)
		tsr_change_set_presenter(s, seat->m.record.id);
	tsr_seat_mark_dirty(s, seat);
}

void tsr_member_admit(struct tsr_session *s, struct seat *seat, bool keeps_media)
{
	struct tsr_member_record *record = &seat->m.record;
	bool resumed = tsr_seat_is_inside(seat);

	if (!record->is_admitted || record->has_left || !seat->is_kept)
		tsr_seat_mark_dirty(s, seat);
	record->is_admitted = true;
	record->has_left = false;
	/* The organizer's link is not the role: it may be held by two, and was worth more once. */
	record->role = tsr_member_id_equal(s->settings.organizer, record->id) ? TSR_ROLE_ORGANIZER
									      : TSR_ROLE_ATTENDEE;
	tsr_seat_move(s, seat, TSR_PRESENCE_PRESENT);
	tsr_round_push(s, &(struct queued){ .kind = TSR_SESSION_ADMITTED,
				  .member = record->id,
				  .conn = seat->m.conn,
				  .number = resumed,
				  .kept_media = keeps_media });
}

int tsr_session_handle_connect(
	struct tsr_session *s, const struct tsr_session_claims *claims, uint64_t conn, tsr_time now)
{
	struct seat *seat;
	bool enters, is_first, keeps;
	int r;

	if ((r = tsr_round_begin(s, now)) != 0)
		return r;
	if (claims->member.v == 0 || conn == 0)
		return TSR_ERR_FORMAT;
	seat = tsr_seat_find(s, claims->member);
	if (seat && memcmp(seat->m.record.device_hash, claims->device_hash, TSR_DEVICE_HASH_LEN))
		return TSR_ERR_AUTH;
	enters = may_enter(s, seat, claims) == 0;
	if (!has_room(s, seat, enters))
		return TSR_ERR_FULL;
	if (seat && (r = tsr_round_reserve(s, 1, 0)) != 0)
		return r;
	if (!seat && (r = tsr_seat_make_room(s)) != 0)
		return r;
	if (!seat && !(seat = add_newcomer(s, claims)))
		return TSR_ERR_NOMEM;

	/* Nothing fails from here on. */
	keeps = claims->keeps_media && enters && seat->m.conn &&
		seat->m.presence == TSR_PRESENCE_PRESENT;
	if (seat->m.conn)
		tsr_round_push_close(s, seat, TSR_CLOSE_ELSEWHERE, "");
	if (keeps)
		tsr_stream_close_connected(s, seat);
	else
		tsr_stream_close_all(s, seat);
	seat->m.conn = conn;
	take_claims(s, seat, claims);
	is_first = enters && s->settings.organizer.v == 0 && claims_organizer(s, claims);
	if (enters)
		tsr_member_admit(s, seat, keeps);
	else
		tsr_lobby_wait(s, seat);
	if (is_first)
		install_organizer(s, seat);
	tsr_session_finish_round(s);
	return 0;
}

int tsr_session_handle_drop(
	struct tsr_session *s, struct tsr_member_id member, uint64_t conn, tsr_time now)
{
	struct seat *seat;
	int r;

	if ((r = tsr_round_begin(s, now)) != 0)
		return r;
	seat = tsr_seat_find(s, member);
	if (!seat || conn == 0 || seat->m.conn != conn)
		return 0;
	if (seat->m.presence == TSR_PRESENCE_PRESENT) {
		tsr_stream_close_all(s, seat);
		seat->m.conn = 0;
		tsr_seat_move(s, seat, TSR_PRESENCE_AWAY);
	} else {
		tsr_member_go(s, seat, TSR_CLOSE_NONE, NULL);
	}
	tsr_session_finish_round(s);
	return 0;
}

static void lower_hand(struct tsr_session *s, struct seat *seat)
{
	if (tsr_list_is_empty(&seat->hand_link))
		return;
	tsr_list_remove(&seat->hand_link);
	seat->m.hand = 0;
	s->are_hands_touched = true;
	tsr_round_touch_seat(s, seat);
}

void tsr_member_go(
	struct tsr_session *s, struct seat *seat, enum tsr_close reason, const char *text)
{
	tsr_stream_close_all(s, seat);
	if (seat->m.conn && reason != TSR_CLOSE_NONE)
		tsr_round_push_close(s, seat, reason, text ? text : "");
	seat->m.conn = 0;
	lower_hand(s, seat);
	tsr_seat_move(s, seat, TSR_PRESENCE_ABSENT);
	if (tsr_member_id_equal(s->settings.presenter, seat->m.record.id)) {
		tsr_change_set_presenter(s, (struct tsr_member_id){ 0 });
		s->are_settings_dirty = true;
	}
}

/* He is no longer among the members, by his own will or by not coming back. */
static void leave(struct tsr_session *s, struct seat *seat, enum tsr_close reason)
{
	if (tsr_seat_is_inside(seat)) {
		seat->m.record.has_left = true;
		tsr_seat_mark_dirty(s, seat);
	}
	tsr_member_go(s, seat, reason, NULL);
}

void tsr_member_leave(struct tsr_session *s, struct seat *seat)
{
	leave(s, seat, TSR_CLOSE_LEFT);
}

void tsr_member_expire_away(struct tsr_session *s)
{
	tsr_list_each (pos, next, &s->away) {
		struct seat *seat = tsr_list_entry(pos, struct seat, away_link);

		if (seat->away_until > s->now)
			break;
		leave(s, seat, TSR_CLOSE_NONE);
	}
}

int tsr_member_set_hand(struct tsr_session *s, struct seat *seat, const struct tsr_action *action)
{
	struct tsr_member_id id = action->member.v ? action->member : seat->m.record.id;
	struct tsr_policy_facts facts = tsr_facts_of(s, seat, id);
	int r;

	if ((r = tsr_policy_allows(action->act, &facts)) != 0)
		return r;
	seat = tsr_seat_find(s, id);
	if (action->act == TSR_ACT_LOWER_HAND) {
		lower_hand(s, seat);
	} else if (tsr_list_is_empty(&seat->hand_link)) {
		tsr_list_append(&s->hands, &seat->hand_link);
		s->are_hands_touched = true;
	}
	return 0;
}
