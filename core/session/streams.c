/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"
#include "core/session/state.h"

#define FORMAT_MAX 2 /* tessera.v1.PixelFormat: BGRA, I420 */

struct stream_entry *tsr_stream_find(const struct tsr_session *s, struct tsr_stream_id id)
{
	return tsr_idmap_find(&s->streams_by_id, id.v);
}

static enum tsr_stream_class class_opened_by(enum tsr_act act)
{
	switch (act) {
	case TSR_ACT_OPEN_SCREEN:
		return TSR_STREAM_SCREEN;
	case TSR_ACT_OPEN_CHAT:
		return TSR_STREAM_CHAT;
	case TSR_ACT_OPEN_CONTROL:
		return TSR_STREAM_CONTROL;
	case TSR_ACT_OPEN_POINTER:
		return TSR_STREAM_POINTER;
	case TSR_ACT_OPEN_AUDIO:
		return TSR_STREAM_AUDIO;
	case TSR_ACT_OPEN_VIDEO:
		return TSR_STREAM_VIDEO;
	default:
		return TSR_STREAM_NONE;
	}
}

static enum tsr_act act_that_opens(enum tsr_stream_class class)
{
	static const enum tsr_act acts[] = {
		[TSR_STREAM_SCREEN] = TSR_ACT_OPEN_SCREEN,
		[TSR_STREAM_CHAT] = TSR_ACT_OPEN_CHAT,
		[TSR_STREAM_CONTROL] = TSR_ACT_OPEN_CONTROL,
		[TSR_STREAM_POINTER] = TSR_ACT_OPEN_POINTER,
		[TSR_STREAM_AUDIO] = TSR_ACT_OPEN_AUDIO,
		[TSR_STREAM_VIDEO] = TSR_ACT_OPEN_VIDEO,
	};

	return acts[class];
}

static bool is_media(enum tsr_stream_class class)
{
	return class == TSR_STREAM_AUDIO || class == TSR_STREAM_VIDEO;
}

static bool is_size_good(uint32_t width, uint32_t height)
{
	return width >= 1 && width <= TSR_STREAM_SIDE_MAX && height >= 1 &&
	       height <= TSR_STREAM_SIDE_MAX;
}

static bool are_params_good(enum tsr_stream_class class, const struct tsr_stream_params *params)
{
	if (class == TSR_STREAM_SCREEN)
		return params->format >= 1 && params->format <= FORMAT_MAX &&
		       is_size_good(params->width, params->height);
	return params->format == 0 && params->width == 0 && params->height == 0;
}

static bool has_room(const struct seat *seat, enum tsr_stream_class class)
{
	unsigned n_alike = 0;

	if (seat->m.n_streams >= TSR_SESSION_MEMBER_STREAMS_MAX)
		return false;
	tsr_list_each (pos, next, &seat->streams) {
		struct stream_entry *stream = tsr_list_entry(pos, struct stream_entry, owner_link);

		n_alike += stream->st.class == class;
	}
	return n_alike < (class == TSR_STREAM_SCREEN ? TSR_SESSION_SCREENS_MAX : 1);
}

static struct stream_entry *add_stream(struct tsr_session *s, struct seat *seat,
	enum tsr_stream_class class, const struct tsr_stream_params *params)
{
	struct stream_entry *stream;
	struct tsr_stream *st;

	if (tsr_idmap_reserve(&s->streams_by_id) != 0 || tsr_round_reserve(s, 0, 1) != 0)
		return NULL;
	stream = calloc(1, sizeof(*stream));
	if (!stream)
		return NULL;
	st = &stream->st;
	st->id.v = s->next_stream++;
	st->from = seat->m.record.id;
	st->class = class;
	memcpy(st->nonce, params->nonce, TSR_STREAM_NONCE_LEN);
	st->format = params->format;
	st->width = params->width;
	st->height = params->height;
	if (params->label)
		memcpy(st->label, params->label, strnlen(params->label, TSR_NAME_SIZE - 1));
	st->opened_at = s->now;
	st->epoch = s->epoch;
	tsr_list_append(&s->streams, &stream->link);
	tsr_list_append(&seat->streams, &stream->owner_link);
	tsr_list_init(&stream->touched_link);
	tsr_idmap_put(&s->streams_by_id, st->id.v, stream);
	s->n_streams++;
	seat->m.n_streams++;
	tsr_round_touch_stream(s, stream);
	return stream;
}

static int open_stream(struct tsr_session *s, struct seat *seat, const struct tsr_action *action,
	struct tsr_stream_id *opened)
{
	enum tsr_stream_class class = class_opened_by(action->act);
	struct tsr_policy_facts facts = tsr_facts_of(s, seat, (struct tsr_member_id){ 0 });
	struct stream_entry *stream;
	int r;

	if ((r = tsr_policy_allows(action->act, &facts)) != 0)
		return r;
	if (!are_params_good(class, &action->open))
		return TSR_ERR_RANGE;
	if (!has_room(seat, class))
		return TSR_ERR_FULL;
	if (!(stream = add_stream(s, seat, class, &action->open)))
		return TSR_ERR_NOMEM;
	*opened = stream->st.id;
	return 0;
}

