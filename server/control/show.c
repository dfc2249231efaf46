/* SPDX-License-Identifier: Apache-2.0 */
#include "server/control/show.h"

#include "core/base/err.h"
#include "ipc.pb-c.h"
#include "server/control/admin.h"
#include "server/control/numbers.h"
#include "server/control/state.h"

static const char no_such[] = "there is no session of that number";

/* Answers with what the store knows of it now, and what the edge has said. */
static void answer(struct tsr_control *control, const struct tsr_showing *showing,
	const Tessera__Ipc__ShareReport *report, struct tsr_now now)
{
	Tessera__Ipc__AdminReply reply = TESSERA__IPC__ADMIN_REPLY__INIT;
	Tessera__Ipc__SessionDetail detail = TESSERA__IPC__SESSION_DETAIL__INIT;
	struct tsr_admin_line line;
	struct tsr_session_row row;
	int r = tsr_session_find_number(&row, control->store, showing->number);

	if (r == 0)
		r = tsr_admin_describe(&line, &row, control->store);
	if (r != 0) {
		if (r != TSR_ERR_UNKNOWN)
			tsr_control_note_trouble(control, r, now);
		tsr_admin_fail(control, showing->client, showing->id,
			r == TSR_ERR_UNKNOWN ? 404 : 503,
			r == TSR_ERR_UNKNOWN ? no_such : tsr_err_text(r));
		return;
	}
	detail.info = &line.info;
	if (report) {
		detail.present = report->present;
		detail.shares = report->shares;
		detail.n_shares = report->n_shares;
		detail.media = report->media;
		detail.n_media = report->n_media;
		detail.with_media = report->with_media;
	}
	reply.id = showing->id;
	reply.body_case = TESSERA__IPC__ADMIN_REPLY__BODY_DETAIL;
	reply.detail = &detail;
	tsr_control_send_admin(control, showing->client, &reply.base);
}

static void ask_edge(struct tsr_control *control, uint64_t query, struct tsr_session_uid uid)
{
	Tessera__Ipc__AskShares ask = TESSERA__IPC__ASK_SHARES__INIT;
	Tessera__Ipc__ToEdge message = TESSERA__IPC__TO_EDGE__INIT;

	ask.query = query;
	ask.session_uid.data = uid.v;
	ask.session_uid.len = TSR_UID_LEN;
	message.body_case = TESSERA__IPC__TO_EDGE__BODY_SHARES;
	message.shares = &ask;
	tsr_control_send(control, &message.base);
}

/* The place of a query; of 0 a free one. */
static struct tsr_showing *find(struct tsr_control *control, uint64_t query)
{
	for (size_t i = 0; i < TSR_SHOW_MAX; i++)
		if (control->showing[i].query == query)
			return &control->showing[i];
	return NULL;
}

void tsr_show_handle(struct tsr_control *control, uint64_t client, uint64_t id,
	const Tessera__Ipc__ShowSession *show, struct tsr_now now)
{
	struct tsr_showing showing = { .client = client,
		.id = id,
		.number = tsr_number_parse(tsr_slice_str(show->number)),
		.deadline = now.mono + TSR_SHOW_TIME };
	struct tsr_showing *place = find(control, 0);
	struct tsr_session_row row;
	int r = showing.number ? tsr_session_find_number(&row, control->store, showing.number)
			       : TSR_ERR_UNKNOWN;

	if (r == TSR_ERR_UNKNOWN) {
		tsr_admin_fail(control, client, id, 404, no_such);
	} else if (r != 0 || row.idle_since_ms != 0 || !control->is_linked) {
		answer(control, &showing, NULL, now);
	} else if (!place) {
		tsr_admin_fail(control, client, id, 429, "too many ask at once: try again");
	} else {
		*place = showing;
		place->query = ++control->last_query;
		ask_edge(control, place->query, row.uid);
	}
}

void tsr_show_handle_report(
	struct tsr_control *control, const Tessera__Ipc__ShareReport *report, struct tsr_now now)
{
	struct tsr_showing *showing = report->query ? find(control, report->query) : NULL;

	if (!showing)
		return; /* came too late */
	answer(control, showing, report, now);
	showing->query = 0;
}

static void give_up(struct tsr_control *control, struct tsr_showing *showing)
{
	showing->query = 0;
	tsr_admin_fail(
		control, showing->client, showing->id, 503, "the edge process does not answer");
}

void tsr_show_forget(struct tsr_control *control)
{
	for (size_t i = 0; i < TSR_SHOW_MAX; i++)
		if (control->showing[i].query)
			give_up(control, &control->showing[i]);
}

void tsr_show_handle_timeout(struct tsr_control *control, tsr_time now)
{
	for (size_t i = 0; i < TSR_SHOW_MAX; i++)
		if (control->showing[i].query && control->showing[i].deadline <= now)
			give_up(control, &control->showing[i]);
}

tsr_time tsr_show_next_timeout(const struct tsr_control *control)
{
	tsr_time at = TSR_TIME_NEVER;

	for (size_t i = 0; i < TSR_SHOW_MAX; i++)
		if (control->showing[i].query)
			at = tsr_time_min(at, control->showing[i].deadline);
	return at;
}
