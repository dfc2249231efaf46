/* SPDX-License-Identifier: Apache-2.0 */
#include "core/session/session.h"

#include "core/wire/frame.h"
#include "room.h"

/* ---- coming and going ------------------------------------------------------------------ */

static void the_first_organizer_leads_and_presents(void)
{
	struct room room;

	CHECK(room_create(&room, &room_plain));
	CHECK_INT(room_connect_as(&room, 2, TSR_ROLE_ATTENDEE, true), 0);
	CHECK_INT(tsr_session_settings(room.s)->organizer.v, 0);
	CHECK_INT(room_connect_as(&room, 1, TSR_ROLE_ORGANIZER, true), 0);
	CHECK(!room_find(&room, TSR_SESSION_ADMITTED, 1)->resumed);
	CHECK_INT(tsr_session_settings(room.s)->organizer.v, 1);
	CHECK_INT(tsr_session_settings(room.s)->presenter.v, 1);
	CHECK_INT(room.commit.settings.organizer.v, 1);
	CHECK_INT(room_connect_as(&room, 3, TSR_ROLE_ORGANIZER, true), 0);
	CHECK_INT(tsr_session_settings(room.s)->organizer.v, 1);
	room_destroy(&room);
}

static void the_same_member_takes_over_and_others_do_not(void)
{
	struct room room;
	const struct tsr_session_event *event;
	struct tsr_session_claims thief = { .member = { 2 }, .role = TSR_ROLE_ATTENDEE };
	uint64_t before;

	CHECK(room_with(&room, 2));
	CHECK_INT(room_open(&room, 2, TSR_ACT_OPEN_CHAT), 0);
	before = room_conn(&room, 2);
	CHECK_INT(room_connect_as(&room, 2, TSR_ROLE_ATTENDEE, true), 0);
	event = room_find(&room, TSR_SESSION_CLOSE, 2);
	CHECK(event && event->conn == before && event->close.reason == TSR_CLOSE_ELSEWHERE);
	CHECK(room_find(&room, TSR_SESSION_ADMITTED, 2)->resumed);
	CHECK(room_find(&room, TSR_SESSION_STREAM_CLOSED, 0));
	CHECK_INT(tsr_session_handle_action(room.s, member(2), before,
			  &(struct tsr_action){ .act = TSR_ACT_LEAVE }, room.now),
		TSR_ERR_STALE);
	CHECK_INT(tsr_session_handle_connect(room.s, &thief, 99, room.now), TSR_ERR_AUTH);
	CHECK_INT(tsr_session_handle_drop(room.s, member(2), before, room.now), 0);
	CHECK_INT(room_presence(&room, 2), TSR_PRESENCE_PRESENT);
	room_destroy(&room);
}

static uint32_t open_by_two(struct room *room, enum tsr_act act)
{
	const struct tsr_session_event *result;

	if (room_open(room, 2, act) != 0 || !(result = room_find(room, TSR_SESSION_RESULT, 2)))
		return 0;
	return result->result.stream.v;
}

/* His network is another: a second connection comes, while the packets of the call go on. */
static void sound_and_picture_outlive_a_connection_that_is_taken_over(void)
{
	struct tsr_session_claims again = { .member = { 2 },
		.role = TSR_ROLE_ATTENDEE,
		.client = 1,
		.name = "Ada",
		.device_key = { 2 },
		.device_hash = { 2 },
		.keeps_media = true };
	struct tsr_stream_id chat, sound, picture;
	struct room room;

	CHECK(room_with(&room, 2));
	chat.v = open_by_two(&room, TSR_ACT_OPEN_CHAT);
	sound.v = open_by_two(&room, TSR_ACT_OPEN_AUDIO);
	picture.v = open_by_two(&room, TSR_ACT_OPEN_VIDEO);
	CHECK(chat.v && sound.v && picture.v);
	room.n_events = 0;
	CHECK_INT(tsr_session_handle_connect(room.s, &again, ++room.next_conn, room.now), 0);
	room_settle(&room);
	CHECK(room_find(&room, TSR_SESSION_ADMITTED, 2)->kept_media);
	CHECK(!tsr_session_find_stream(room.s, chat));
	CHECK(tsr_session_find_stream(room.s, sound) && tsr_session_find_stream(room.s, picture));
	/* Gone before the second one came, or not asked for: nothing is left of them. */
	room_drop(&room, 2);
	CHECK(!tsr_session_find_stream(room.s, sound));
	room.n_events = 0;
	CHECK_INT(tsr_session_handle_connect(room.s, &again, ++room.next_conn, room.now), 0);
	room_settle(&room);
	CHECK(!room_find(&room, TSR_SESSION_ADMITTED, 2)->kept_media);
	sound.v = open_by_two(&room, TSR_ACT_OPEN_AUDIO);
	CHECK(sound.v);
	CHECK_INT(room_connect_as(&room, 2, TSR_ROLE_ATTENDEE, true), 0);
	CHECK(!tsr_session_find_stream(room.s, sound));
	room_destroy(&room);
}

