/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Durable changes: asked, judged, kept by the store, applied; one after the other.
 *
 *	asked ----> pending ----> in flight ---- kept -----> applied, acknowledged
 *	   \           \              |  \------ refused --> nothing happened: "not now"
 *	    refused     refused,      |
 *	    at once     or outraced   5 s: in doubt, "not now"; all that is pending likewise.
 *	                              A late "kept" still applies; when the answer is lost, the
 *	                              store is made to agree with us by a flush.
 *
 * A flush keeps soft facts that a new owner would want (who is admitted, who left) without
 * anybody waiting for it.
 */
#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"
#include "core/session/state.h"

#define PENDING_CAP (TSR_SESSION_PENDING_MAX + 1)
#define PENDING_PER_MEMBER 8
#define RETRY_AFTER (5 * TSR_SECOND)

bool tsr_durable_covers(enum tsr_act act)
{
	switch (act) {
	case TSR_ACT_TAKE_PRESENTER:
	case TSR_ACT_MAKE_PRESENTER:
	case TSR_ACT_SET_LOCKED:
	case TSR_ACT_SET_LOBBY:
	case TSR_ACT_SET_OPEN:
	case TSR_ACT_SET_CHAT:
	case TSR_ACT_SET_SHARE_RIGHT:
	case TSR_ACT_SET_MEDIA_RIGHT:
	case TSR_ACT_ADMIT:
	case TSR_ACT_REMOVE:
	case TSR_ACT_BAR:
	case TSR_ACT_TO_LOBBY:
	case TSR_ACT_UNBAR:
	case TSR_ACT_HAND_OVER:
	case TSR_ACT_END:
		return true;
	default:
		return false;
	}
}

static bool is_by_session(const struct durable *op)
{
	return op->asker.v == 0;
}

static void conclude(struct tsr_session *s, const struct durable *op, int err)
{
	if (is_by_session(op)) {
		s->is_succession_queued = false;
		if (err)
			s->succession_retry_at = s->now + RETRY_AFTER;
		return;
	}
	tsr_round_push_result(s, op, err, (struct tsr_stream_id){ 0 });
}

/* Somebody who may only take or pass the presenter role loses to whoever was there first: he
 * asked for it from another one than has it now, or cannot have seen yet who has it. */
static int judge_race(const struct tsr_session *s, const struct durable *op)
{
	if (tsr_member_id_equal(op->asker, s->settings.organizer))
		return 0;
	if (op->act != TSR_ACT_TAKE_PRESENTER && op->act != TSR_ACT_MAKE_PRESENTER)
		return 0;
	if (s->settings.presenter.v == 0 || tsr_member_id_equal(op->asker, s->settings.presenter))
		return 0;
	if (!tsr_member_id_equal(op->presenter_seen, s->settings.presenter))
		return TSR_ERR_OUTRACED;
	if (op->asked_at < s->presenter_changed_at + TSR_SESSION_TAKE_HOLD)
		return TSR_ERR_OUTRACED;
	return 0;
}

static int judge(const struct tsr_session *s, const struct durable *op)
{
	const struct seat *asker = tsr_seat_find(s, op->asker);
	struct tsr_policy_facts facts;
	int r;

	if (is_by_session(op))
		return tsr_succession_at(s) <= s->now ? 0 : TSR_ERR_OUTRACED;
	if (!asker)
		return TSR_ERR_DENIED;
	facts = tsr_facts_of(s, asker, op->member);
	if ((r = tsr_policy_allows(op->act, &facts)) != 0)
		return r;
	if (op->act == TSR_ACT_ADMIT && s->n_inside >= TSR_SESSION_MEMBERS_MAX)
		return TSR_ERR_FULL;
	return judge_race(s, op);
}

static int flight_reserve(struct flight *f, size_t n)
{
	struct tsr_member_record *wider;

	if (n <= f->cap)
		return 0;
	wider = realloc(f->records, n * sizeof(*wider));
	if (!wider)
		return TSR_ERR_NOMEM;
	f->records = wider;
	f->cap = n;
	return 0;
}

