/* SPDX-License-Identifier: Apache-2.0 */
#include "core/media/nack.h"

#include <string.h>

#include "core/media/rtp.h"

enum { TRIES_MAX = 8, JUMP_MAX = 3000 };
#define PATIENCE (5 * TSR_MS) /* for packets that overtook each other */
#define AGE_MAX TSR_SECOND
#define ROUND_TRIP_START (100 * TSR_MS)
#define ROUND_TRIP_MIN (20 * TSR_MS)
#define ROUND_TRIP_MAX (500 * TSR_MS)

void tsr_nack_init(struct tsr_nack *nack)
{
	memset(nack, 0, sizeof(*nack));
	nack->round_trip = ROUND_TRIP_START;
}

static void note(struct tsr_nack *nack, uint32_t seq, bool came)
{
	uint64_t *word = &nack->came[seq % TSR_NACK_WINDOW / 64], bit = (uint64_t)1 << seq % 64;

	*word = came ? *word | bit : *word & ~bit;
}

static bool has_come(const struct tsr_nack *nack, uint32_t seq)
{
	return nack->came[seq % TSR_NACK_WINDOW / 64] >> seq % 64 & 1;
}

static void forget(struct tsr_nack *nack, uint32_t i)
{
	nack->n_missing--;
	memmove(&nack->missing[i], &nack->missing[i + 1],
		(nack->n_missing - i) * sizeof(nack->missing[0]));
}

/* All from first to before end. Of more than there is room for, the newest. */
static void miss(struct tsr_nack *nack, uint32_t first, uint32_t end, tsr_time now)
{
	uint32_t n, old;

	if (end - first > TSR_NACK_MISSING_MAX)
		first = end - TSR_NACK_MISSING_MAX;
	n = end - first;
	old = nack->n_missing + n > TSR_NACK_MISSING_MAX
		      ? nack->n_missing + n - TSR_NACK_MISSING_MAX
		      : 0;
	nack->n_missing -= old;
	memmove(&nack->missing[0], &nack->missing[old], nack->n_missing * sizeof(nack->missing[0]));
	for (; first != end; first++)
		nack->missing[nack->n_missing++] = (struct tsr_nack_missing){
			.seq = first, .since = now, .next = now + PATIENCE
		};
}

static void begin(struct tsr_nack *nack, uint16_t seq)
{
	nack->has_started = true;
	nack->is_suspect = false;
	/* Far from zero, so that packets before the first one have a number, too. */
	nack->first = nack->newest = 0x10000u + seq;
	nack->n_missing = 0;
	memset(nack->came, 0xff, sizeof(nack->came));
	nack->n_came = 1;
	nack->n_recovered = 0;
}

static void recover(struct tsr_nack *nack, uint32_t seq, tsr_time now)
{
	for (uint32_t i = 0; i < nack->n_missing; i++) {
		const struct tsr_nack_missing *m = &nack->missing[i];

		if (m->seq != seq)
			continue;
		if (m->n_asked == 1) { /* else nobody knows which of them was answered */
			tsr_time took = now - m->asked;

			took = took < ROUND_TRIP_MIN ? ROUND_TRIP_MIN : took;
			nack->round_trip +=
				(tsr_time_min(took, ROUND_TRIP_MAX) - nack->round_trip) / 8;
		}
		forget(nack, i);
		return;
	}
}

static enum tsr_nack_result advance(struct tsr_nack *nack, uint32_t seq, tsr_time now)
{
	uint32_t first = nack->newest + 1;

	if (seq - first >= TSR_NACK_WINDOW)
		memset(nack->came, 0, sizeof(nack->came));
	else
		for (uint32_t i = first; i != seq; i++)
			note(nack, i, false);
	if (seq != first)
		miss(nack, first, seq, now);
	nack->newest = seq;
	note(nack, seq, true);
	while (nack->n_missing && nack->newest - nack->missing[0].seq >= TSR_NACK_WINDOW)
		forget(nack, 0);
	return TSR_NACK_NEXT;
}

enum tsr_nack_result tsr_nack_handle_packet(
	struct tsr_nack *nack, uint16_t seq, tsr_time now, uint32_t *index)
{
	uint32_t i;

	if (!nack->has_started) {
		begin(nack, seq);
		*index = nack->newest;
		return TSR_NACK_NEXT;
	}
	i = *index = tsr_unwrap_u16(nack->newest, seq);
	if (tsr_is_after(i, nack->newest) ? i - nack->newest > JUMP_MAX
					  : nack->newest - i > JUMP_MAX) {
		/* RFC 3550 A.1: two in sequence make a restart, one is a stray. */
		if (nack->is_suspect && seq == (uint16_t)(nack->suspect + 1)) {
			begin(nack, seq);
			*index = nack->newest;
			return TSR_NACK_RESTART;
		}
		nack->is_suspect = true;
		nack->suspect = seq;
		return TSR_NACK_REPEATED;
	}
	if (tsr_is_after(i, nack->newest)) {
		nack->n_came++;
		return advance(nack, i, now);
	}
	if (nack->newest - i >= TSR_NACK_WINDOW || has_come(nack, i))
		return TSR_NACK_REPEATED;
	note(nack, i, true);
	recover(nack, i, now);
	nack->n_came++;
	nack->n_recovered++;
	return TSR_NACK_RECOVERED;
}

size_t tsr_nack_poll(struct tsr_nack *nack, tsr_time now, uint16_t *seqs, size_t cap)
{
	size_t n = 0;

	for (uint32_t i = 0; i < nack->n_missing && n < cap;) {
		struct tsr_nack_missing *m = &nack->missing[i];

		if (m->next > now) {
			i++;
		} else if (m->n_asked == TRIES_MAX || now - m->since > AGE_MAX) {
			forget(nack, i);
		} else {
			seqs[n++] = (uint16_t)m->seq;
			m->n_asked++;
			m->asked = now;
			m->next = now + nack->round_trip + nack->round_trip / 4;
			i++;
		}
	}
	return n;
}

void tsr_nack_give_up(struct tsr_nack *nack)
{
	nack->n_missing = 0;
}

tsr_time tsr_nack_next_timeout(const struct tsr_nack *nack)
{
	tsr_time next = TSR_TIME_NEVER;

	for (uint32_t i = 0; i < nack->n_missing; i++)
		next = tsr_time_min(next, nack->missing[i].next);
	return next;
}