static void the_lock_holds_newcomers_and_lets_the_dropped_return(void)
{
	struct room room;

	CHECK(room_with(&room, 3));
	CHECK_INT(room_switch(&room, 1, TSR_ACT_SET_LOCKED, 0, true), 0);
	room_drop(&room, 2);
	CHECK_INT(room_presence(&room, 2), TSR_PRESENCE_AWAY);
	CHECK_INT(room_act(&room, 3, TSR_ACT_LEAVE, 0), 1);
	CHECK_INT(room_find(&room, TSR_SESSION_CLOSE, 3)->close.reason, TSR_CLOSE_LEFT);
	CHECK_INT(room_connect_as(&room, 2, TSR_ROLE_ATTENDEE, true), 0);
	CHECK_INT(room_presence(&room, 2), TSR_PRESENCE_PRESENT);
	CHECK_INT(room_connect_as(&room, 3, TSR_ROLE_ATTENDEE, true), 0);
	CHECK_INT(room_presence(&room, 3), TSR_PRESENCE_WAITING);
	CHECK_INT(room_connect_as(&room, 4, TSR_ROLE_ATTENDEE, true), 0);
	CHECK(room_find(&room, TSR_SESSION_WAITING, 4)->is_locked);
	CHECK_INT(room_connect_as(&room, 5, TSR_ROLE_WAITING, false), 0);
	CHECK(!room_find(&room, TSR_SESSION_WAITING, 5)->is_locked);
	CHECK_INT(room_act(&room, 1, TSR_ACT_ADMIT, 0), 0);
	CHECK_INT(tsr_session_n_members(room.s), 5);
	room_destroy(&room);
}

static void who_stays_away_is_gone_after_a_quarter_of_an_hour(void)
{
	struct room room;

	CHECK(room_with(&room, 2));
	CHECK_INT(room_act(&room, 2, TSR_ACT_RAISE_HAND, 0), 0);
	CHECK_INT(room_act(&room, 1, TSR_ACT_MAKE_PRESENTER, 2), 0);
	room_drop(&room, 2);
	room_pass(&room, TSR_SESSION_AWAY_MAX - 1);
	CHECK_INT(room_presence(&room, 2), TSR_PRESENCE_AWAY);
	CHECK_INT(tsr_session_find_member(room.s, member(2))->hand, 1);
	room_pass(&room, 1);
	CHECK_INT(room_presence(&room, 2), TSR_PRESENCE_ABSENT);
	CHECK_INT(tsr_session_settings(room.s)->presenter.v, 0);
	CHECK(room_find(&room, TSR_SESSION_CHANGED, 0)->changed.n_members_gone == 1);
	room_destroy(&room);
}

/* ---- the lobby --------------------------------------------------------------------------- */

static void the_lobby_speaks_with_the_organizer_only(void)
{
	struct room room;
	struct tsr_action words = { .act = TSR_ACT_LOBBY_TEXT, .text = "hello" };
	const struct tsr_session_event *event;

	CHECK(room_with(&room, 2));
	CHECK_INT(room_switch(&room, 1, TSR_ACT_SET_LOBBY, 0, true), 0);
	CHECK_INT(room_connect_as(&room, 3, TSR_ROLE_ATTENDEE, true), 0);
	CHECK_INT(room_find(&room, TSR_SESSION_CHANGED, 0)->changed.n_waiting, 1);
	CHECK_INT(room_find(&room, TSR_SESSION_CHANGED, 0)->changed.n_members, 0);
	CHECK_INT(room_do(&room, 3, words), 0);
	event = room_find(&room, TSR_SESSION_LOBBY_TEXT, 1);
	CHECK(event && event->lobby_text.about.v == 3);
	CHECK_STR(event->lobby_text.text, "hello");
	words.member.v = 3;
	CHECK_INT(room_do(&room, 2, words), TSR_ERR_DENIED);
	CHECK_INT(room_do(&room, 1, words), 0);
	CHECK(room_find(&room, TSR_SESSION_LOBBY_TEXT, 3));
	words.act = TSR_ACT_DENY;
	words.text = "not today";
	CHECK_INT(room_do(&room, 1, words), 0);
	event = room_find(&room, TSR_SESSION_CLOSE, 3);
	CHECK_INT(event->close.reason, TSR_CLOSE_DENIED);
	CHECK_STR(event->close.text, "not today");
	CHECK(!tsr_session_find_member(room.s, member(3)));
	room_destroy(&room);
}

