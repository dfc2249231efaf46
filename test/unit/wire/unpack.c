/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/unpack.h"

#include <stdlib.h>

#include "core/base/err.h"
#include "ipc.pb-c.h"
#include "session.pb-c.h"
#include "test.h"

static const ProtobufCMessageDescriptor *to_server(void)
{
	return &tessera__v1__to_server__descriptor;
}

static void returns_what_was_packed(void)
{
	Tessera__V1__SetHand hand = TESSERA__V1__SET_HAND__INIT;
	Tessera__V1__ToServer out = TESSERA__V1__TO_SERVER__INIT;
	const Tessera__V1__ToServer *in;
	struct tsr_arena arena;
	struct tsr_msg *msg;

	hand.member = 7;
	hand.up = 1;
	out.request = 42;
	out.body_case = TESSERA__V1__TO_SERVER__BODY_SET_HAND;
	out.set_hand = &hand;
	msg = tsr_proto_pack_msg(&out.base, 0);
	CHECK(msg != NULL);
	CHECK_INT(msg->data[0], 0);
	CHECK_INT(tsr_proto_unpack(
			  to_server(), tsr_slice(msg->data + 1, msg->len - 1), 16384, &arena),
		0);
	tsr_msg_unref(&msg);
	in = (const Tessera__V1__ToServer *)arena.message;
	CHECK_INT(in->request, 42);
	CHECK_INT(in->body_case, TESSERA__V1__TO_SERVER__BODY_SET_HAND);
	CHECK_INT(in->set_hand->member, 7);
	tsr_arena_finish(&arena);
	tsr_arena_finish(&arena);
}

static void sizes_are_kept(void)
{
	static const uint8_t bytes[100] = { 0 };
	struct tsr_arena arena;

	CHECK_INT(
		tsr_proto_unpack(to_server(), tsr_slice(bytes, 100), 99, &arena), TSR_ERR_TOO_BIG);
	CHECK(arena.message == NULL);
	CHECK_INT(
		tsr_proto_unpack(to_server(), tsr_slice(bytes, 100), 100, &arena), TSR_ERR_FORMAT);
	CHECK_INT(tsr_proto_unpack(to_server(), tsr_slice(NULL, 0), 100, &arena), 0);
	tsr_arena_finish(&arena);
}

/* A megabyte of two-byte fields: known ones and unknown ones. */
static void tiny_fields_cannot_swell(void)
{
	const size_t len = 1 << 20;
	uint8_t *bytes = malloc(len);
	static const uint8_t tags[] = { 0x1a, 0x12, 0xf8, 0x08 };
	struct tsr_arena arena;

	CHECK(bytes != NULL);
	for (size_t t = 0; t < sizeof(tags); t++) {
		memset(bytes, 0, len);
		for (size_t i = 0; i < len; i += 2)
			bytes[i] = tags[t];
		CHECK_INT(tsr_proto_unpack(&tessera__v1__state__descriptor, tsr_slice(bytes, len),
				  len, &arena),
			TSR_ERR_TOO_BIG);
		CHECK(arena.block == NULL);
	}
	free(bytes);
}

/* What the server itself sends fits, also when names are short. */
static void a_whole_roster_fits(void)
{
	enum { N = 700 };
	static Tessera__V1__Member members[N];
	static Tessera__V1__Member *list[N];
	static uint8_t key[32];
	Tessera__V1__State state = TESSERA__V1__STATE__INIT;
	Tessera__V1__ToClient out = TESSERA__V1__TO_CLIENT__INIT;
	struct tsr_arena arena;
	struct tsr_msg *msg;

	for (size_t i = 0; i < N; i++) {
		tessera__v1__member__init(&members[i]);
		members[i].id = (uint32_t)i + 1;
		members[i].name = (char *)(uintptr_t) "Ada";
		members[i].role = TESSERA__V1__ROLE__ROLE_ATTENDEE;
		members[i].may_chat_public = members[i].may_chat_private = 1;
		members[i].device_key = (ProtobufCBinaryData){ sizeof(key), key };
		members[i].client = TESSERA__V1__CLIENT__CLIENT_BROWSER;
		members[i].path = TESSERA__V1__PATH__PATH_TLS;
		members[i].joined_ms = 1700000000000;
		list[i] = &members[i];
	}
	state.members = list;
	state.n_members = N;
	out.body_case = TESSERA__V1__TO_CLIENT__BODY_STATE;
	out.state = &state;
	msg = tsr_proto_pack_msg(&out.base, 0);
	CHECK(msg != NULL);
	CHECK_INT(tsr_proto_unpack(&tessera__v1__to_client__descriptor,
			  tsr_slice(msg->data + 1, msg->len - 1), 65536, &arena),
		0);
	tsr_arena_finish(&arena);
	tsr_msg_unref(&msg);
}

static int unpack_text(const char *text)
{
	Tessera__V1__LobbyText lobby = TESSERA__V1__LOBBY_TEXT__INIT;
	Tessera__V1__ToServer out = TESSERA__V1__TO_SERVER__INIT;
	struct tsr_arena arena;
	struct tsr_msg *msg;
	int r;

	lobby.text = (char *)(uintptr_t)text;
	out.body_case = TESSERA__V1__TO_SERVER__BODY_LOBBY_TEXT;
	out.lobby_text = &lobby;
	msg = tsr_proto_pack_msg(&out.base, 0);
	if (!msg)
		return TSR_ERR_NOMEM;
	r = tsr_proto_unpack(to_server(), tsr_slice(msg->data + 1, msg->len - 1), 4096, &arena);
	tsr_msg_unref(&msg);
	tsr_arena_finish(&arena);
	return r;
}

static void text_is_utf8(void)
{
	static const char *const good[] = { "", "Ada", "\xc3\xa9", "\xe2\x82\xac",
		"\xf0\x9f\x98\x80", "\xf4\x8f\xbf\xbf", "\xed\x9f\xbf" };
	static const char *const bad[] = { "\x80", "\xc3", "\xc0\xaf", "\xe0\x80\xaf",
		"\xed\xa0\x80", "\xf4\x90\x80\x80", "\xf8\x88\x80\x80\x80", "\xff", "a\xe2\x82",
		"\xf0\x82\x82\xac" };

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		CHECK_INT(unpack_text(good[i]), 0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CHECK_INT(unpack_text(bad[i]), TSR_ERR_FORMAT);
}

TEST_MAIN(TEST(returns_what_was_packed), TEST(sizes_are_kept), TEST(tiny_fields_cannot_swell),
	TEST(a_whole_roster_fits), TEST(text_is_utf8))
