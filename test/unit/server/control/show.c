/* SPDX-License-Identifier: Apache-2.0 */
/* `tessera session show`: the store's half and the edge's become one answer, or a sentence. */
#include "server/control/show.h"
#include "test.h"
#include "test/unit/server/control/rig.h"

static void ask(struct rig *rig, const char *number)
{
	Tessera__Ipc__AdminRequest request = TESSERA__IPC__ADMIN_REQUEST__INIT;
	Tessera__Ipc__ShowSession show = TESSERA__IPC__SHOW_SESSION__INIT;

	request.id = 7;
	request.body_case = TESSERA__IPC__ADMIN_REQUEST__BODY_SHOW;
	request.show = &show;
	show.number = (char *)(uintptr_t)number;
	rig_admin_send(rig, &request);
}

/* The code of the refusal that is there; 0 when it is none, 1 when there is no answer. */
static uint32_t refusal(struct rig *rig)
{
	struct tsr_arena arena = { 0 };
	const Tessera__Ipc__AdminReply *reply;
	uint32_t code = 0;

	if (!rig->admin.data)
		return 1;
	reply = rig_admin_reply(rig, &arena);
	if (reply->id != 7)
		code = 2;
	else if (reply->body_case == TESSERA__IPC__ADMIN_REPLY__BODY_FAILED)
		code = reply->failed->code;
	tsr_arena_finish(&arena);
	return code;
}

static struct rig_session live_session(struct rig *rig)
{
	struct rig_session session = rig_create_session(rig, "Demo", "", false);
	struct tsr_arena arena = { 0 };
	size_t n;

	RIG_MUST(rig_open(rig, &session.uid, &arena, &n)->found);
	tsr_arena_finish(&arena);
	rig_forget_sent(rig);
	return session;
}

/* The number of the query that was sent to the edge; 0 when there is none. */
static uint64_t query_of(struct rig *rig, const struct rig_session *session)
{
	struct tsr_arena arena = { 0 };
	const Tessera__Ipc__ToEdge *message = rig_take(rig, 0, &arena, NULL);
	uint64_t query = 0;

	if (message && message->body_case == TESSERA__IPC__TO_EDGE__BODY_SHARES &&
		memcmp(message->shares->session_uid.data, session->uid.v, TSR_UID_LEN) == 0)
		query = message->shares->query;
	tsr_arena_finish(&arena);
	return query;
}

static void report(struct rig *rig, uint64_t query)
{
	Tessera__Ipc__ToControl message = TESSERA__IPC__TO_CONTROL__INIT;
	Tessera__Ipc__ShareReport body = TESSERA__IPC__SHARE_REPORT__INIT;
	Tessera__Ipc__ShareInfo share = TESSERA__IPC__SHARE_INFO__INIT, *shares[] = { &share };
	Tessera__Ipc__LateViewer late = TESSERA__IPC__LATE_VIEWER__INIT, *lates[] = { &late };
	char ada[] = "Ada", milo[] = "Milo";

	late.name = milo;
	late.lag_ms = 2400;
	share.from_name = ada;
	share.viewers = 12;
	share.n_behind = 1;
	share.behind = lates;
	body.query = query;
	body.live = true;
	body.present = 13;
	body.n_shares = 1;
	body.shares = shares;
	message.body_case = TESSERA__IPC__TO_CONTROL__BODY_SHARES;
	message.shares = &body;
	RIG_MUST(rig_to_control(rig, &message) == 0);
}

static void tells_what_store_and_edge_know(void)
{
	struct rig *rig = rig_create();
	struct rig_session session = live_session(rig);
	struct tsr_arena arena = { 0 };
	const Tessera__Ipc__SessionDetail *detail;
	uint64_t query;

	ask(rig, session.number);
	CHECK_INT(refusal(rig), 1);
	CHECK((query = query_of(rig, &session)) != 0);
	report(rig, query + 1); /* somebody else's */
	CHECK_INT(refusal(rig), 1);
	report(rig, query);
	CHECK_INT(refusal(rig), 0);
	detail = rig_admin_reply(rig, &arena)->detail;
	CHECK_STR(detail->info->number, session.number);
	CHECK_STR(detail->info->title, "Demo");
	CHECK(detail->info->live);
	CHECK_INT(detail->present, 13);
	CHECK_INT(detail->n_shares, 1);
	CHECK_STR(detail->shares[0]->from_name, "Ada");
	CHECK_INT(detail->shares[0]->viewers, 12);
	CHECK_STR(detail->shares[0]->behind[0]->name, "Milo");
	CHECK_INT(detail->shares[0]->behind[0]->lag_ms, 2400);
	tsr_arena_finish(&arena);
	rig_destroy(rig);
}

static void answers_at_once_when_nobody_can_share(void)
{
	struct rig *rig = rig_create();
	struct rig_session session = rig_create_session(rig, "Demo", "", false);

	rig_forget_sent(rig);
	ask(rig, "987654321");
	CHECK_INT(refusal(rig), 404);
	ask(rig, "no number");
	CHECK_INT(refusal(rig), 404);
	ask(rig, session.number); /* nobody has come yet */
	CHECK_INT(refusal(rig), 0);
	CHECK_INT(rig->n_sent, 0);
	session = live_session(rig);
	tsr_control_handle_link_lost(rig->control, rig->now);
	ask(rig, session.number);
	CHECK_INT(refusal(rig), 0);
	CHECK_INT(rig->n_sent, 0);
	rig_destroy(rig);
}

static void gives_up_on_an_edge_that_is_silent(void)
{
	struct rig *rig = rig_create();
	struct rig_session session = live_session(rig);
	uint64_t query;

	ask(rig, session.number);
	query = query_of(rig, &session);
	CHECK(tsr_control_next_timeout(rig->control) <= rig->now.mono + TSR_SHOW_TIME);
	rig_advance(rig, TSR_SHOW_TIME);
	CHECK_INT(refusal(rig), 503);
	free(rig->admin.data);
	rig->admin.data = NULL;
	report(rig, query);
	CHECK_INT(refusal(rig), 1); /* too late */
	ask(rig, session.number);
	tsr_control_handle_link_lost(rig->control, rig->now);
	CHECK_INT(refusal(rig), 503);
	rig_destroy(rig);
}

static void lets_only_so_many_wait(void)
{
	struct rig *rig = rig_create();
	struct rig_session session = live_session(rig);

	for (int i = 0; i < TSR_SHOW_MAX; i++) {
		ask(rig, session.number);
		CHECK_INT(refusal(rig), 1);
	}
	ask(rig, session.number);
	CHECK_INT(refusal(rig), 429);
	rig_advance(rig, TSR_SHOW_TIME);
	ask(rig, session.number);
	CHECK_INT(refusal(rig), 1);
	rig_destroy(rig);
}

TEST_MAIN(TEST(tells_what_store_and_edge_know), TEST(answers_at_once_when_nobody_can_share),
	TEST(gives_up_on_an_edge_that_is_silent), TEST(lets_only_so_many_wait))