static void a_waiter_cannot_tell_that_nobody_reads(void)
{
	struct room room;

	CHECK(room_create(&room, &room_plain));
	CHECK_INT(room_connect_as(&room, 3, TSR_ROLE_WAITING, false), 0);
	CHECK_INT(room_do(&room, 3, (struct tsr_action){ .act = TSR_ACT_LOBBY_TEXT, .text = "?" }),
		0);
	room_pass(&room, TSR_SESSION_WAITING_TIME_MAX);
	CHECK_INT(room_find(&room, TSR_SESSION_CLOSE, 3)->close.reason, TSR_CLOSE_LOBBY_TIMEOUT);
	room_destroy(&room);
}

static void a_full_lobby_is_admitted_in_portions_but_not_who_was_removed(void)
{
	struct room room;

	CHECK(room_with(&room, 2));
	CHECK_INT(room_act(&room, 1, TSR_ACT_REMOVE, 2), 0);
	CHECK_INT(room_switch(&room, 1, TSR_ACT_SET_LOBBY, 0, true), 0);
	CHECK_INT(room_connect_as(&room, 2, TSR_ROLE_ATTENDEE, true), 0);
	for (uint32_t id = 10; id < 9 + TSR_SESSION_WAITING_MAX; id++)
		CHECK_INT(room_connect_as(&room, id, TSR_ROLE_ATTENDEE, true), 0);
	CHECK_INT(room_connect_as(&room, 1000, TSR_ROLE_ATTENDEE, true), TSR_ERR_FULL);
	CHECK_INT(room_act(&room, 1, TSR_ACT_ADMIT, 0), 0);
	CHECK_INT(tsr_session_n_waiting(room.s), 1);
	CHECK_INT(tsr_session_n_members(room.s), TSR_SESSION_WAITING_MAX);
	CHECK_INT(room_act(&room, 1, TSR_ACT_ADMIT, 2), 0);
	CHECK_INT(room_presence(&room, 2), TSR_PRESENCE_PRESENT);
	room_destroy(&room);
}

/* ---- sending out ------------------------------------------------------------------------- */

static void who_is_sent_out_meets_the_lobby_and_the_keys_change(void)
{
	static const struct {
		enum tsr_act act;
		enum tsr_close reason;
	} ways[] = { { TSR_ACT_REMOVE, TSR_CLOSE_REMOVED }, { TSR_ACT_BAR, TSR_CLOSE_BARRED },
		{ TSR_ACT_TO_LOBBY, TSR_CLOSE_TO_LOBBY } };

	for (size_t i = 0; i < 3; i++) {
		struct room room;
		uint32_t epoch;

		CHECK(room_with(&room, 3));
		epoch = tsr_session_epoch(room.s);
		CHECK_INT(room_act(&room, 3, ways[i].act, 2), TSR_ERR_DENIED);
		CHECK_INT(room_act(&room, 1, ways[i].act, 1), TSR_ERR_DENIED);
		CHECK_INT(room_act(&room, 1, ways[i].act, 9), TSR_ERR_UNKNOWN);
		CHECK_INT(room_act(&room, 1, ways[i].act, 2), 0);
		CHECK_INT(room_find(&room, TSR_SESSION_CLOSE, 2)->close.reason, ways[i].reason);
		CHECK_INT(room_find(&room, TSR_SESSION_EPOCH, 0)->epoch, epoch + 1);
		CHECK_INT(room_connect_as(&room, 2, TSR_ROLE_ATTENDEE, true), 0);
		CHECK_INT(room_presence(&room, 2), TSR_PRESENCE_WAITING);
		room_destroy(&room);
	}
}

static void a_bar_outlives_the_owner_and_is_lifted_by_name(void)
{
	struct room room, next;
	struct tsr_member_record record;
	struct tsr_session_record restored;

	CHECK(room_with(&room, 2));
	CHECK_INT(room_act(&room, 1, TSR_ACT_BAR, 2), 0);
	record = tsr_session_find_member(room.s, member(2))->record;
	CHECK(record.is_barred && record.is_removed && !record.is_admitted);
	restored = (struct tsr_session_record){
		.settings = *tsr_session_settings(room.s), .members = &record, .n_members = 1
	};
	memset(&next, 0, sizeof(next));
	next.keeps_at_once = true;
	CHECK_INT(tsr_session_create(&next.s, &restored, 2000, 0), 0);
	CHECK_INT(room_connect_as(&next, 1, TSR_ROLE_ORGANIZER, true), 0);
	CHECK_INT(room_connect_as(&next, 2, TSR_ROLE_ATTENDEE, true), 0);
	CHECK_INT(room_presence(&next, 2), TSR_PRESENCE_WAITING);
	CHECK_INT(room_act(&next, 1, TSR_ACT_UNBAR, 2), 0);
	room_drop(&next, 2);
	CHECK_INT(room_connect_as(&next, 2, TSR_ROLE_ATTENDEE, true), 0);
	CHECK_INT(room_presence(&next, 2), TSR_PRESENCE_PRESENT);
	room_destroy(&next);
	room_destroy(&room);
}