/* Puts into s->flight what the store would be asked to keep. is_new: it differs from what is. */
static int propose(struct tsr_session *s, const struct durable *op, bool *is_new)
{
	struct tsr_member_id ids[TSR_SESSION_COMMIT_MAX];
	size_t n = tsr_change_targets(s, op, ids);
	struct flight *f = &s->flight;
	int r;

	if ((r = flight_reserve(f, n)) != 0)
		return r;
	f->op = *op;
	f->n_records = 0;
	memcpy(&f->settings, &s->settings, sizeof(f->settings));
	tsr_change_settings(op, &f->settings);
	*is_new = op->act == TSR_ACT_END ||
		  memcmp(&f->settings, &s->settings, sizeof(f->settings)) != 0;
	for (size_t i = 0; i < n; i++) {
		const struct seat *seat = tsr_seat_find(s, ids[i]);
		struct tsr_member_record *copy = &f->records[f->n_records];

		if (!seat)
			continue;
		memcpy(copy, &seat->m.record, sizeof(*copy));
		tsr_change_record(op, copy);
		*is_new = *is_new || memcmp(copy, &seat->m.record, sizeof(*copy)) != 0;
		f->n_records++;
	}
	return 0;
}

static void mark_in_flight(struct tsr_session *s, bool is_in_flight)
{
	for (size_t i = 0; i < s->flight.n_records; i++) {
		struct seat *seat = tsr_seat_find(s, s->flight.records[i].id);

		if (!seat)
			continue;
		seat->is_in_flight = is_in_flight;
		tsr_round_touch_seat(s, seat);
	}
}

static void take_off(struct tsr_session *s, bool is_flush)
{
	struct flight *f = &s->flight;

	s->commit_seq = (s->commit_seq > s->state_seq ? s->commit_seq : s->state_seq) + 1;
	f->is_busy = true;
	f->is_flush = is_flush;
	f->is_in_doubt = false;
	f->seq = s->commit_seq;
	f->deadline = s->now + TSR_SESSION_COMMIT_PATIENCE;
	mark_in_flight(s, true);
	tsr_round_push(s, &(struct queued){ .kind = TSR_SESSION_COMMIT });
}

static void push_pending(struct tsr_session *s, const struct durable *op)
{
	s->pending[(s->first_pending + s->n_pending++) % PENDING_CAP] = *op;
}

static struct durable pop_pending(struct tsr_session *s)
{
	struct durable op = s->pending[s->first_pending];

	s->first_pending = (s->first_pending + 1) % PENDING_CAP;
	s->n_pending--;
	return op;
}

static void apply(struct tsr_session *s, const struct durable *op)
{
	struct tsr_member_id ids[TSR_SESSION_COMMIT_MAX];

	tsr_change_apply(s, op);
	if (s->has_ended)
		return;
	/* A large lobby is admitted in portions; the rest goes before what others ask for. */
	if (op->act == TSR_ACT_ADMIT && op->member.v == 0 && tsr_change_targets(s, op, ids) > 0) {
		s->first_pending = (s->first_pending + PENDING_CAP - 1) % PENDING_CAP;
		s->pending[s->first_pending] = *op;
		s->n_pending++;
		return;
	}
	if (!s->flight.is_in_doubt)
		conclude(s, op, 0);
}

static void start(struct tsr_session *s, struct durable *op)
{
	bool is_new = false;
	int r;

	if (is_by_session(op))
		op->member = s->successor;
	r = judge(s, op);
	if ((r == TSR_ERR_DENIED || r == TSR_ERR_UNKNOWN) && op->was_allowed)
		r = TSR_ERR_OUTRACED; /* it was right when he asked */
	if (r == 0)
		r = propose(s, op, &is_new);
	if (r != 0) {
		conclude(s, op, r);
		return;
	}
	if (is_new)
		take_off(s, false);
	else
		apply(s, op); /* nothing to keep */
}

static void start_flush(struct tsr_session *s)
{
	struct flight *f = &s->flight;

	if (flight_reserve(f, TSR_SESSION_COMMIT_MAX) != 0) {
		s->flush_at = s->now + RETRY_AFTER;
		return;
	}
	f->n_records = 0;
	f->settings = s->settings;
	s->are_settings_dirty = false;
	tsr_list_each (pos, next, &s->dirty_seats) {
		struct seat *seat = tsr_list_entry(pos, struct seat, dirty_link);

		if (f->n_records == TSR_SESSION_COMMIT_MAX)
			break;
		tsr_list_remove(pos);
		f->records[f->n_records++] = seat->m.record;
	}
	take_off(s, true);
}

