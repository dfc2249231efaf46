/* SPDX-License-Identifier: Apache-2.0 */
#include "server/control/commit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"
#include "core/crypto/hkdf.h"
#include "ipc.pb-c.h"
#include "server/control/counters.h"
#include "server/control/state.h"
#include "server/control/text.h"
#include "session.pb-c.h"
#include "sys/log.h"

#define MEMBERS_PER_PACKET 100 /* at most 400 bytes each: a packet stays below 64 KiB */

static int read_uid(struct tsr_session_uid *uid, ProtobufCBinaryData bytes)
{
	if (bytes.len != TSR_UID_LEN)
		return TSR_ERR_FORMAT;
	memcpy(uid->v, bytes.data, TSR_UID_LEN);
	return 0;
}

/* Opening ---------------------------------------------------------------------------------- */

/* Gathers members and sends them in packets. */
struct batch {
	struct tsr_control *control;
	uint64_t id;
	Tessera__Ipc__SessionRecord record;
	Tessera__Ipc__SessionSettings settings;
	struct tsr_session_row session;
	char number[16];
	size_t n;
	struct tsr_member_row rows[MEMBERS_PER_PACKET];
	Tessera__Ipc__MemberRecord members[MEMBERS_PER_PACKET];
	Tessera__Ipc__MemberRecord *pointers[MEMBERS_PER_PACKET];
};

static void send_batch(struct batch *batch, bool more)
{
	Tessera__Ipc__ToEdge message = TESSERA__IPC__TO_EDGE__INIT;

	batch->record.members = batch->pointers;
	batch->record.n_members = batch->n;
	batch->record.more = more;
	message.id = batch->id;
	message.body_case = TESSERA__IPC__TO_EDGE__BODY_SESSION;
	message.session = &batch->record;
	tsr_control_send(batch->control, &message.base);
	batch->n = 0;
}

static int add_to_batch(void *user, const struct tsr_member_row *row)
{
	struct batch *batch = user;
	struct tsr_member_row *keep;
	Tessera__Ipc__MemberRecord *member;

	if (batch->n == MEMBERS_PER_PACKET)
		send_batch(batch, true);
	keep = &batch->rows[batch->n];
	member = &batch->members[batch->n];
	*keep = *row;
	*member = (Tessera__Ipc__MemberRecord)TESSERA__IPC__MEMBER_RECORD__INIT;
	member->id = keep->id;
	member->name = keep->name;
	member->device_key_hash.data = keep->device_key_hash;
	member->device_key_hash.len = TSR_HASH_LEN;
	member->role = keep->role;
	member->admitted = keep->admitted;
	member->may_chat_public = keep->may_chat_public;
	member->may_chat_private = keep->may_chat_private;
	member->may_share = keep->may_share;
	member->may_audio = keep->may_audio;
	member->may_video = keep->may_video;
	member->removed = keep->removed;
	member->barred = keep->barred;
	member->by_link = keep->by_link;
	member->source = keep->source;
	member->left = keep->gone;
	batch->pointers[batch->n++] = member;
	return 0;
}

static void fill_record(struct batch *batch, const struct tsr_session_uid *uid)
{
	struct tsr_session_row *session = &batch->session;

	snprintf(batch->number, sizeof(batch->number), "%u", (unsigned)session->number);
	session->uid = *uid;
	batch->record = (Tessera__Ipc__SessionRecord)TESSERA__IPC__SESSION_RECORD__INIT;
	batch->settings = (Tessera__Ipc__SessionSettings)TESSERA__IPC__SESSION_SETTINGS__INIT;
	batch->record.session_uid.data = session->uid.v;
	batch->record.session_uid.len = TSR_UID_LEN;
	batch->record.number = batch->number;
	batch->record.title = session->title;
	batch->record.started_ms = session->started_ms;
	batch->record.state_seq = session->state_seq;
	batch->record.settings = &batch->settings;
	batch->settings.locked = session->locked;
	batch->settings.lobby = session->lobby;
	batch->settings.open = session->open_mode;
	batch->settings.chat_public = session->chat_public;
	batch->settings.chat_private = session->chat_private;
	batch->settings.audio = session->audio;
	batch->settings.video = session->video;
	batch->settings.presenter = session->presenter;
	batch->settings.organizer = session->organizer;
}

struct opening {
	const struct tsr_session_uid *uid;
	uint64_t now_ms;
	struct tsr_session_row *row;
};

static int open_in_tx(struct tsr_store *store, void *arg)
{
	struct opening *o = arg;
	int r = tsr_session_find(o->row, store, o->uid);

	if (r != 0)
		return r;
	o->row->idle_since_ms = 0;
	if (!o->row->started_ms)
		o->row->started_ms = o->now_ms;
	return tsr_session_update(store, o->row);
}