static void a_bar_holds_newcomers_with_tokens_from_before(void)
{
	struct room room;

	CHECK(room_with(&room, 3));
	CHECK_INT(room_act(&room, 1, TSR_ACT_BAR, 2), 0);
	CHECK_INT(room_connect_as(&room, 9, TSR_ROLE_ATTENDEE, true), 0);
	CHECK_INT(room_presence(&room, 9), TSR_PRESENCE_WAITING);
	room_drop(&room, 3);
	CHECK_INT(room_connect_as(&room, 3, TSR_ROLE_ATTENDEE, true), 0);
	CHECK_INT(room_presence(&room, 3), TSR_PRESENCE_PRESENT);
	CHECK_INT(room_act(&room, 1, TSR_ACT_UNBAR, 2), 0);
	CHECK_INT(room_connect_as(&room, 10, TSR_ROLE_ATTENDEE, true), 0);
	CHECK_INT(room_presence(&room, 10), TSR_PRESENCE_PRESENT);
	room_destroy(&room);
}

/* ---- presenting ---------------------------------------------------------------------------- */

static void the_old_presenter_stops_before_the_new_one_is_known(void)
{
	struct room room;
	size_t closed = 0, changed = 0;

	CHECK(room_with(&room, 2));
	CHECK_INT(room_open(&room, 1, TSR_ACT_OPEN_CHAT), 0);
	for (int i = 0; i < TSR_SESSION_SCREENS_MAX; i++)
		CHECK_INT(room_open(&room, 1, TSR_ACT_OPEN_SCREEN), 0);
	CHECK_INT(room_open(&room, 1, TSR_ACT_OPEN_SCREEN), TSR_ERR_FULL);
	CHECK_INT(room_open(&room, 2, TSR_ACT_OPEN_SCREEN), TSR_ERR_DENIED);
	CHECK_INT(room_act(&room, 1, TSR_ACT_MAKE_PRESENTER, 2), 0);
	for (size_t i = 0; i < room.n_events; i++) {
		if (room.events[i].kind == TSR_SESSION_CHANGED)
			changed = i;
		if (room.events[i].kind == TSR_SESSION_STREAM_CLOSED) {
			closed++;
			CHECK_INT(changed, 0);
		}
	}
	CHECK_INT(closed, TSR_SESSION_SCREENS_MAX);
	CHECK(changed > 0);
	CHECK_INT(tsr_session_find_member(room.s, member(1))->n_streams, 1);
	CHECK_INT(room_open(&room, 2, TSR_ACT_OPEN_SCREEN), 0);
	CHECK_INT(room_switch(&room, 1, TSR_ACT_SET_SHARE_RIGHT, 2, false), 0);
	CHECK(room_find(&room, TSR_SESSION_STREAM_CLOSED, 0));
	CHECK_INT(tsr_session_settings(room.s)->presenter.v, 0);
	CHECK_INT(room_act(&room, 1, TSR_ACT_MAKE_PRESENTER, 2), TSR_ERR_DENIED);
	room_destroy(&room);
}

static void hands_queue_in_order(void)
{
	struct room room;

	CHECK(room_with(&room, 4));
	for (uint32_t id = 4; id >= 2; id--)
		CHECK_INT(room_act(&room, id, TSR_ACT_RAISE_HAND, 0), 0);
	CHECK_INT(tsr_session_find_member(room.s, member(2))->hand, 3);
	CHECK_INT(room_act(&room, 3, TSR_ACT_LOWER_HAND, 4), TSR_ERR_DENIED);
	CHECK_INT(room_act(&room, 1, TSR_ACT_LOWER_HAND, 4), 0);
	CHECK_INT(room_find(&room, TSR_SESSION_CHANGED, 0)->changed.n_members, 3);
	CHECK_INT(tsr_session_find_member(room.s, member(4))->hand, 0);
	CHECK_INT(tsr_session_find_member(room.s, member(3))->hand, 1);
	CHECK_INT(tsr_session_find_member(room.s, member(2))->hand, 2);
	room_destroy(&room);
}

/* ---- data frames ----------------------------------------------------------------------------- */

static int check_frame(const struct room *room, struct tsr_frame frame)
{
	return tsr_session_check_frame(room->s, member(frame.from), &frame, room->now);
}

