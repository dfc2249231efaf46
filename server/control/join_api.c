/* SPDX-License-Identifier: Apache-2.0 */
#include "server/control/join_api.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"
#include "core/crypto/secret.h"
#include "server/control/counters.h"
#include "server/control/state.h"

/* Somebody who asks to join, from any of the paths below. */
struct asker {
	struct tsr_control *control;
	uint64_t id;
	const struct tsr_join_body *body;
	const char *source;
	tsr_time arrival;
	struct tsr_now now;
};

static void answer_error(const struct asker *a, uint32_t status, const char *word, uint32_t retry_s)
{
	struct tsr_reply reply = tsr_reply_error(status, word, retry_s);

	tsr_api_answer(a->control, a->id, &reply);
}

static void answer_too_many(const struct asker *a, uint32_t retry_s)
{
	tsr_count(TSR_COUNT_JOIN_TOO_MANY);
	answer_error(a, 429, "too_many", retry_s);
}

/* Unknown, ended, locked, wrong: the same bytes at the same time. */
static void answer_refused(const struct asker *a)
{
	struct tsr_reply reply = tsr_reply_error(403, "refused", 0);

	tsr_count(TSR_COUNT_JOIN_REFUSED);
	tsr_api_answer_on_grid(a->control, a->id, &reply, a->arrival, a->now.mono);
}

static void answer_failed(const struct asker *a, int err)
{
	struct tsr_reply reply = tsr_reply_error(503, "not_now", 0);

	tsr_control_note_trouble(a->control, err, a->now);
	tsr_count(TSR_COUNT_JOIN_NOT_NOW);
	tsr_api_answer_on_grid(a->control, a->id, &reply, a->arrival, a->now.mono);
}

/* Writes {"token","resume","node","lobby","title"?}. */
static int write_welcome(struct tsr_reply *reply, const struct tsr_keys *keys,
	const struct tsr_ticket_facts *facts, const char *title, uint64_t now_ms)
{
	char token[TSR_TOKEN_MAX], resume[TSR_TOKEN_MAX];
	json_t *object = NULL;
	int r;

	if ((r = tsr_keys_issue(token, resume, keys, facts, now_ms)) != 0)
		return r;
	object = json_pack("{s:s, s:s, s:s, s:b, s:s*}", "token", token, "resume", resume, "node",
		keys->node, "lobby", facts->role == TSR_TOKEN_WAITING, "title", title);
	reply->len =
		object ? json_dumpb(object, reply->body, sizeof(reply->body), JSON_COMPACT) : 0;
	json_decref(object);
	tsr_wipe(token, sizeof(token));
	tsr_wipe(resume, sizeof(resume));
	reply->status = 200;
	return reply->len > 0 && reply->len <= sizeof(reply->body) ? 0 : TSR_ERR_NOMEM;
}

static enum tsr_token_via via_of(enum tsr_credential credential)
{
	return credential >= TSR_BY_LINK       ? TSR_TOKEN_LINK
	       : credential == TSR_BY_PASSWORD ? TSR_TOKEN_PASSWORD
					       : TSR_TOKEN_DIGITS;
}

static void count_welcome(enum tsr_verdict verdict)
{
	tsr_count(verdict == TSR_VERDICT_ORGANIZER  ? TSR_COUNT_JOIN_ORGANIZER
		  : verdict == TSR_VERDICT_ATTENDEE ? TSR_COUNT_JOIN_ATTENDEE
						    : TSR_COUNT_JOIN_LOBBY);
}

static void answer_welcome(const struct asker *a, const struct tsr_session_uid *uid,
	enum tsr_credential credential, const struct tsr_admission *admission)
{
	static const enum tsr_token_role roles[] = { [TSR_VERDICT_LOBBY] = TSR_TOKEN_WAITING,
		[TSR_VERDICT_ATTENDEE] = TSR_TOKEN_ATTENDEE,
		[TSR_VERDICT_ORGANIZER] = TSR_TOKEN_ORGANIZER };
	struct tsr_ticket_facts facts = { .session = *uid,
		.member = admission->member,
		.role = roles[admission->verdict],
		.via = via_of(credential) };
	struct tsr_reply reply = { 0 };
	int r;

	memcpy(facts.device_key_hash, a->body->device_key_hash, TSR_HASH_LEN);
	r = write_welcome(&reply, a->control->keys, &facts,
		credential == TSR_BY_DIGITS ? NULL : admission->title, a->now.wall_ms);
	if (r != 0) {
		answer_failed(a, r);
		return;
	}
	count_welcome(admission->verdict);
	if (credential == TSR_BY_DIGITS)
		tsr_api_answer_on_grid(a->control, a->id, &reply, a->arrival, a->now.mono);
	else
		tsr_api_answer(a->control, a->id, &reply);
	tsr_wipe(&reply, sizeof(reply));
}

