/* SPDX-License-Identifier: Apache-2.0 */
#include "endpoint/client/roster.h"

#include "core/base/err.h"
#include "test.h"

static uint8_t key[TSR_DEVICE_KEY_LEN];
static uint8_t nonce[TSR_STREAM_NONCE_LEN];

static Tessera__V1__Member make_member(uint32_t id, Tessera__V1__Role role)
{
	static char name[] = "Somebody";
	Tessera__V1__Member m = TESSERA__V1__MEMBER__INIT;

	m.id = id;
	m.role = role;
	m.name = name;
	m.device_key = (ProtobufCBinaryData){ sizeof(key), key };
	m.may_chat_public = m.may_chat_private = m.may_share = true;
	return m;
}

static Tessera__V1__Stream make_stream(uint32_t id, uint32_t from, Tessera__V1__StreamClass class)
{
	Tessera__V1__Stream s = TESSERA__V1__STREAM__INIT;

	s.id = id;
	s.from = from;
	s.stream_class = class;
	s.nonce = (ProtobufCBinaryData){ sizeof(nonce), nonce };
	return s;
}

/* Ada (1) organizes and presents, Milo (2) attends; Ada has a screen (7), both have chat. */
static int fill(struct tsr_roster *roster)
{
	Tessera__V1__Member ada = make_member(1, TESSERA__V1__ROLE__ROLE_ORGANIZER);
	Tessera__V1__Member milo = make_member(2, TESSERA__V1__ROLE__ROLE_ATTENDEE);
	Tessera__V1__Stream screen = make_stream(7, 1, TESSERA__V1__STREAM_CLASS__STREAM_SCREEN);
	Tessera__V1__Stream chat1 = make_stream(5, 1, TESSERA__V1__STREAM_CLASS__STREAM_CHAT);
	Tessera__V1__Stream chat2 = make_stream(6, 2, TESSERA__V1__STREAM_CLASS__STREAM_CHAT);
	Tessera__V1__Member *members[] = { &milo, &ada };
	Tessera__V1__Stream *streams[] = { &screen, &chat2, &chat1 };
	Tessera__V1__Settings settings = TESSERA__V1__SETTINGS__INIT;
	Tessera__V1__State state = TESSERA__V1__STATE__INIT;

	settings.presenter = settings.organizer = 1;
	settings.chat_public = settings.chat_private = true;
	state.full = true;
	state.state_seq = 9;
	state.members = members;
	state.n_members = 2;
	state.streams = streams;
	state.n_streams = 3;
	state.settings = &settings;
	return tsr_roster_handle_state(roster, &state);
}

static int judge(
	const struct tsr_roster *roster, uint8_t class, uint32_t from, uint32_t stream, uint32_t to)
{
	struct tsr_frame frame = { .class = class, .from = from, .stream = stream, .to = to };

	return tsr_roster_check_frame(roster, &frame);
}

static void finds_what_it_was_told(void)
{
	struct tsr_roster roster;

	tsr_roster_init(&roster);
	CHECK_INT(fill(&roster), 0);
	CHECK_INT(roster.n_members, 2);
	CHECK_INT(roster.n_streams, 3);
	CHECK(tsr_roster_find(&roster, (struct tsr_member_id){ 1 }));
	CHECK(!tsr_roster_find(&roster, (struct tsr_member_id){ 3 }));
	CHECK_INT(tsr_roster_find_stream(&roster, (struct tsr_stream_id){ 6 })->from.v, 2);
	CHECK_INT(fill(&roster), 0); /* a full State replaces everything */
	CHECK_INT(roster.n_members, 2);
	tsr_roster_finish(&roster);
}

static void the_table_judges_frames(void)
{
	struct tsr_roster roster;

	tsr_roster_init(&roster);
	CHECK_INT(fill(&roster), 0);
	CHECK_INT(judge(&roster, TSR_FRAME_SCREEN, 1, 7, 0), 0);
	CHECK_INT(judge(&roster, TSR_FRAME_CHAT, 2, 6, 0), 0);
	CHECK_INT(judge(&roster, TSR_FRAME_CHAT, 2, 6, 1), 0);
	/* another's stream, another class, nobody, nobody's stream */
	CHECK_INT(judge(&roster, TSR_FRAME_SCREEN, 2, 7, 0), TSR_ERR_UNKNOWN);
	CHECK_INT(judge(&roster, TSR_FRAME_SCREEN, 1, 5, 0), TSR_ERR_UNKNOWN);
	CHECK_INT(judge(&roster, TSR_FRAME_CHAT, 9, 6, 0), TSR_ERR_UNKNOWN);
	CHECK_INT(judge(&roster, TSR_FRAME_CHAT, 2, 99, 0), TSR_ERR_UNKNOWN);
	roster.presenter.v =
		2; /* who no longer presents is not shown, whatever the server relays */
	CHECK_INT(judge(&roster, TSR_FRAME_SCREEN, 1, 7, 0), TSR_ERR_DENIED);
	roster.chat_public = false;
	CHECK_INT(judge(&roster, TSR_FRAME_CHAT, 2, 6, 0), TSR_ERR_DENIED);
	CHECK_INT(judge(&roster, TSR_FRAME_CHAT, 2, 6, 1), 0);
	tsr_roster_finish(&roster);
}

static void refuses_what_no_server_sends(void)
{
	Tessera__V1__Member m = make_member(0, TESSERA__V1__ROLE__ROLE_ATTENDEE);
	Tessera__V1__Member *members[] = { &m };
	Tessera__V1__State state = TESSERA__V1__STATE__INIT;
	struct tsr_roster roster;

	tsr_roster_init(&roster);
	state.members = members;
	state.n_members = 1;
	CHECK_INT(tsr_roster_handle_state(&roster, &state), TSR_ERR_FORMAT);
	m.id = 4;
	m.device_key.len = 5;
	CHECK_INT(tsr_roster_handle_state(&roster, &state), TSR_ERR_FORMAT);
	tsr_roster_finish(&roster);
}

TEST_MAIN(TEST(finds_what_it_was_told), TEST(the_table_judges_frames),
	TEST(refuses_what_no_server_sends))