static void chat_is_stopped_for_one_or_all_to_all_or_to_one(void)
{
	struct room room;
	struct tsr_frame public = { .class = TSR_FRAME_CHAT, .from = 2, .epoch = (uint8_t)1000 };
	struct tsr_frame private;

	CHECK(room_with(&room, 3));
	CHECK_INT(room_open(&room, 2, TSR_ACT_OPEN_CHAT), 0);
	public.stream = room_find(&room, TSR_SESSION_RESULT, 2)->result.stream.v;
	private = public;
	private.to = 3;
	CHECK_INT(check_frame(&room, public), 0);
	CHECK_INT(check_frame(&room, private), 0);
	CHECK_INT(room_do(&room, 1,
			  (struct tsr_action){ .act = TSR_ACT_SET_CHAT,
				  .member = { 2 },
				  .chat = { .public_allowed = true } }),
		0);
	CHECK_INT(check_frame(&room, public), 0);
	CHECK_INT(check_frame(&room, private), TSR_ERR_DENIED);
	CHECK_INT(room_do(&room, 1,
			  (struct tsr_action){
				  .act = TSR_ACT_SET_CHAT, .chat = { .private_allowed = true } }),
		0);
	CHECK_INT(check_frame(&room, public), TSR_ERR_DENIED);
	CHECK_INT(
		room_do(&room, 2, (struct tsr_action){ .act = TSR_ACT_SET_CHAT }), TSR_ERR_DENIED);
	room_destroy(&room);
}

static const struct tsr_stream *opened(const struct room *room, uint32_t id)
{
	const struct tsr_session_event *result = room_find(room, TSR_SESSION_RESULT, id);

	return result ? tsr_session_find_stream(room->s, result->result.stream) : NULL;
}

static int check_heard(const struct room *room, const struct tsr_stream *st)
{
	return tsr_session_check(
		room->s, st->from, TSR_ACT_SEND_AUDIO, (struct tsr_member_id){ 0 }, st->id);
}

static void who_is_muted_may_go_on_by_himself(void)
{
	struct tsr_action mute = { .act = TSR_ACT_MUTE, .media = { .audio = true } };
	struct tsr_action resume = { .act = TSR_ACT_PAUSE_STREAM };
	const struct tsr_stream *lead, *voice, *face;
	struct room room;

	CHECK(room_with(&room, 3));
	CHECK_INT(room_open(&room, 1, TSR_ACT_OPEN_AUDIO), 0);
	CHECK((lead = opened(&room, 1)));
	CHECK_INT(room_open(&room, 2, TSR_ACT_OPEN_VIDEO), 0);
	CHECK((face = opened(&room, 2)));
	CHECK_INT(room_open(&room, 2, TSR_ACT_OPEN_AUDIO), 0);
	CHECK((voice = opened(&room, 2)));
	CHECK_INT(room_open(&room, 2, TSR_ACT_OPEN_AUDIO), TSR_ERR_FULL);
	CHECK_INT(check_heard(&room, voice), 0);
	CHECK_INT(room_do(&room, 2, mute), TSR_ERR_DENIED);
	CHECK_INT(room_do(&room, 1, mute), 0);
	CHECK_INT(room_find(&room, TSR_SESSION_CHANGED, 0)->changed.n_streams, 1);
	CHECK(voice->is_muted && voice->paused == TSR_PAUSE_BLANK);
	CHECK(!lead->is_muted && !face->is_muted);
	CHECK_INT(check_heard(&room, voice), TSR_ERR_DENIED);
	CHECK_INT(check_heard(&room, lead), 0);
	resume.stream = voice->id;
	CHECK_INT(room_do(&room, 3, resume), TSR_ERR_DENIED);
	CHECK_INT(room_do(&room, 2, resume), 0);
	CHECK(!voice->is_muted && check_heard(&room, voice) == 0);
	resume.pause = TSR_PAUSE_FROZEN;
	CHECK_INT(room_do(&room, 2, resume), TSR_ERR_RANGE);
	/* Who paused himself is not said to be muted. */
	resume.pause = TSR_PAUSE_BLANK;
	CHECK_INT(room_do(&room, 2, resume), 0);
	mute.member = member(2);
	CHECK_INT(room_do(&room, 1, mute), 0);
	CHECK(!voice->is_muted);
	room_destroy(&room);
}

static void a_microphone_closes_with_the_right_to_it(void)
{
	struct tsr_action right = { .act = TSR_ACT_SET_MEDIA_RIGHT, .media = { .video = true } };
	struct room room;

	CHECK(room_with(&room, 3));
	for (uint32_t id = 1; id <= 3; id++)
		CHECK_INT(room_open(&room, id, TSR_ACT_OPEN_AUDIO), 0);
	CHECK_INT(room_open(&room, 2, TSR_ACT_OPEN_VIDEO), 0);
	right.member = member(2);
	CHECK_INT(room_do(&room, 1, right), 0);
	CHECK_INT(tsr_session_find_member(room.s, member(2))->n_streams, 1);
	CHECK_INT(tsr_session_find_member(room.s, member(3))->n_streams, 1);
	CHECK_INT(room_open(&room, 2, TSR_ACT_OPEN_AUDIO), TSR_ERR_DENIED);
	right.member = member(0);
	CHECK_INT(room_do(&room, 1, right), 0);
	CHECK_INT(tsr_session_find_member(room.s, member(1))->n_streams, 1);
	CHECK_INT(tsr_session_find_member(room.s, member(3))->n_streams, 0);
	CHECK_INT(room_open(&room, 3, TSR_ACT_OPEN_AUDIO), TSR_ERR_DENIED);
	right.media.audio = true;
	CHECK_INT(room_do(&room, 1, right), 0);
	CHECK_INT(room_open(&room, 3, TSR_ACT_OPEN_AUDIO), 0);
	CHECK_INT(room_open(&room, 2, TSR_ACT_OPEN_AUDIO), TSR_ERR_DENIED);
	room_destroy(&room);
}