int tsr_commit_handle_open(struct tsr_control *control, uint64_t id,
	const Tessera__Ipc__OpenSession *open, struct tsr_now now)
{
	struct batch *batch = calloc(1, sizeof(*batch));
	struct tsr_session_uid uid;
	struct opening opening = { .uid = &uid, .now_ms = now.wall_ms };
	int r;

	if (!batch)
		return TSR_ERR_NOMEM;
	if ((r = read_uid(&uid, open->session_uid)) != 0)
		goto out;
	batch->control = control;
	batch->id = id;
	opening.row = &batch->session;
	r = tsr_store_tx(control->store, open_in_tx, &opening);
	/* A store that cannot write must not keep a session closed that it can read. */
	if (r != 0 && r != TSR_ERR_UNKNOWN) {
		tsr_control_note_trouble(control, r, now);
		r = tsr_session_find(&batch->session, control->store, &uid);
	}
	fill_record(batch, &uid);
	batch->record.found = r == 0;
	if (r == 0) {
		r = tsr_member_each(control->store, &uid, add_to_batch, batch);
	} else if (tsr_phantoms_has(&control->phantoms, &uid, now.mono)) {
		batch->record.found = batch->settings.lobby = true;
	} else {
		batch->record.ended = tsr_ended_find(control->store, &uid) == 0;
	}
	send_batch(batch, false);
	r = 0;
out:
	free(batch);
	return r;
}

/* Keeping ---------------------------------------------------------------------------------- */

struct keeping {
	const Tessera__Ipc__Commit *commit;
	struct tsr_session_uid uid;
	uint8_t digest[TSR_HASH_LEN];
	uint64_t now_ms;
	bool is_repeat;
};

static int read_member(struct tsr_member_row *row, const Tessera__Ipc__MemberRecord *record)
{
	memset(row, 0, sizeof(*row));
	if (record->id == 0 || record->device_key_hash.len != TSR_HASH_LEN ||
		record->role < TESSERA__V1__ROLE__ROLE_WAITING ||
		record->role > TESSERA__V1__ROLE__ROLE_ORGANIZER ||
		strlen(record->source) >= sizeof(row->source) ||
		tsr_text_clean(row->name, sizeof(row->name), tsr_slice_str(record->name),
			TSR_NAME_POINTS) != 0)
		return TSR_ERR_FORMAT;
	row->id = record->id;
	memcpy(row->device_key_hash, record->device_key_hash.data, TSR_HASH_LEN);
	row->role = record->role;
	row->admitted = record->admitted;
	row->may_chat_public = record->may_chat_public;
	row->may_chat_private = record->may_chat_private;
	row->may_share = record->may_share;
	row->may_audio = record->may_audio;
	row->may_video = record->may_video;
	row->removed = record->removed;
	row->barred = record->barred;
	row->by_link = record->by_link;
	/* Only a bar needs to know where somebody came from. */
	if (record->barred)
		snprintf(row->source, sizeof(row->source), "%s", record->source);
	row->gone = record->left;
	return 0;
}

static int keep_member(struct tsr_store *store, struct tsr_session_row *session,
	const Tessera__Ipc__MemberRecord *record)
{
	struct tsr_member_row row, before;
	int r;

	if ((r = read_member(&row, record)) != 0)
		return r;
	r = tsr_member_find(&before, store, &session->uid, row.id);
	/* An id stays with its device for ever. */
	if (r == 0 && memcmp(before.device_key_hash, row.device_key_hash, TSR_HASH_LEN) != 0)
		return TSR_ERR_DENIED;
	if (r == TSR_ERR_UNKNOWN) {
		r = tsr_member_count(store, &session->uid);
		r = r >= TSR_SESSION_MEMBERS ? TSR_ERR_FULL : r < 0 ? r : 0;
	}
	if (r == 0 && row.id >= session->next_member && row.id < TSR_KNOCKER_FIRST)
		session->next_member = row.id + 1;
	return r == 0 ? tsr_member_put(store, &session->uid, &row) : r;
}

/* Once somebody who did not come by the organizer's link is organizer, the link no longer makes
 * one: not after his leaving either. */
static int note_hand_over(struct tsr_store *store, struct tsr_session_row *session)
{
	struct tsr_member_row organizer;
	int r;

	if (session->handed_over || session->organizer == 0)
		return 0;
	r = tsr_member_find(&organizer, store, &session->uid, session->organizer);
	if (r == 0 && !organizer.by_organizer_link)
		session->handed_over = true;
	return r == TSR_ERR_UNKNOWN ? 0 : r;
}

static void keep_settings(
	struct tsr_session_row *session, const Tessera__Ipc__SessionSettings *settings)
{
	session->locked = settings->locked;
	session->lobby = settings->lobby;
	session->open_mode = settings->open;
	session->chat_public = settings->chat_public;
	session->chat_private = settings->chat_private;
	session->audio = settings->audio;
	session->video = settings->video;
	session->presenter = settings->presenter;
	session->organizer = settings->organizer;
}

