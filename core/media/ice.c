/* SPDX-License-Identifier: Apache-2.0 */
#include "core/media/ice.h"

#include <assert.h>
#include <stdio.h>

#include "core/base/err.h"
#include "core/crypto/random.h"

#define UFRAG_LEN 12
#define PREFIX_MAX 8
#define PWD_LEN 24
#define NOMINATION_HOLD TSR_SECOND
#define CHECK_FIRST (50 * TSR_MS)
#define CHECK_MAX (500 * TSR_MS)
#define CHECK_IDLE (2500 * TSR_MS) /* between requests that are answered */
#define PRIORITY_PRFLX (UINT32_C(110) << 24 | 65535u << 8 | 255u) /* RFC 8445 5.1.2.1 */

static struct tsr_slice pwd_of(const struct tsr_ice_credentials *credentials)
{
	return tsr_slice_str(credentials->pwd);
}

static void draw_text(char *out, size_t len)
{
	static const char alphabet[64] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
					 "abcdefghijklmnopqrstuvwxyz0123456789+/";
	uint8_t bytes[PWD_LEN];

	assert(len <= sizeof(bytes));
	tsr_random(bytes, len);
	for (size_t i = 0; i < len; i++)
		out[i] = alphabet[bytes[i] % 64];
	out[len] = '\0';
}

void tsr_ice_draw(struct tsr_ice_credentials *out, const char *prefix)
{
	size_t len = strlen(prefix);

	assert(len <= PREFIX_MAX);
	memset(out, 0, sizeof(*out));
	memcpy(out->ufrag, prefix, len);
	draw_text(out->ufrag + len, UFRAG_LEN);
	draw_text(out->pwd, PWD_LEN);
}

void tsr_ice_init(struct tsr_ice *ice, bool is_lite, const struct tsr_ice_credentials *local)
{
	*ice = (struct tsr_ice){ .is_lite = is_lite, .local = *local, .selected = -1 };
}

void tsr_ice_restart(struct tsr_ice *ice, const struct tsr_ice_credentials *local)
{
	ice->old = ice->local;
	ice->local = *local;
	ice->generation++;
}

void tsr_ice_check(struct tsr_ice *ice, const struct tsr_ice_credentials *remote,
	const struct tsr_tuple *tuple, tsr_time now)
{
	assert(!ice->is_lite);
	ice->remote = *remote;
	ice->check.tuple = *tuple;
	ice->check.at = now;
	ice->check.interval = CHECK_FIRST;
	ice->check.is_on = true;
	ice->check.is_answered = false;
	tsr_random(ice->check.transaction, sizeof(ice->check.transaction));
	tsr_random(&ice->check.tie_breaker, sizeof(ice->check.tie_breaker));
}

/* ---- tuples ---- */

static struct tsr_ice_tuple *find(const struct tsr_ice *ice, const struct tsr_tuple *tuple)
{
	for (uint32_t i = 0; i < ice->n_tuples; i++)
		if (tsr_tuple_equal(&ice->tuples[i].tuple, tuple))
			return (struct tsr_ice_tuple *)&ice->tuples[i];
	return NULL;
}

/* Whether a is the one to send on, of two that work: where the peer nominated, and lately. */
static bool is_fresher(const struct tsr_ice_tuple *a, const struct tsr_ice_tuple *b)
{
	if (a->is_nominated != b->is_nominated)
		return a->is_nominated;
	return a->is_nominated ? a->nominated_at > b->nominated_at : a->checked_at > b->checked_at;
}

static void remove_at(struct tsr_ice *ice, uint32_t i)
{
	int32_t last = (int32_t)--ice->n_tuples;

	ice->tuples[i] = ice->tuples[last];
	if (ice->selected == last && (int32_t)i != last)
		ice->selected = (int32_t)i;
	else if (ice->selected == (int32_t)i) {
		ice->selected = last > 0 ? 0 : -1;
		for (int32_t j = 1; j < last; j++)
			if (is_fresher(&ice->tuples[j], &ice->tuples[ice->selected]))
				ice->selected = j;
	}
}