static int admit(struct tsr_admission *admission, const struct asker *a,
	const struct tsr_session_uid *uid, enum tsr_credential credential)
{
	struct tsr_applicant applicant = {
		.credential = credential, .knock = a->body->knock, .name = a->body->name
	};

	memcpy(applicant.device_key_hash, a->body->device_key_hash, TSR_HASH_LEN);
	return tsr_join_admit(admission, a->control->store, a->control->keys, uid, &applicant);
}

static void answer_ended(const struct asker *a)
{
	tsr_count(TSR_COUNT_JOIN_ENDED);
	answer_error(a, 410, "ended", 0);
}

/* Whoever proved a credential learns how things are. */
static void let_in(
	const struct asker *a, const struct tsr_session_uid *uid, enum tsr_credential credential)
{
	struct tsr_admission admission;
	int r = admit(&admission, a, uid, credential);

	if (r == TSR_ERR_ENDED && credential >= TSR_BY_LINK) {
		answer_ended(a);
	} else if (r == TSR_ERR_ENDED) {
		answer_refused(a);
	} else if (r == TSR_ERR_FULL) {
		answer_too_many(a, 60);
	} else if (r != 0) {
		answer_failed(a, r);
	} else if (admission.verdict == TSR_VERDICT_LOCKED) {
		tsr_count(TSR_COUNT_JOIN_LOCKED);
		answer_error(a, 423, "locked", 0);
	} else {
		answer_welcome(a, uid, credential, &admission);
	}
}

/* Digits alone ----------------------------------------------------------------------------- */

/* Into the lobby of a session that does not exist. The trial write makes a full disk answer here
 * as it does for real sessions, and costs the same. */
static void let_into_phantom(const struct asker *a)
{
	struct tsr_admission admission = { .verdict = TSR_VERDICT_LOBBY };
	struct tsr_session_uid uid;
	int r = tsr_store_check_writable(a->control->store);

	if (r != 0) {
		answer_failed(a, r);
		return;
	}
	uid = tsr_phantoms_touch(
		&a->control->phantoms, a->control->keys, a->body->number, a->now.mono);
	admission.member =
		tsr_knocker_id(a->control->keys, a->body->number, a->body->device_key_hash, 0);
	tsr_count(TSR_COUNT_JOIN_PHANTOM);
	answer_welcome(a, &uid, TSR_BY_DIGITS, &admission);
}

static void handle_knock(const struct asker *a)
{
	struct tsr_limits *limits = a->control->limits;
	struct tsr_session_row session;
	struct tsr_admission admission;
	uint32_t retry_s;
	int r;

	if (!tsr_limits_allow(
		    limits, TSR_LIMIT_KNOCK, a->source, a->body->number, a->now.mono, &retry_s)) {
		answer_too_many(a, retry_s);
		return;
	}
	tsr_limits_note(limits, TSR_LIMIT_KNOCK, a->source, a->body->number, a->now.mono);
	r = tsr_session_find_number(&session, a->control->store, a->body->number);
	if (r == 0)
		r = admit(&admission, a, &session.uid, TSR_BY_DIGITS);
	if (r == 0)
		answer_welcome(a, &session.uid, TSR_BY_DIGITS, &admission);
	else if (r == TSR_ERR_UNKNOWN || r == TSR_ERR_ENDED || r == TSR_ERR_FULL)
		let_into_phantom(a);
	else
		answer_failed(a, r);
}

/* Password --------------------------------------------------------------------------------- */

static void handle_password_done(struct tsr_control *control, struct tsr_hashing *waiter,
	const struct tsr_hash_job *job, struct tsr_now now)
{
	struct asker a = { .control = control,
		.id = waiter->id,
		.body = &waiter->body,
		.source = waiter->source,
		.arrival = waiter->arrival,
		.now = now };

	if (job->result == 0 && job->hash[0]) {
		let_in(&a, &waiter->uid, TSR_BY_PASSWORD);
	} else if (job->result == TSR_ERR_NOMEM) {
		answer_failed(&a, job->result);
	} else {
		tsr_count(TSR_COUNT_WRONG_PASSWORD);
		tsr_limits_note(
			control->limits, TSR_LIMIT_WRONG, a.source, a.body->number, now.mono);
		answer_refused(&a);
	}
}

