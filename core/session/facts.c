/* SPDX-License-Identifier: Apache-2.0 */
/* Tells policy.c what is the case. It is the only place where rights are asked for. */
#include "core/base/err.h"
#include "core/session/state.h"
#include "core/wire/frame.h"

static uint32_t bit_if(bool claim, uint32_t bit)
{
	return claim ? bit : 0;
}

static bool is_organizer(const struct tsr_session *s, const struct seat *seat)
{
	return tsr_member_id_equal(s->settings.organizer, seat->m.record.id);
}

static uint32_t session_bits(const struct tsr_session *s)
{
	const struct tsr_session_settings *set = &s->settings;

	return bit_if(set->is_locked, TSR_SESSION_LOCKED) |
	       bit_if(set->has_lobby, TSR_SESSION_LOBBY) | bit_if(set->is_open, TSR_SESSION_OPEN) |
	       bit_if(set->chat_public, TSR_SESSION_CHAT_PUBLIC) |
	       bit_if(set->chat_private, TSR_SESSION_CHAT_PRIVATE) |
	       bit_if(set->audio, TSR_SESSION_AUDIO) | bit_if(set->video, TSR_SESSION_VIDEO) |
	       bit_if(s->has_ended, TSR_SESSION_ENDED);
}

static bool is_sharing(const struct seat *seat)
{
	tsr_list_each (pos, next, &seat->streams) {
		const struct tsr_stream *st =
			&tsr_list_entry(pos, struct stream_entry, owner_link)->st;

		if (st->class == TSR_STREAM_SCREEN && st->paused == TSR_PAUSE_NONE)
			return true;
	}
	return false;
}

static uint32_t actor_bits(const struct tsr_session *s, const struct seat *seat)
{
	const struct tsr_member_record *record = &seat->m.record;

	if (seat->m.presence == TSR_PRESENCE_WAITING)
		return TSR_ACTOR_WAITING;
	if (!tsr_seat_is_inside(seat))
		return 0;
	return (is_organizer(s, seat) ? TSR_ACTOR_ORGANIZER : TSR_ACTOR_ATTENDEE) |
	       bit_if(tsr_member_id_equal(s->settings.presenter, record->id), TSR_ACTOR_PRESENTER) |
	       bit_if(record->may_chat_public, TSR_ACTOR_MAY_CHAT_PUBLIC) |
	       bit_if(record->may_chat_private, TSR_ACTOR_MAY_CHAT_PRIVATE) |
	       bit_if(record->may_share, TSR_ACTOR_MAY_SHARE) |
	       bit_if(record->may_audio, TSR_ACTOR_MAY_AUDIO) |
	       bit_if(record->may_video, TSR_ACTOR_MAY_VIDEO) |
	       bit_if(is_sharing(seat), TSR_ACTOR_SHARING);
}

static uint32_t target_bits(
	const struct tsr_session *s, const struct seat *actor, struct tsr_member_id target)
{
	const struct seat *seat;
	uint32_t bits;

	if (target.v == 0)
		return TSR_TARGET_ALL;
	if (!(seat = tsr_seat_find(s, target)))
		return 0;
	bits = bit_if(!tsr_seat_is_inside(seat) &&
			      (seat->m.record.is_removed || seat->m.record.is_barred),
		TSR_TARGET_SENT_OUT);
	if (seat->m.presence == TSR_PRESENCE_WAITING)
		return bits | TSR_TARGET_WAITING;
	if (!tsr_seat_is_inside(seat))
		return bits;
	return (is_organizer(s, seat) ? TSR_TARGET_ORGANIZER : TSR_TARGET_ATTENDEE) |
	       bit_if(seat == actor, TSR_TARGET_SELF) |
	       bit_if(seat->m.record.may_share || is_organizer(s, seat), TSR_TARGET_MAY_SHARE) |
	       bit_if(seat->m.presence == TSR_PRESENCE_AWAY, TSR_TARGET_AWAY);
}

