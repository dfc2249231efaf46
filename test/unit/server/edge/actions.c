/* SPDX-License-Identifier: Apache-2.0 */
#include "server/edge/actions.h"

#include "core/base/err.h"
#include "test.h"

static struct tsr_action action;
static struct tsr_action_room room;

#define MESSAGE(CASE, field, body) \
	((Tessera__V1__ToServer){ \
		.base = PROTOBUF_C_MESSAGE_INIT(&tessera__v1__to_server__descriptor), \
		.request = 7, \
		.body_case = TESSERA__V1__TO_SERVER__BODY_##CASE, \
		.field = (body), \
	})

static int take(const Tessera__V1__ToServer *message)
{
	return tsr_action_read(&action, &room, message);
}

static void reads_an_opening(void)
{
	Tessera__V1__StreamOpen open = TESSERA__V1__STREAM_OPEN__INIT;
	Tessera__V1__ToServer message = MESSAGE(STREAM_OPEN, stream_open, &open);
	uint8_t nonce[16] = { 1, 2, 3 };
	char label[] = " Entire\u202e screen ";

	open.nonce.data = nonce;
	open.nonce.len = 16;
	open.label = label;
	open.width = 1920;
	open.height = 1080;
	open.format = TESSERA__V1__PIXEL_FORMAT__FORMAT_BGRA;
	open.stream_class = TESSERA__V1__STREAM_CLASS__STREAM_SCREEN;
	CHECK_INT(take(&message), 0);
	CHECK_INT(action.act, TSR_ACT_OPEN_SCREEN);
	CHECK_INT(action.request, 7);
	CHECK_INT(action.open.width, 1920);
	CHECK_STR(action.open.label, "Entire screen");
	CHECK_MEM(action.open.nonce, nonce, 16);
	open.stream_class = TESSERA__V1__STREAM_CLASS__STREAM_CHAT;
	CHECK_INT(take(&message), 0);
	CHECK_INT(action.act, TSR_ACT_OPEN_CHAT);
	CHECK_INT(action.open.width, 0);
	open.nonce.len = 15;
	CHECK_INT(take(&message), TSR_ERR_FORMAT);
	open.nonce.len = 16;
	open.stream_class = (Tessera__V1__StreamClass)99;
	CHECK_INT(take(&message), TSR_ERR_FORMAT);
	open.stream_class = (Tessera__V1__StreamClass)-1;
	CHECK_INT(take(&message), TSR_ERR_FORMAT);
}

static void tells_the_kinds_of_removal_apart(void)
{
	Tessera__V1__Remove remove = TESSERA__V1__REMOVE__INIT;
	Tessera__V1__ToServer message = MESSAGE(REMOVE, remove, &remove);

	remove.member = 5;
	CHECK_INT(take(&message), 0);
	CHECK_INT(action.act, TSR_ACT_REMOVE);
	CHECK_INT(action.member.v, 5);
	remove.bar = 1;
	CHECK_INT(take(&message), 0);
	CHECK_INT(action.act, TSR_ACT_BAR);
	remove.to_lobby = 1;
	CHECK_INT(take(&message), TSR_ERR_FORMAT);
	remove.bar = 0;
	CHECK_INT(take(&message), 0);
	CHECK_INT(action.act, TSR_ACT_TO_LOBBY);
}

static void tells_hands_up_and_down(void)
{
	Tessera__V1__SetHand hand = TESSERA__V1__SET_HAND__INIT;
	Tessera__V1__ToServer message = MESSAGE(SET_HAND, set_hand, &hand);

	hand.up = 1;
	CHECK_INT(take(&message), 0);
	CHECK_INT(action.act, TSR_ACT_RAISE_HAND);
	hand.up = 0;
	hand.member = 3;
	CHECK_INT(take(&message), 0);
	CHECK_INT(action.act, TSR_ACT_LOWER_HAND);
	CHECK_INT(action.member.v, 3);
}

static void refuses_strange_pauses_and_texts(void)
{
	Tessera__V1__StreamPause pause = TESSERA__V1__STREAM_PAUSE__INIT;
	Tessera__V1__LobbyText text = TESSERA__V1__LOBBY_TEXT__INIT;
	Tessera__V1__ToServer paused = MESSAGE(STREAM_PAUSE, stream_pause, &pause);
	Tessera__V1__ToServer texted = MESSAGE(LOBBY_TEXT, lobby_text, &text);
	char bad[] = "\xff";

	pause.mode = TESSERA__V1__PAUSE_MODE__PAUSE_BLANK;
	CHECK_INT(take(&paused), 0);
	CHECK_INT(action.pause, TSR_PAUSE_BLANK);
	pause.mode = (Tessera__V1__PauseMode)3;
	CHECK_INT(take(&paused), TSR_ERR_FORMAT);
	text.text = bad;
	CHECK_INT(take(&texted), TSR_ERR_FORMAT);
}

static void leaves_the_rest_to_others(void)
{
	Tessera__V1__Ping ping = TESSERA__V1__PING__INIT;
	Tessera__V1__ToServer message = MESSAGE(PING, ping, &ping);
	Tessera__V1__ToServer empty = TESSERA__V1__TO_SERVER__INIT;

	CHECK_INT(take(&message), TSR_ERR_RANGE);
	CHECK_INT(take(&empty), TSR_ERR_RANGE);
}

TEST_MAIN(TEST(reads_an_opening), TEST(tells_the_kinds_of_removal_apart),
	TEST(tells_hands_up_and_down), TEST(refuses_strange_pauses_and_texts),
	TEST(leaves_the_rest_to_others))