static void a_frame_has_to_be_true_in_every_field(void)
{
	struct room room;
	struct tsr_frame good = { .class = TSR_FRAME_SCREEN, .from = 1, .epoch = (uint8_t)1000 };
	struct tsr_frame bad;

	CHECK(room_with(&room, 3));
	CHECK_INT(room_open(&room, 1, TSR_ACT_OPEN_SCREEN), 0);
	good.stream = room_find(&room, TSR_SESSION_RESULT, 1)->result.stream.v;
	CHECK_INT(check_frame(&room, good), 0);
	bad = good;
	bad.from = 2;
	CHECK_INT(check_frame(&room, bad), TSR_ERR_DENIED);
	CHECK_INT(tsr_session_check_frame(room.s, member(1), &bad, room.now), TSR_ERR_FORMAT);
	bad = good;
	bad.class = TSR_FRAME_CHAT;
	CHECK_INT(check_frame(&room, bad), TSR_ERR_FORMAT);
	bad = good;
	bad.stream++;
	CHECK_INT(check_frame(&room, bad), TSR_ERR_UNKNOWN);
	bad = good;
	bad.to = 2;
	CHECK_INT(check_frame(&room, bad), TSR_ERR_DENIED);
	bad.to = 9;
	CHECK_INT(check_frame(&room, bad), TSR_ERR_UNKNOWN);
	CHECK_INT(room_do(&room, 1,
			  (struct tsr_action){ .act = TSR_ACT_PAUSE_STREAM,
				  .stream = { good.stream },
				  .pause = TSR_PAUSE_BLANK }),
		0);
	CHECK_INT(check_frame(&room, good), TSR_ERR_DENIED);
	CHECK_INT(room_do(&room, 1,
			  (struct tsr_action){
				  .act = TSR_ACT_PAUSE_STREAM, .stream = { good.stream } }),
		0);
	CHECK_INT(room_act(&room, 1, TSR_ACT_REMOVE, 3), 0);
	CHECK_INT(check_frame(&room, good), 0);
	room.now += TSR_SESSION_OLD_EPOCH_FOR;
	CHECK_INT(check_frame(&room, good), TSR_ERR_STALE);
	good.epoch++;
	CHECK_INT(check_frame(&room, good), 0);
	room_destroy(&room);
}

/* ---- organizer
 * ----------------------------------------------------------------------------------- */

static void a_hand_over_is_for_good(void)
{
	struct room room;

	CHECK(room_with(&room, 3));
	CHECK_INT(room_act(&room, 1, TSR_ACT_HAND_OVER, 2), 0);
	CHECK_INT(room.commit.settings.organizer.v, 2);
	CHECK_INT(room.commit.n_members, 2);
	CHECK(room_find(&room, TSR_SESSION_FULL_STATE, 1));
	CHECK(room_find(&room, TSR_SESSION_FULL_STATE, 2));
	CHECK_INT(room_act(&room, 1, TSR_ACT_END, 0), TSR_ERR_DENIED);
	CHECK_INT(room_connect_as(&room, 1, TSR_ROLE_ORGANIZER, true), 0);
	CHECK_INT(tsr_session_settings(room.s)->organizer.v, 2);
	CHECK_INT(room_act(&room, 2, TSR_ACT_END, 0), 1);
	CHECK_INT(room_find(&room, TSR_SESSION_CLOSE, 3)->close.reason, TSR_CLOSE_ENDED);
	CHECK(room_find(&room, TSR_SESSION_END, 0));
	CHECK_INT(tsr_session_handle_timeout(room.s, room.now), TSR_ERR_ENDED);
	room_destroy(&room);
}

/* Control writes what the credential said; who holds it beside the organizer is kept as what he
 * is. */
