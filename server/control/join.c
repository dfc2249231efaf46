/* SPDX-License-Identifier: Apache-2.0 */
#include "server/control/join.h"

#include <stdio.h>
#include <string.h>

#include "core/base/err.h"
#include "server/control/phantoms.h"
#include "session.pb-c.h"

#define KNOCKER_ATTEMPTS 8

/* Records that are kept for those who come by more than digits, and for the organizer: nobody can
 * fill a session so that they cannot get in. */
#define KEPT_FROM_KNOCKERS (TSR_SESSION_MEMBERS / 2)
#define KEPT_FOR_ORGANIZER 100

enum tsr_verdict tsr_join_decide(const struct tsr_join_facts *f)
{
	bool returns = f->is_known && f->admitted && !f->removed && !f->barred;

	if (f->credential == TSR_BY_DIGITS)
		return TSR_VERDICT_LOBBY;
	if (f->credential == TSR_BY_ORGANIZER_LINK && !f->handed_over)
		return TSR_VERDICT_ORGANIZER;
	if (returns && f->was_organizer)
		return TSR_VERDICT_ORGANIZER;
	/* The lock keeps out whoever is not inside already. */
	if (f->locked && !(returns && !f->gone))
		return f->knock ? TSR_VERDICT_LOBBY : TSR_VERDICT_LOCKED;
	if (returns)
		return TSR_VERDICT_ATTENDEE;
	if (f->lobby || f->any_barred || f->removed || f->barred)
		return TSR_VERDICT_LOBBY;
	return TSR_VERDICT_ATTENDEE;
}

/* One application, inside its transaction. */
struct admit {
	const struct tsr_keys *keys;
	const struct tsr_session_uid *uid;
	const struct tsr_applicant *applicant;
	struct tsr_admission *out;
};

static int gather(struct tsr_join_facts *facts, struct tsr_member_row *member,
	struct tsr_store *store, const struct tsr_session_row *session,
	const struct tsr_applicant *applicant)
{
	int r = tsr_member_any_barred(store, &session->uid);

	if (r < 0)
		return r;
	*facts = (struct tsr_join_facts){ .credential = applicant->credential,
		.knock = applicant->knock,
		.locked = session->locked,
		.lobby = session->lobby,
		.any_barred = r == 1,
		.handed_over = session->handed_over };
	r = tsr_member_find_device(member, store, &session->uid, applicant->device_key_hash,
		applicant->credential == TSR_BY_ORGANIZER_LINK);
	if (r == TSR_ERR_UNKNOWN)
		return 0;
	if (r != 0)
		return r;
	facts->is_known = true;
	facts->was_organizer = member->role == TESSERA__V1__ROLE__ROLE_ORGANIZER;
	facts->admitted = member->admitted;
	facts->removed = member->removed;
	facts->barred = member->barred;
	facts->gone = member->gone;
	return 0;
}

/* Numbers from 1 for those who may know how many there were; others get one that says nothing. */
static int choose_id(uint32_t *id, struct tsr_store *store, struct tsr_session_row *session,
	const struct admit *a)
{
	struct tsr_member_row other;
	int r = 0;

	*id = session->next_member;
	if (a->applicant->credential != TSR_BY_DIGITS) {
		session->next_member++;
		return tsr_session_update(store, session);
	}
	for (unsigned i = 0; i < KNOCKER_ATTEMPTS && r == 0; i++) {
		*id = tsr_knocker_id(a->keys, session->number, a->applicant->device_key_hash, i);
		r = tsr_member_find(&other, store, &session->uid, *id);
	}
	return r == TSR_ERR_UNKNOWN ? 0 : r == 0 ? TSR_ERR_FULL : r;
}

static int room_for(enum tsr_credential credential)
{
	switch (credential) {
	case TSR_BY_DIGITS:
		return TSR_SESSION_MEMBERS - KEPT_FROM_KNOCKERS;
	case TSR_BY_ORGANIZER_LINK:
		return TSR_SESSION_MEMBERS;
	default:
		return TSR_SESSION_MEMBERS - KEPT_FOR_ORGANIZER;
	}
}

static int add_member(struct tsr_member_row *member, struct tsr_store *store,
	struct tsr_session_row *session, const struct admit *a)
{
	int r = tsr_member_count(store, &session->uid);

	if (r < 0 || r >= room_for(a->applicant->credential))
		return r < 0 ? r : TSR_ERR_FULL;
	*member = (struct tsr_member_row){ .by_organizer_link = a->applicant->credential ==
								TSR_BY_ORGANIZER_LINK,
		.role = TESSERA__V1__ROLE__ROLE_ATTENDEE,
		.may_chat_public = true,
		.may_chat_private = true,
		.may_share = true,
		.may_audio = true,
		.may_video = true };
	memcpy(member->device_key_hash, a->applicant->device_key_hash, TSR_HASH_LEN);
	snprintf(member->name, sizeof(member->name), "%s", a->applicant->name);
	return choose_id(&member->id, store, session, a);
}

/*
 * A token that is never used must open no door later: only the edge's commits say who is in, and
 * who came back after he had been sent out. So an old record stays as it is, but for his having a
 * link, and a new one is that of somebody who was not admitted yet. WAITING would say that he was
 * sent to the lobby: the next edge would keep him there, whatever was decided since.
 */
static bool note_verdict(
	struct tsr_member_row *member, const struct tsr_join_facts *facts, enum tsr_verdict verdict)
{
	bool changes = !facts->is_known || (facts->credential >= TSR_BY_LINK && !member->by_link);

	if (!facts->is_known)
		member->role = verdict == TSR_VERDICT_ORGANIZER ? TESSERA__V1__ROLE__ROLE_ORGANIZER
								: TESSERA__V1__ROLE__ROLE_ATTENDEE;
	member->by_link |= facts->credential >= TSR_BY_LINK;
	return changes;
}

static int admit_in_tx(struct tsr_store *store, void *arg)
{
	const struct admit *a = arg;
	struct tsr_session_row session;
	struct tsr_member_row member;
	struct tsr_join_facts facts;
	int r;

	memset(a->out, 0, sizeof(*a->out));
	if ((r = tsr_session_find(&session, store, a->uid)) != 0)
		return r == TSR_ERR_UNKNOWN ? TSR_ERR_ENDED : r;
	if ((r = gather(&facts, &member, store, &session, a->applicant)) != 0)
		return r;
	a->out->verdict = tsr_join_decide(&facts);
	memcpy(a->out->title, session.title, sizeof(a->out->title));
	if (a->out->verdict == TSR_VERDICT_LOCKED)
		return 0;
	if (!facts.is_known && (r = add_member(&member, store, &session, a)) != 0)
		return r;
	a->out->member = member.id;
	if (note_verdict(&member, &facts, a->out->verdict))
		return tsr_member_put(store, &session.uid, &member);
	return 0;
}

int tsr_join_admit(struct tsr_admission *out, struct tsr_store *store, const struct tsr_keys *keys,
	const struct tsr_session_uid *uid, const struct tsr_applicant *applicant)
{
	struct admit a = { .keys = keys, .uid = uid, .applicant = applicant, .out = out };

	return tsr_store_tx(store, admit_in_tx, &a);
}