struct tsr_policy_facts tsr_facts_of(
	const struct tsr_session *s, const struct seat *actor, struct tsr_member_id target)
{
	return (struct tsr_policy_facts){
		.actor = actor_bits(s, actor),
		.target = target_bits(s, actor, target),
		.session = session_bits(s),
	};
}

uint32_t tsr_facts_of_stream(const struct seat *actor, const struct stream_entry *stream)
{
	if (!stream)
		return 0;
	return TSR_TARGET_STREAM |
	       bit_if(tsr_member_id_equal(stream->st.from, actor->m.record.id), TSR_TARGET_OWN) |
	       bit_if(stream->st.class == TSR_STREAM_SCREEN, TSR_TARGET_SCREEN) |
	       bit_if(stream->st.class == TSR_STREAM_AUDIO, TSR_TARGET_AUDIO) |
	       bit_if(stream->st.class == TSR_STREAM_VIDEO, TSR_TARGET_VIDEO) |
	       bit_if(stream->st.paused != TSR_PAUSE_NONE, TSR_TARGET_PAUSED);
}

static bool is_about_stream(enum tsr_act act)
{
	return act == TSR_ACT_CLOSE_STREAM || act == TSR_ACT_PAUSE_STREAM ||
	       act == TSR_ACT_RESIZE_STREAM || act == TSR_ACT_WATCH_STREAM ||
	       act == TSR_ACT_SEND_AUDIO || act == TSR_ACT_SEND_VIDEO;
}

int tsr_session_check(const struct tsr_session *s, struct tsr_member_id member, enum tsr_act act,
	struct tsr_member_id target, struct tsr_stream_id stream)
{
	const struct seat *actor = tsr_seat_find(s, member);
	struct tsr_policy_facts facts;

	if (!actor)
		return TSR_ERR_DENIED;
	facts = tsr_facts_of(s, actor, target);
	if (is_about_stream(act))
		facts.target = tsr_facts_of_stream(actor, tsr_stream_find(s, stream));
	return tsr_policy_allows(act, &facts);
}

static bool is_epoch_good(const struct tsr_session *s, uint8_t epoch, tsr_time now)
{
	return epoch == (uint8_t)s->epoch ||
	       (now < s->old_epoch_until && epoch == (uint8_t)(s->epoch - 1));
}

static enum tsr_act act_of_frame(const struct tsr_frame *frame)
{
	switch (frame->class) {
	case TSR_FRAME_SCREEN:
		return TSR_ACT_SEND_SCREEN;
	case TSR_FRAME_CHAT:
		return frame->to ? TSR_ACT_SEND_CHAT_PRIVATE : TSR_ACT_SEND_CHAT_PUBLIC;
	case TSR_FRAME_CONTROL:
		return TSR_ACT_SEND_CONTROL;
	case TSR_FRAME_POINTER:
		return TSR_ACT_SEND_POINTER;
	default:
		return TSR_ACT_NONE;
	}
}

int tsr_session_check_frame(const struct tsr_session *s, struct tsr_member_id member,
	const struct tsr_frame *frame, tsr_time now)
{
	const struct seat *seat = tsr_seat_find(s, member);
	const struct stream_entry *stream;
	struct tsr_policy_facts facts;

	if (!seat || seat->m.presence != TSR_PRESENCE_PRESENT)
		return TSR_ERR_DENIED;
	if (frame->from != member.v)
		return TSR_ERR_FORMAT;
	if (!(stream = tsr_stream_find(s, (struct tsr_stream_id){ frame->stream })))
		return TSR_ERR_UNKNOWN;
	if ((uint8_t)stream->st.class != frame->class)
		return TSR_ERR_FORMAT;
	if (!is_epoch_good(s, frame->epoch, now))
		return TSR_ERR_STALE;
	facts = tsr_facts_of(s, seat, (struct tsr_member_id){ frame->to });
	if (facts.target == 0)
		return TSR_ERR_UNKNOWN;
	facts.target |= tsr_facts_of_stream(seat, stream);
	return tsr_policy_allows(act_of_frame(frame), &facts);
}
