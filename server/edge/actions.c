/* SPDX-License-Identifier: Apache-2.0 */
#include "server/edge/actions.h"

#include <string.h>

#include "core/base/err.h"
#include "core/session/session.h"
#include "server/edge/hello.h"

enum { LOBBY_TEXT_CHARS = 500 };

static int read_open(
	struct tsr_action *out, struct tsr_action_room *room, const Tessera__V1__StreamOpen *open)
{
	static const enum tsr_act acts[] = {
		[TESSERA__V1__STREAM_CLASS__STREAM_SCREEN] = TSR_ACT_OPEN_SCREEN,
		[TESSERA__V1__STREAM_CLASS__STREAM_CHAT] = TSR_ACT_OPEN_CHAT,
		[TESSERA__V1__STREAM_CLASS__STREAM_CONTROL] = TSR_ACT_OPEN_CONTROL,
		[TESSERA__V1__STREAM_CLASS__STREAM_POINTER] = TSR_ACT_OPEN_POINTER,
		[TESSERA__V1__STREAM_CLASS__STREAM_AUDIO] = TSR_ACT_OPEN_AUDIO,
		[TESSERA__V1__STREAM_CLASS__STREAM_VIDEO] = TSR_ACT_OPEN_VIDEO,
	};
	uint32_t class = (uint32_t)open->stream_class;
	bool is_screen = class == TESSERA__V1__STREAM_CLASS__STREAM_SCREEN;

	if (class == 0 || class >= sizeof(acts) / sizeof(acts[0]) ||
		open->nonce.len != TSR_STREAM_NONCE_LEN)
		return TSR_ERR_FORMAT;
	out->act = acts[class];
	memcpy(out->open.nonce, open->nonce.data, TSR_STREAM_NONCE_LEN);
	if (is_screen) {
		out->open.format = (uint32_t)open->format;
		out->open.width = open->width;
		out->open.height = open->height;
	}
	out->open.label = room->text;
	return tsr_hello_clean_text(room->text, sizeof(room->text), open->label, TSR_NAME_CHARS);
}

static int read_pause(struct tsr_action *out, const Tessera__V1__StreamPause *pause)
{
	out->act = TSR_ACT_PAUSE_STREAM;
	out->stream.v = pause->stream;
	if ((uint32_t)pause->mode > TESSERA__V1__PAUSE_MODE__PAUSE_BLANK)
		return TSR_ERR_FORMAT;
	out->pause = (enum tsr_pause)pause->mode;
	return 0;
}

static int read_text(struct tsr_action *out, struct tsr_action_room *room, enum tsr_act act,
	uint32_t member, const char *text)
{
	out->act = act;
	out->member.v = member;
	out->text = room->text;
	return tsr_hello_clean_text(room->text, TSR_LOBBY_TEXT_SIZE, text, LOBBY_TEXT_CHARS);
}

static int read_member(struct tsr_action *out, enum tsr_act act, uint32_t member)
{
	out->act = act;
	out->member.v = member;
	return 0;
}

static int read_switch(struct tsr_action *out, enum tsr_act act, bool on)
{
	out->act = act;
	out->on = on;
	return 0;
}

static int read_stream(struct tsr_action *out, const Tessera__V1__ToServer *message)
{
	if (message->body_case == TESSERA__V1__TO_SERVER__BODY_STREAM_CLOSE) {
		out->act = TSR_ACT_CLOSE_STREAM;
		out->stream.v = message->stream_close->stream;
		return 0;
	}
	out->act = TSR_ACT_RESIZE_STREAM;
	out->stream.v = message->stream_resize->stream;
	out->size.width = message->stream_resize->width;
	out->size.height = message->stream_resize->height;
	return 0;
}