static bool has_to_flush(const struct tsr_session *s)
{
	return s->are_settings_dirty || !tsr_list_is_empty(&s->dirty_seats);
}

void tsr_durable_pump(struct tsr_session *s)
{
	while (!s->flight.is_busy && !s->has_ended) {
		if (s->n_pending > 0) {
			struct durable op = pop_pending(s);

			start(s, &op);
		} else if (has_to_flush(s) && s->now >= s->flush_at) {
			start_flush(s);
		} else {
			break;
		}
	}
}

static size_t n_pending_of(const struct tsr_session *s, struct tsr_member_id asker)
{
	size_t n = 0;

	for (size_t i = 0; i < s->n_pending; i++)
		n += tsr_member_id_equal(
			s->pending[(s->first_pending + i) % PENDING_CAP].asker, asker);
	return n;
}

static bool is_for_later(const struct tsr_session *s, const struct durable *op)
{
	/* The organizer may ask for one thing that only the one before makes possible. */
	return tsr_member_id_equal(op->asker, s->settings.organizer) &&
	       (s->flight.is_busy || s->n_pending > 0);
}

void tsr_durable_ask(struct tsr_session *s, const struct durable *asked)
{
	struct durable op = *asked;
	int r = 0;

	op.presenter_seen = s->settings.presenter;
	op.asked_at = s->now;
	r = judge(s, &op);
	op.was_allowed = r == 0;
	if (is_for_later(s, &op))
		r = 0;
	if (r == 0 && s->flight.is_busy && s->flight.is_in_doubt)
		r = TSR_ERR_STORE;
	if (r == 0 && (s->n_pending >= TSR_SESSION_PENDING_MAX ||
			      n_pending_of(s, op.asker) >= PENDING_PER_MEMBER))
		r = TSR_ERR_BUSY;
	if (r != 0)
		conclude(s, &op, r);
	else
		push_pending(s, &op);
}

/* The store shall have these records and the settings as they are now. */
static void flush_again(struct tsr_session *s, tsr_time at)
{
	for (size_t i = 0; i < s->flight.n_records; i++) {
		struct seat *seat = tsr_seat_find(s, s->flight.records[i].id);

		if (seat)
			tsr_seat_mark_dirty(s, seat);
	}
	s->are_settings_dirty = true;
	s->flush_at = at;
}

static void mark_kept(struct tsr_session *s)
{
	for (size_t i = 0; i < s->flight.n_records; i++) {
		struct seat *seat = tsr_seat_find(s, s->flight.records[i].id);

		if (seat)
			seat->is_kept = true;
	}
}

void tsr_durable_answer(struct tsr_session *s, uint64_t seq, enum tsr_commit_answer answer)
{
	struct flight *f = &s->flight;
	struct durable op = f->op;

	if (!f->is_busy || f->seq != seq)
		return;
	f->is_busy = false;
	mark_in_flight(s, false);
	if (answer == TSR_COMMIT_KEPT)
		mark_kept(s);
	if (f->is_flush && answer != TSR_COMMIT_KEPT)
		flush_again(s, s->now + RETRY_AFTER);
	if (f->is_flush)
		return;
	if (answer == TSR_COMMIT_KEPT) {
		apply(s, &op);
		return;
	}
	if (answer == TSR_COMMIT_LOST)
		flush_again(s, s->now);
	if (!f->is_in_doubt)
		conclude(s, &op, TSR_ERR_STORE);
}

void tsr_durable_expire(struct tsr_session *s)
{
	struct flight *f = &s->flight;

	if (!f->is_busy || f->is_in_doubt || s->now < f->deadline)
		return;
	f->is_in_doubt = true;
	if (!f->is_flush)
		conclude(s, &f->op, TSR_ERR_STORE);
	while (s->n_pending > 0) {
		struct durable op = pop_pending(s);

		conclude(s, &op, TSR_ERR_STORE);
	}
}

tsr_time tsr_durable_next_timeout(const struct tsr_session *s)
{
	if (s->flight.is_busy)
		return s->flight.is_in_doubt ? TSR_TIME_NEVER : s->flight.deadline;
	return has_to_flush(s) ? s->flush_at : TSR_TIME_NEVER;
}