/* A full table loses the tuple that is silent for longest, but not the one sent on. */
static struct tsr_ice_tuple *add(
	struct tsr_ice *ice, struct tsr_ice_result *result, const struct tsr_tuple *tuple)
{
	if (ice->n_tuples == TSR_ICE_TUPLES_MAX) {
		uint32_t idle = ice->selected == 0 ? 1 : 0;

		for (uint32_t i = idle + 1; i < ice->n_tuples; i++)
			if ((int32_t)i != ice->selected &&
				ice->tuples[i].checked_at < ice->tuples[idle].checked_at)
				idle = i;
		result->has_gone = true;
		result->gone = ice->tuples[idle].tuple;
		remove_at(ice, idle);
	}
	ice->tuples[ice->n_tuples] = (struct tsr_ice_tuple){ .tuple = *tuple };
	result->is_new = true;
	return &ice->tuples[ice->n_tuples++];
}

/* The peer has just nominated tuple, by the same words as in ice.h. */
static bool takes_over(
	const struct tsr_ice_tuple *tuple, const struct tsr_ice_tuple *selected, tsr_time now)
{
	return !selected->is_nominated || (int32_t)(tuple->generation - selected->generation) > 0 ||
	       tuple->priority >= selected->priority ||
	       now - selected->nominated_at >= NOMINATION_HOLD;
}

static void note_check(struct tsr_ice *ice, struct tsr_ice_result *result,
	const struct tsr_tuple *tuple, const struct tsr_stun *request, uint32_t generation,
	tsr_time now)
{
	struct tsr_ice_tuple *known = find(ice, tuple);
	int32_t at;

	if (!known)
		known = add(ice, result, tuple);
	known->checked_at = now;
	known->generation = generation;
	known->priority = request->priority;
	at = (int32_t)(known - ice->tuples);
	if (ice->selected < 0)
		ice->selected = at;
	if (!request->use_candidate)
		return;
	if (ice->selected != at && takes_over(known, &ice->tuples[ice->selected], now))
		ice->selected = at;
	known->is_nominated = true;
	known->nominated_at = now;
}

/* ---- messages ---- */

static const struct tsr_ice_credentials *find_credentials(
	const struct tsr_ice *ice, struct tsr_slice ufrag)
{
	if (tsr_slice_equal(ufrag, tsr_slice_str(ice->local.ufrag)))
		return &ice->local;
	if (ice->old.ufrag[0] && tsr_slice_equal(ufrag, tsr_slice_str(ice->old.ufrag)))
		return &ice->old;
	return NULL;
}

static void answer(const struct tsr_stun *request, uint16_t error, const struct tsr_tuple *tuple,
	struct tsr_slice pwd, struct tsr_outbox *outbox)
{
	uint8_t *out = tsr_outbox_space(outbox, TSR_STUN_MESSAGE_MAX);
	size_t len;

	if (out && (error ? tsr_stun_write_error(out, &len, request, error, pwd)
			  : tsr_stun_write_success(out, &len, request, tuple, pwd)) == 0)
		tsr_outbox_commit(outbox, tuple, len);
}

static int handle_request(struct tsr_ice *ice, struct tsr_ice_result *result,
	const struct tsr_stun *request, const struct tsr_tuple *tuple, tsr_time now,
	struct tsr_outbox *outbox)
{
	const struct tsr_ice_credentials *mine = find_credentials(ice, tsr_stun_ufrag(request));
	uint16_t error = 0;
	int r;

	if (!mine)
		return TSR_ERR_AUTH;
	if ((r = tsr_stun_check(request, pwd_of(mine))) != 0)
		return r;
	if (request->unknown)
		error = TSR_STUN_UNKNOWN_ATTRIBUTE;
	else if (ice->is_lite && request->role == TSR_STUN_CONTROLLED)
		error = TSR_STUN_ROLE_CONFLICT; /* a lite agent never controls (RFC 8445 6.1.1) */
	answer(request, error, tuple, pwd_of(mine), outbox);
	if (error)
		return 0;
	if (mine == &ice->local)
		ice->old.ufrag[0] = '\0';
	if (ice->is_lite)
		note_check(ice, result, tuple, request, ice->generation - (mine == &ice->old), now);
	return 0;
}