static int read_remove(struct tsr_action *out, const Tessera__V1__Remove *remove)
{
	if (remove->bar && remove->to_lobby)
		return TSR_ERR_FORMAT;
	return read_member(out,
		remove->bar        ? TSR_ACT_BAR
		: remove->to_lobby ? TSR_ACT_TO_LOBBY
				   : TSR_ACT_REMOVE,
		remove->member);
}

static int read_chat(struct tsr_action *out, const Tessera__V1__SetChat *chat)
{
	out->chat.public_allowed = chat->public_allowed;
	out->chat.private_allowed = chat->private_allowed;
	return read_member(out, TSR_ACT_SET_CHAT, chat->member);
}

static int read_media(
	struct tsr_action *out, enum tsr_act act, uint32_t member, bool audio, bool video)
{
	out->media.audio = audio;
	out->media.video = video;
	return read_member(out, act, member);
}

static int read_share_right(struct tsr_action *out, const Tessera__V1__SetShareRight *right)
{
	out->on = right->allowed;
	return read_member(out, TSR_ACT_SET_SHARE_RIGHT, right->member);
}

#define BODY(name) TESSERA__V1__TO_SERVER__BODY_##name

int tsr_action_read(
	struct tsr_action *out, struct tsr_action_room *room, const Tessera__V1__ToServer *m)
{
	*out = (struct tsr_action){ .request = m->request };
	switch (m->body_case) {
	case BODY(LEAVE):
		return read_member(out, TSR_ACT_LEAVE, 0);
	case BODY(STREAM_OPEN):
		return read_open(out, room, m->stream_open);
	case BODY(STREAM_PAUSE):
		return read_pause(out, m->stream_pause);
	case BODY(STREAM_CLOSE):
	case BODY(STREAM_RESIZE):
		return read_stream(out, m);
	case BODY(SET_HAND):
		return read_member(out, m->set_hand->up ? TSR_ACT_RAISE_HAND : TSR_ACT_LOWER_HAND,
			m->set_hand->member);
	case BODY(TAKE_PRESENTER):
		return read_member(out, TSR_ACT_TAKE_PRESENTER, 0);
	case BODY(MAKE_PRESENTER):
		return read_member(out, TSR_ACT_MAKE_PRESENTER, m->make_presenter->member);
	case BODY(SET_LOCKED):
		return read_switch(out, TSR_ACT_SET_LOCKED, m->set_locked->on);
	case BODY(SET_LOBBY):
		return read_switch(out, TSR_ACT_SET_LOBBY, m->set_lobby->on);
	case BODY(SET_OPEN):
		return read_switch(out, TSR_ACT_SET_OPEN, m->set_open->on);
	case BODY(SET_CHAT):
		return read_chat(out, m->set_chat);
	case BODY(SET_SHARE_RIGHT):
		return read_share_right(out, m->set_share_right);
	case BODY(MUTE):
		return read_media(
			out, TSR_ACT_MUTE, m->mute->member, m->mute->audio, m->mute->video);
	case BODY(SET_MEDIA_RIGHT):
		return read_media(out, TSR_ACT_SET_MEDIA_RIGHT, m->set_media_right->member,
			m->set_media_right->audio_allowed, m->set_media_right->video_allowed);
	case BODY(ADMIT):
		return read_member(out, TSR_ACT_ADMIT, m->admit->member);
	case BODY(DENY):
		return read_text(out, room, TSR_ACT_DENY, m->deny->member, m->deny->text);
	case BODY(REMOVE):
		return read_remove(out, m->remove);
	case BODY(UNBAR):
		return read_member(out, TSR_ACT_UNBAR, m->unbar->member);
	case BODY(HAND_OVER):
		return read_member(out, TSR_ACT_HAND_OVER, m->hand_over->member);
	case BODY(END_SESSION):
		return read_member(out, TSR_ACT_END, 0);
	case BODY(LOBBY_TEXT):
		return read_text(
			out, room, TSR_ACT_LOBBY_TEXT, m->lobby_text->member, m->lobby_text->text);
	default:
		return TSR_ERR_RANGE;
	}
}