static int keep_in_tx(struct tsr_store *store, void *arg)
{
	struct keeping *k = arg;
	struct tsr_session_row session;
	int r = tsr_session_find(&session, store, &k->uid);

	k->is_repeat = false;
	if (r == TSR_ERR_UNKNOWN) {
		/* The end itself may be told twice. */
		k->is_repeat = k->commit->ended;
		return k->commit->ended ? tsr_ended_find(store, &k->uid) : TSR_ERR_ENDED;
	}
	if (r != 0)
		return r;
	k->is_repeat = k->commit->state_seq == session.state_seq &&
		       memcmp(k->digest, session.last_commit, TSR_HASH_LEN) == 0;
	if (k->is_repeat)
		return 0;
	if (k->commit->state_seq <= session.state_seq || k->commit->state_seq > INT64_MAX)
		return TSR_ERR_STALE;
	if (k->commit->ended)
		return tsr_session_erase(store, &session, k->now_ms);
	session.state_seq = k->commit->state_seq;
	session.idle_since_ms = 0;
	memcpy(session.last_commit, k->digest, TSR_HASH_LEN);
	for (size_t i = 0; i < k->commit->n_members && r == 0; i++)
		r = keep_member(store, &session, k->commit->members[i]);
	if (r == 0 && k->commit->settings) {
		keep_settings(&session, k->commit->settings);
		r = note_hand_over(store, &session);
	}
	return r == 0 ? tsr_session_update(store, &session) : r;
}

static void count_commit(
	struct tsr_control *control, const struct keeping *k, int err, struct tsr_now now)
{
	if (err == 0) {
		tsr_count(k->is_repeat ? TSR_COUNT_COMMIT_REPEATED : TSR_COUNT_COMMIT_KEPT);
		if (k->commit->ended && !k->is_repeat)
			tsr_count(TSR_COUNT_SESSION_ENDED);
	} else if (err == TSR_ERR_STORE || err == TSR_ERR_BUSY || err == TSR_ERR_NOMEM) {
		tsr_count(TSR_COUNT_COMMIT_FAILED);
		tsr_control_note_trouble(control, err, now);
	} else {
		tsr_count(TSR_COUNT_COMMIT_REFUSED);
		if (tsr_control_may_log(control, now))
			tsr_log(TSR_LOG_WARN, "commit refused", TSR_ERR("err", err));
	}
}

static int digest_commit(uint8_t out[static TSR_HASH_LEN], const Tessera__Ipc__Commit *commit)
{
	size_t len = tessera__ipc__commit__get_packed_size(commit);
	uint8_t *bytes = malloc(len ? len : 1);

	if (!bytes)
		return TSR_ERR_NOMEM;
	tessera__ipc__commit__pack(commit, bytes);
	tsr_sha256(out, tsr_slice(bytes, len));
	free(bytes);
	return 0;
}

int tsr_commit_handle(struct tsr_control *control, uint64_t id, const Tessera__Ipc__Commit *commit,
	struct tsr_now now)
{
	struct keeping k = { .commit = commit, .now_ms = now.wall_ms };
	Tessera__Ipc__CommitDone done = TESSERA__IPC__COMMIT_DONE__INIT;
	Tessera__Ipc__ToEdge message = TESSERA__IPC__TO_EDGE__INIT;
	int r;

	if ((r = read_uid(&k.uid, commit->session_uid)) != 0)
		return r;
	if ((r = digest_commit(k.digest, commit)) == 0)
		r = tsr_store_tx(control->store, keep_in_tx, &k);
	count_commit(control, &k, r, now);
	if (r == 0 && commit->ended && !k.is_repeat)
		tsr_control_flush(control, now);
	/* The word of its end was lost with a link: the edge still holds it. */
	if (r == TSR_ERR_ENDED)
		tsr_control_end_at_edge(control, &k.uid);
	done.session_uid = commit->session_uid;
	done.state_seq = commit->state_seq;
	done.ok = r == 0;
	message.id = id;
	message.body_case = TESSERA__IPC__TO_EDGE__BODY_COMMIT;
	message.commit = &done;
	tsr_control_send(control, &message.base);
	return 0;
}

/* Going ------------------------------------------------------------------------------------ */

static int go_in_tx(struct tsr_store *store, void *arg)
{
	struct opening *o = arg;
	int r = tsr_session_find(o->row, store, o->uid);

	if (r != 0)
		return r;
	o->row->idle_since_ms = o->now_ms;
	return tsr_session_update(store, o->row);
}

int tsr_commit_handle_gone(
	struct tsr_control *control, const Tessera__Ipc__SessionGone *gone, struct tsr_now now)
{
	struct tsr_session_row row;
	struct tsr_session_uid uid;
	struct opening going = { .uid = &uid, .now_ms = now.wall_ms, .row = &row };
	int r;

	if ((r = read_uid(&uid, gone->session_uid)) != 0)
		return r;
	r = tsr_store_tx(control->store, go_in_tx, &going);
	/* Ended, or never there; and a store that fails only postpones the expiry. */
	if (r != 0 && r != TSR_ERR_UNKNOWN)
		tsr_control_note_trouble(control, r, now);
	return 0;
}