/* FULL: our request came back from where it went (RFC 8445 7.2.5.2.1). */
static int handle_success(struct tsr_ice *ice, struct tsr_ice_result *result,
	const struct tsr_stun *response, const struct tsr_tuple *tuple, tsr_time now)
{
	struct tsr_ice_tuple *known;
	int r;

	if (!ice->check.is_on || ice->check.is_answered ||
		!tsr_tuple_equal(tuple, &ice->check.tuple) ||
		memcmp(response->transaction, ice->check.transaction, TSR_STUN_TRANSACTION_LEN) !=
			0)
		return TSR_ERR_STALE;
	if ((r = tsr_stun_check(response, pwd_of(&ice->remote))) != 0)
		return r;
	known = find(ice, tuple);
	if (!known)
		known = add(ice, result, tuple);
	known->checked_at = known->nominated_at = now;
	known->is_nominated = true;
	ice->selected = (int32_t)(known - ice->tuples);
	ice->check.is_answered = true;
	ice->check.at = now + CHECK_IDLE;
	ice->check.interval = CHECK_FIRST;
	return 0;
}

int tsr_ice_handle_stun(struct tsr_ice *ice, struct tsr_ice_result *result,
	struct tsr_slice datagram, const struct tsr_tuple *tuple, tsr_time now,
	struct tsr_outbox *outbox)
{
	struct tsr_stun stun;
	int r;

	*result = (struct tsr_ice_result){ 0 };
	if ((r = tsr_stun_parse(&stun, datagram)) != 0)
		return r;
	if (stun.class == TSR_STUN_REQUEST)
		return handle_request(ice, result, &stun, tuple, now, outbox);
	if (stun.class == TSR_STUN_SUCCESS)
		return handle_success(ice, result, &stun, tuple, now);
	return TSR_ERR_STALE; /* an indication keeps a binding open, an error is said again */
}

/* ---- time ---- */

static void send_check(struct tsr_ice *ice, tsr_time now, struct tsr_outbox *outbox)
{
	uint8_t *out = tsr_outbox_space(outbox, TSR_STUN_MESSAGE_MAX);
	char username[2 * TSR_ICE_UFRAG_MAX + 2];
	struct tsr_stun_request request = { .priority = PRIORITY_PRFLX,
		.tie_breaker = ice->check.tie_breaker,
		.use_candidate = true };
	size_t len;

	if (ice->check.is_answered) {
		tsr_random(ice->check.transaction, sizeof(ice->check.transaction));
		ice->check.is_answered = false;
	}
	snprintf(username, sizeof(username), "%s:%s", ice->remote.ufrag, ice->local.ufrag);
	request.username = tsr_slice_str(username);
	memcpy(request.transaction, ice->check.transaction, sizeof(request.transaction));
	if (out && tsr_stun_write_request(out, &len, &request, pwd_of(&ice->remote)) == 0)
		tsr_outbox_commit(outbox, &ice->check.tuple, len);
	ice->check.at = now + ice->check.interval;
	ice->check.interval = tsr_time_min(2 * ice->check.interval, CHECK_MAX);
}

bool tsr_ice_handle_timeout(
	struct tsr_ice *ice, struct tsr_tuple *gone, tsr_time now, struct tsr_outbox *outbox)
{
	if (ice->check.is_on && now >= ice->check.at)
		send_check(ice, now, outbox);
	for (uint32_t i = 0; i < ice->n_tuples; i++)
		if (now - ice->tuples[i].checked_at >= TSR_ICE_CONSENT) {
			*gone = ice->tuples[i].tuple;
			remove_at(ice, i);
			return true;
		}
	return false;
}

tsr_time tsr_ice_next_timeout(const struct tsr_ice *ice)
{
	tsr_time at = ice->check.is_on ? ice->check.at : TSR_TIME_NEVER;

	for (uint32_t i = 0; i < ice->n_tuples; i++)
		at = tsr_time_min(at, ice->tuples[i].checked_at + TSR_ICE_CONSENT);
	return at;
}

bool tsr_ice_drop(struct tsr_ice *ice, const struct tsr_tuple *tuple)
{
	struct tsr_ice_tuple *known = find(ice, tuple);

	if (ice->check.is_on && tsr_tuple_equal(tuple, &ice->check.tuple))
		ice->check.is_on = false;
	if (known)
		remove_at(ice, (uint32_t)(known - ice->tuples));
	return known != NULL;
}

bool tsr_ice_is_valid(const struct tsr_ice *ice, const struct tsr_tuple *tuple)
{
	return find(ice, tuple) != NULL;
}

const struct tsr_tuple *tsr_ice_selected(const struct tsr_ice *ice)
{
	return ice->selected < 0 ? NULL : &ice->tuples[ice->selected].tuple;
}