static int change_stream(struct tsr_session *s, struct seat *seat, const struct tsr_action *action)
{
	struct stream_entry *stream = tsr_stream_find(s, action->stream);
	struct tsr_policy_facts facts = tsr_facts_of(s, seat, (struct tsr_member_id){ 0 });
	int r;

	facts.target = tsr_facts_of_stream(seat, stream);
	if ((r = tsr_policy_allows(action->act, &facts)) != 0)
		return r;
	if (action->act == TSR_ACT_CLOSE_STREAM) {
		tsr_stream_close(s, stream);
		return 0;
	}
	if (action->act == TSR_ACT_PAUSE_STREAM) {
		if (action->pause > TSR_PAUSE_BLANK ||
			(is_media(stream->st.class) && action->pause == TSR_PAUSE_FROZEN))
			return TSR_ERR_RANGE;
		stream->st.paused = action->pause;
		stream->st.is_muted = false;
	} else {
		if (!is_size_good(action->size.width, action->size.height))
			return TSR_ERR_RANGE;
		stream->st.width = action->size.width;
		stream->st.height = action->size.height;
	}
	tsr_round_touch_stream(s, stream);
	return 0;
}

int tsr_stream_act(struct tsr_session *s, struct seat *seat, const struct tsr_action *action,
	struct tsr_stream_id *opened)
{
	if (class_opened_by(action->act) != TSR_STREAM_NONE)
		return open_stream(s, seat, action, opened);
	return change_stream(s, seat, action);
}

static void mute_seat(struct tsr_session *s, struct seat *seat, const struct tsr_action *action)
{
	tsr_list_each (pos, next, &seat->streams) {
		struct stream_entry *stream = tsr_list_entry(pos, struct stream_entry, owner_link);
		enum tsr_stream_class class = stream->st.class;

		if (stream->st.paused != TSR_PAUSE_NONE ||
			!((class == TSR_STREAM_AUDIO && action->media.audio) ||
				(class == TSR_STREAM_VIDEO && action->media.video)))
			continue;
		stream->st.paused = TSR_PAUSE_BLANK;
		stream->st.is_muted = true;
		tsr_round_touch_stream(s, stream);
	}
}

int tsr_stream_mute(struct tsr_session *s, struct seat *seat, const struct tsr_action *action)
{
	struct tsr_policy_facts facts = tsr_facts_of(s, seat, action->member);
	int r;

	if ((r = tsr_policy_allows(TSR_ACT_MUTE, &facts)) != 0)
		return r;
	if (action->member.v != 0) {
		mute_seat(s, tsr_seat_find(s, action->member), action);
		return 0;
	}
	tsr_list_each (pos, next, &s->inside) {
		struct seat *other = tsr_list_entry(pos, struct seat, place_link);

		if (!tsr_member_id_equal(other->m.record.id, s->settings.organizer))
			mute_seat(s, other, action);
	}
	return 0;
}

void tsr_stream_close(struct tsr_session *s, struct stream_entry *stream)
{
	struct seat *seat = tsr_seat_find(s, stream->st.from);

	tsr_round_push(s, &(struct queued){ .kind = TSR_SESSION_STREAM_CLOSED,
				  .stream = stream->st.id,
				  .about = stream->st.from });
	tsr_idmap_remove(&s->streams_by_id, stream->st.id.v);
	tsr_list_remove(&stream->owner_link);
	tsr_list_remove(&stream->touched_link);
	tsr_list_remove(&stream->link);
	tsr_list_append(&s->closed_streams, &stream->link);
	s->n_streams--;
	seat->m.n_streams--;
}

void tsr_stream_close_all(struct tsr_session *s, struct seat *seat)
{
	tsr_list_each (pos, next, &seat->streams)
		tsr_stream_close(s, tsr_list_entry(pos, struct stream_entry, owner_link));
}

void tsr_stream_close_connected(struct tsr_session *s, struct seat *seat)
{
	tsr_list_each (pos, next, &seat->streams) {
		struct stream_entry *stream = tsr_list_entry(pos, struct stream_entry, owner_link);

		if (stream->st.class != TSR_STREAM_AUDIO && stream->st.class != TSR_STREAM_VIDEO)
			tsr_stream_close(s, stream);
	}
}

void tsr_stream_close_unlawful(struct tsr_session *s, struct seat *seat)
{
	struct tsr_policy_facts facts = tsr_facts_of(s, seat, (struct tsr_member_id){ 0 });

	tsr_list_each (pos, next, &seat->streams) {
		struct stream_entry *stream = tsr_list_entry(pos, struct stream_entry, owner_link);

		if (tsr_policy_allows(act_that_opens(stream->st.class), &facts) != 0)
			tsr_stream_close(s, stream);
	}
}

void tsr_stream_free(struct stream_entry *stream)
{
	tsr_list_remove(&stream->link);
	free(stream);
}