static void a_second_with_the_organizers_link_is_kept_as_attendee(void)
{
	struct tsr_member_record records[] = { { .id = { 1 }, .role = TSR_ROLE_ORGANIZER },
		{ .id = { 2 }, .role = TSR_ROLE_ORGANIZER } };
	struct tsr_session_record record = {
		.settings = room_plain, .members = records, .n_members = 2
	};
	struct room room = { .keeps_at_once = true };

	records[0].device_hash[0] = 1;
	records[1].device_hash[0] = 2;
	CHECK_INT(tsr_session_create(&room.s, &record, 1, 0), 0);
	CHECK_INT(room_connect_as(&room, 1, TSR_ROLE_ORGANIZER, true), 0);
	CHECK_INT(room_connect_as(&room, 2, TSR_ROLE_ORGANIZER, true), 0);
	CHECK_INT(tsr_session_settings(room.s)->organizer.v, 1);
	CHECK_INT(tsr_session_find_member(room.s, member(1))->record.role, TSR_ROLE_ORGANIZER);
	CHECK_INT(tsr_session_find_member(room.s, member(2))->record.role, TSR_ROLE_ATTENDEE);
	room_destroy(&room);
}

static void the_first_in_line_follows_a_lost_organizer(void)
{
	struct room room;

	CHECK(room_with(&room, 4));
	CHECK_INT(tsr_session_successor(room.s).v, 2);
	CHECK_INT(room_act(&room, 1, TSR_ACT_MAKE_PRESENTER, 3), 0);
	CHECK_INT(tsr_session_successor(room.s).v, 3);
	room_drop(&room, 1);
	room_pass(&room, TSR_SESSION_SUCCESSION_AFTER - 1);
	CHECK_INT(tsr_session_settings(room.s)->organizer.v, 1);
	room_drop(&room, 3);
	CHECK_INT(tsr_session_successor(room.s).v, 2);
	room_pass(&room, 1);
	CHECK_INT(tsr_session_settings(room.s)->organizer.v, 2);
	CHECK_INT(room_connect_as(&room, 1, TSR_ROLE_ORGANIZER, true), 0);
	CHECK_INT(tsr_session_settings(room.s)->organizer.v, 2);
	room_destroy(&room);
}

static void who_comes_after_the_organizer_went_is_not_in_line(void)
{
	struct room room;

	CHECK(room_with(&room, 1));
	room_drop(&room, 1);
	room_pass(&room, TSR_SECOND);
	CHECK_INT(room_connect_as(&room, 2, TSR_ROLE_ATTENDEE, true), 0);
	room_pass(&room, 20 * TSR_MINUTE);
	CHECK_INT(tsr_session_settings(room.s)->organizer.v, 1);
	CHECK_INT(tsr_session_successor(room.s).v, 0);
	CHECK_INT(room_connect_as(&room, 1, TSR_ROLE_ORGANIZER, true), 0);
	CHECK_INT(room_switch(&room, 1, TSR_ACT_SET_LOCKED, 0, true), 0);
	room_destroy(&room);
}

/* Who comes first to a session that is opened again comes in the very millisecond in which its
 * organizer is found to be away. */
static void who_opens_a_session_anew_is_not_in_line(void)
{
	struct tsr_member_record records[] = {
		{ .id = { 1 }, .role = TSR_ROLE_ORGANIZER, .is_admitted = true, .has_left = true },
		{ .id = { 2 },
			.role = TSR_ROLE_ATTENDEE,
			.is_admitted = true,
			.device_hash = { 2 } },
	};
	struct tsr_session_record record = {
		.settings = room_plain, .members = records, .n_members = 2
	};
	struct room room = { .keeps_at_once = true };

	records[0].device_hash[0] = 1;
	record.settings.organizer.v = 1;
	CHECK_INT(tsr_session_create(&room.s, &record, 1, 0), 0);
	CHECK_INT(room_connect_as(&room, 3, TSR_ROLE_ATTENDEE, true), 0);
	CHECK_INT(room_presence(&room, 3), TSR_PRESENCE_PRESENT);
	CHECK_INT(tsr_session_successor(room.s).v, 0);
	room_pass(&room, 2 * TSR_MINUTE);
	CHECK_INT(tsr_session_settings(room.s)->organizer.v, 1);
	CHECK_INT(room_connect_as(&room, 2, TSR_ROLE_ATTENDEE, true), 0);
	CHECK_INT(tsr_session_successor(room.s).v, 2); /* was in before */
	room_destroy(&room);
}

/* ---- the store
 * -------------------------------------------------------------------------------------- */

static void what_is_not_kept_has_not_happened(void)
{
	struct room room;

	CHECK(room_with(&room, 2));
	room.keeps_at_once = false;
	CHECK_INT(room_switch(&room, 1, TSR_ACT_SET_LOCKED, 0, true), 1);
	CHECK(!tsr_session_settings(room.s)->is_locked);
	room_answer(&room, TSR_COMMIT_REFUSED);
	CHECK_INT(room_result(&room, 1), TSR_ERR_STORE);
	CHECK(!tsr_session_settings(room.s)->is_locked);
	CHECK(!room_find(&room, TSR_SESSION_CHANGED, 0));
	room_destroy(&room);
}

