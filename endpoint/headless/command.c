/* SPDX-License-Identifier: Apache-2.0 */
#include "endpoint/headless/command.h"

#include <string.h>

#include "core/base/err.h"

typedef Tessera__V1__ToServer message;

static uint32_t number(const json_t *command, const char *key)
{
	json_int_t value = json_integer_value(json_object_get(command, key));

	return value > 0 && value <= UINT32_MAX ? (uint32_t)value : 0;
}

static bool flag(const json_t *command, const char *key)
{
	return json_is_true(json_object_get(command, key));
}

/* protobuf-c wants a char *, and does not write to it. */
static char *text(const json_t *command)
{
	const char *value = json_string_value(json_object_get(command, "text"));

	return (char *)(uintptr_t)(value ? value : "");
}

/* A row: the message's body, filled from the command and sent. */
#define SENDER(name, TYPE, type, field, FIELD, ...) \
	static int name(struct tsr_client *client, const json_t *command, uint32_t *request) \
	{ \
		message m = TESSERA__V1__TO_SERVER__INIT; \
		Tessera__V1__##type body = TESSERA__V1__##TYPE##__INIT; \
		(void)command; \
		__VA_ARGS__ \
		m.field = &body; \
		m.body_case = TESSERA__V1__TO_SERVER__BODY_##FIELD; \
		return tsr_client_ask(client, &m, request); \
	}

SENDER(send_hand, SET_HAND, SetHand, set_hand, SET_HAND, body.member = number(command, "member");
	body.up = flag(command, "on");)
SENDER(send_take, TAKE_PRESENTER, TakePresenter, take_presenter, TAKE_PRESENTER, )
SENDER(send_present, MAKE_PRESENTER, MakePresenter, make_presenter, MAKE_PRESENTER,
	body.member = number(command, "member");)
SENDER(send_lock, SET_LOCKED, SetLocked, set_locked, SET_LOCKED, body.on = flag(command, "on");)
SENDER(send_lobby, SET_LOBBY, SetLobby, set_lobby, SET_LOBBY, body.on = flag(command, "on");)
SENDER(send_open, SET_OPEN, SetOpen, set_open, SET_OPEN, body.on = flag(command, "on");)
SENDER(send_chat_right, SET_CHAT, SetChat, set_chat, SET_CHAT,
	body.member = number(command, "member");
	body.public_allowed = flag(command, "public");
	body.private_allowed = flag(command, "private");)
SENDER(send_share_right, SET_SHARE_RIGHT, SetShareRight, set_share_right, SET_SHARE_RIGHT,
	body.member = number(command, "member");
	body.allowed = flag(command, "on");)
SENDER(send_admit, ADMIT, Admit, admit, ADMIT, body.member = number(command, "member");)
SENDER(send_deny, DENY, Deny, deny, DENY, body.member = number(command, "member");
	body.text = text(command);)
SENDER(send_remove, REMOVE, Remove, remove, REMOVE, body.member = number(command, "member");
	body.bar = flag(command, "bar"); body.to_lobby = flag(command, "to_lobby");)
SENDER(send_unbar, UNBAR, Unbar, unbar, UNBAR, body.member = number(command, "member");)
SENDER(send_hand_over, HAND_OVER, HandOver, hand_over, HAND_OVER,
	body.member = number(command, "member");)
SENDER(send_end, END_SESSION, EndSession, end_session, END_SESSION, )
SENDER(send_lobby_text, LOBBY_TEXT, LobbyText, lobby_text, LOBBY_TEXT,
	body.member = number(command, "member");
	body.text = text(command);)

static int send_chat(struct tsr_client *client, const json_t *command, uint32_t *request)
{
	*request = 0;
	return tsr_client_chat(
		client, (struct tsr_member_id){ number(command, "to") }, text(command));
}

static const struct {
	const char *name;
	int (*send)(struct tsr_client *client, const json_t *command, uint32_t *request);
} commands[] = {
	{ "chat", send_chat },
	{ "hand", send_hand },
	{ "take_presenter", send_take },
	{ "make_presenter", send_present },
	{ "lock", send_lock },
	{ "lobby", send_lobby },
	{ "open", send_open },
	{ "chat_right", send_chat_right },
	{ "share_right", send_share_right },
	{ "admit", send_admit },
	{ "deny", send_deny },
	{ "remove", send_remove },
	{ "unbar", send_unbar },
	{ "hand_over", send_hand_over },
	{ "end", send_end },
	{ "lobby_text", send_lobby_text },
};

int tsr_command_send(struct tsr_client *client, const json_t *command, uint32_t *request)
{
	const char *name = json_string_value(json_object_get(command, "do"));

	if (!name)
		return TSR_ERR_FORMAT;
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (strcmp(commands[i].name, name) == 0)
			return commands[i].send(client, command, request);
	}
	return TSR_ERR_UNKNOWN;
}