/* Looks the number up and has the password hashed, against nothing if need be. */
static void start_password(const struct asker *a)
{
	struct tsr_hashing *waiter = calloc(1, sizeof(*waiter));
	struct tsr_hash_job job = { .password_len = a->body->password_len };
	struct tsr_session_row session;
	int r = waiter ? tsr_session_find_number(&session, a->control->store, a->body->number)
		       : TSR_ERR_NOMEM;

	if (r == 0) {
		memcpy(job.hash, session.password_hash, sizeof(job.hash));
		waiter->uid = session.uid;
	} else if (r != TSR_ERR_UNKNOWN) {
		answer_failed(a, r);
		goto out;
	} else {
		tsr_count(TSR_COUNT_UNKNOWN_NUMBER);
	}
	waiter->done = handle_password_done;
	waiter->for_edge = true;
	waiter->id = a->id;
	waiter->arrival = a->arrival;
	strncpy(waiter->source, a->source, sizeof(waiter->source) - 1);
	waiter->body = *a->body;
	tsr_wipe(waiter->body.password, sizeof(waiter->body.password));
	memcpy(job.password, a->body->password, job.password_len);
	if (tsr_control_hash(a->control, waiter, &job) == 0)
		waiter = NULL; /* the list's */
	else
		answer_too_many(a, 1);
out:
	tsr_wipe(&job, sizeof(job));
	free(waiter);
}

static void handle_password(const struct asker *a)
{
	struct tsr_limits *limits = a->control->limits;
	uint32_t number = a->body->number, retry_s;

	if (!tsr_limits_allow(limits, TSR_LIMIT_LOOKUP, a->source, number, a->now.mono, &retry_s)) {
		answer_too_many(a, retry_s);
		return;
	}
	tsr_limits_note(limits, TSR_LIMIT_LOOKUP, a->source, number, a->now.mono);
	/* After too many wrong ones no password is looked at any more, right or not. */
	if (tsr_limits_allow(limits, TSR_LIMIT_WRONG, a->source, number, a->now.mono, NULL))
		start_password(a);
	else
		handle_knock(a);
}

/* Link ------------------------------------------------------------------------------------- */

static bool is_token(const struct asker *a, const uint8_t *join, const uint8_t *organizer)
{
	const uint8_t *hash = a->body->claimed == TSR_BY_ORGANIZER_LINK ? organizer : join;

	return tsr_bytes_equal(
		tsr_slice(a->body->token_hash, TSR_HASH_LEN), tsr_slice(hash, TSR_HASH_LEN));
}

/* A token of 128 bits cannot be guessed; the limit bounds the work, and only the wrong count. */
static void handle_wrong_token(const struct asker *a)
{
	struct tsr_limits *limits = a->control->limits;
	uint32_t retry_s;

	if (!tsr_limits_allow(
		    limits, TSR_LIMIT_LOOKUP, a->source, a->body->number, a->now.mono, &retry_s)) {
		answer_too_many(a, retry_s);
		return;
	}
	tsr_limits_note(limits, TSR_LIMIT_LOOKUP, a->source, a->body->number, a->now.mono);
	answer_refused(a);
}

static void handle_token(const struct asker *a)
{
	struct tsr_session_row session;
	struct tsr_ended_row ended;
	int r = tsr_session_find_number(&session, a->control->store, a->body->number);

	if (r == 0) {
		if (is_token(a, session.join_token_hash, session.organizer_token_hash))
			let_in(a, &session.uid, a->body->claimed);
		else
			handle_wrong_token(a);
		return;
	}
	if (r == TSR_ERR_UNKNOWN)
		r = tsr_ended_find_number(&ended, a->control->store, a->body->number);
	if (r == 0 && ended.is_recent &&
		is_token(a, ended.join_token_hash, ended.organizer_token_hash))
		answer_ended(a);
	else if (r == 0 || r == TSR_ERR_UNKNOWN)
		handle_wrong_token(a);
	else
		answer_failed(a, r);
}

void tsr_join_api_handle(const struct tsr_api_call *call)
{
	struct tsr_join_body body;
	struct asker a = { .control = call->control,
		.id = call->id,
		.body = &body,
		.source = call->source,
		.arrival = call->now.mono,
		.now = call->now };

	if (tsr_join_body_parse(&body, call->body) != 0) {
		answer_error(&a, 400, "bad_request", 0);
	} else if (body.claimed >= TSR_BY_LINK) {
		handle_token(&a);
	} else if (body.claimed == TSR_BY_PASSWORD) {
		handle_password(&a);
	} else if (body.knock) {
		handle_knock(&a);
	} else {
		tsr_count(TSR_COUNT_JOIN_ASKED);
		answer_error(&a, 401, "password_or_knock", 0);
	}
	tsr_wipe(&body, sizeof(body));
}