static void a_late_answer_still_counts_but_not_for_the_asker(void)
{
	struct room room;
	uint64_t seq;

	CHECK(room_with(&room, 2));
	room.keeps_at_once = false;
	CHECK_INT(room_switch(&room, 1, TSR_ACT_SET_LOCKED, 0, true), 1);
	CHECK_INT(room_switch(&room, 1, TSR_ACT_SET_LOBBY, 0, true), 1);
	seq = room.commit_seq;
	room_pass(&room, TSR_SESSION_COMMIT_PATIENCE);
	CHECK_INT(room_result(&room, 1), TSR_ERR_STORE);
	CHECK_INT(room.n_events, 2);
	CHECK_INT(room_switch(&room, 1, TSR_ACT_SET_OPEN, 0, true), TSR_ERR_STORE);
	room.n_events = 0;
	CHECK_INT(room.commit_seq, seq);
	room_answer(&room, TSR_COMMIT_KEPT);
	CHECK(tsr_session_settings(room.s)->is_locked);
	CHECK(!tsr_session_settings(room.s)->has_lobby);
	CHECK(!room_find(&room, TSR_SESSION_RESULT, 0));
	CHECK(room_find(&room, TSR_SESSION_CHANGED, 0)->changed.settings);
	room_destroy(&room);
}

static void a_lost_answer_is_overwritten(void)
{
	struct room room;
	uint64_t seq;

	CHECK(room_with(&room, 2));
	room.keeps_at_once = false;
	CHECK_INT(room_act(&room, 1, TSR_ACT_REMOVE, 2), 1);
	seq = room.commit_seq;
	CHECK(room.commit_record.is_removed);
	room_answer(&room, TSR_COMMIT_LOST);
	CHECK_INT(room_result(&room, 1), TSR_ERR_STORE);
	CHECK(room.commit_seq > seq);
	CHECK(!room.commit_record.is_removed && room.commit_record.is_admitted);
	room_destroy(&room);
}

static void a_busy_queue_says_so(void)
{
	struct room room;
	int n_busy = 0;

	CHECK(room_with(&room, 2));
	room.keeps_at_once = false;
	for (int i = 0; i < 20; i++)
		n_busy += room_switch(&room, 1, TSR_ACT_SET_LOCKED, 0, i % 2 == 0) == TSR_ERR_BUSY;
	CHECK_INT(n_busy, 11); /* one in flight, eight pending */
	room_destroy(&room);
}

static void an_owner_drains_before_the_next_input(void)
{
	struct tsr_session *s;
	struct tsr_session_record record = { .settings = room_plain };
	struct tsr_session_claims claims = { .member = { 1 }, .role = TSR_ROLE_ATTENDEE };

	CHECK_INT(tsr_session_create(&s, &record, 1, 0), 0);
	CHECK_INT(tsr_session_handle_connect(s, &claims, 1, 0), 0);
	CHECK_INT(tsr_session_handle_timeout(s, 0), TSR_ERR_UNDRAINED);
	tsr_session_destroy(s);
}

TEST_MAIN(TEST(the_first_organizer_leads_and_presents),
	TEST(the_same_member_takes_over_and_others_do_not),
	TEST(sound_and_picture_outlive_a_connection_that_is_taken_over),
	TEST(the_lock_holds_newcomers_and_lets_the_dropped_return),
	TEST(who_stays_away_is_gone_after_a_quarter_of_an_hour),
	TEST(the_lobby_speaks_with_the_organizer_only),
	TEST(a_waiter_cannot_tell_that_nobody_reads),
	TEST(a_full_lobby_is_admitted_in_portions_but_not_who_was_removed),
	TEST(who_is_sent_out_meets_the_lobby_and_the_keys_change),
	TEST(a_bar_outlives_the_owner_and_is_lifted_by_name),
	TEST(a_bar_holds_newcomers_with_tokens_from_before),
	TEST(the_old_presenter_stops_before_the_new_one_is_known), TEST(hands_queue_in_order),
	TEST(chat_is_stopped_for_one_or_all_to_all_or_to_one),
	TEST(who_is_muted_may_go_on_by_himself), TEST(a_microphone_closes_with_the_right_to_it),
	TEST(a_frame_has_to_be_true_in_every_field), TEST(a_hand_over_is_for_good),
	TEST(a_second_with_the_organizers_link_is_kept_as_attendee),
	TEST(the_first_in_line_follows_a_lost_organizer),
	TEST(who_comes_after_the_organizer_went_is_not_in_line),
	TEST(who_opens_a_session_anew_is_not_in_line), TEST(what_is_not_kept_has_not_happened),
	TEST(a_late_answer_still_counts_but_not_for_the_asker), TEST(a_lost_answer_is_overwritten),
	TEST(a_busy_queue_says_so), TEST(an_owner_drains_before_the_next_input))
