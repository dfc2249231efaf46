/* SPDX-License-Identifier: Apache-2.0 */
/* How a receiver's line is shared among what is wanted: which videos, and which layer of each. */
#include "core/media/state.h"

#define RISE_AFTER (1500 * TSR_MS) /* since the line was found to carry less */
#define RISE_AFTER_MAX (6 * TSR_SECOND)
#define RISE_HELD (3 * TSR_SECOND)
#define RISE_FORGIVEN (15 * TSR_SECOND)
#define GUESS_FOR (5 * TSR_SECOND) /* after it was opened, of what has not come yet */
#define GUESS_BPS 3000000u

/* What is wanted most; else who spoke last; else who opened first. */
static bool comes_before(const struct tsr_consumer *a, const struct tsr_consumer *b)
{
	if (a->wants.priority != b->wants.priority)
		return a->wants.priority > b->wants.priority;
	if (a->source->spoke != b->source->spoke)
		return a->source->spoke > b->source->spoke;
	return a->source->config.id.v < b->source->config.id.v;
}

/* Marks the last n of the videos that are wanted and there. */
static void mark_last(struct tsr_egress *e)
{
	struct tsr_consumer *best[TSR_MEDIA_LAST_N_MAX];
	uint32_t n = 0;

	for (uint32_t i = 0; e->last_n && i < e->n_slots; i++) {
		struct tsr_consumer *c = e->slots[i].consumer;
		uint32_t at;

		if (!c || c->source->is_audio || !c->wants.is_on)
			continue;
		c->is_among_last = false;
		if (c->source->n_options == 0)
			continue;
		if (n == e->last_n && !comes_before(c, best[n - 1]))
			continue;
		n += n < e->last_n;
		for (at = n - 1; at > 0 && comes_before(c, best[at - 1]); at--)
			best[at] = best[at - 1];
		best[at] = c;
	}
	for (uint32_t i = 0; i < n; i++)
		best[i]->is_among_last = true;
}

static size_t gather_asks(struct tsr_egress *e, tsr_time now)
{
	struct tsr_layers_ask *asks = e->router->asks;
	size_t n = 0;

	e->audio_bps = 0;
	e->is_guessing = false;
	mark_last(e);
	for (uint32_t i = 0; i < e->n_slots; i++) {
		struct tsr_consumer *c = e->slots[i].consumer;

		if (!c || !c->wants.is_on)
			continue;
		if (c->source->is_audio) {
			e->audio_bps += c->source->audio_bps;
			c->reason = TSR_CONSUMER_FULL;
			continue;
		}
		e->is_guessing |= !c->source->is_measured &&
				  (c->source->n_options || now - e->opened < GUESS_FOR);
		if (c->source->n_options == 0 || (e->last_n && !c->is_among_last)) {
			c->reason = c->source->n_options ? TSR_CONSUMER_OFF : TSR_CONSUMER_SOURCE;
			if (c->source->n_options)
				tsr_consumer_choose(c, NULL, false, now);
			continue;
		}
		asks[n++] = (struct tsr_layers_ask){ .options = c->source->options,
			.n_options = c->source->n_options,
			.max_spatial = c->wants.max_spatial,
			.max_temporal = c->wants.max_temporal,
			.priority = c->wants.priority,
			.current = (int8_t)tsr_consumer_option(c),
			.user = c };
	}
	return n;
}

static void explain(struct tsr_consumer *c, const struct tsr_layers_ask *ask)
{
	bool is_cut = false;

	for (int i = ask->choice + 1; i < ask->n_options; i++)
		is_cut |= ask->options[i].spatial <= ask->max_spatial &&
			  ask->options[i].temporal <= ask->max_temporal;
	c->reason = is_cut            ? TSR_CONSUMER_BANDWIDTH
		    : c->encoding < 0 ? TSR_CONSUMER_WAITING
				      : TSR_CONSUMER_FULL;
}

static int spatial_of(const struct tsr_layers_ask *ask, int option)
{
	return option < 0 ? -1 : ask->options[option].spatial;
}

/* A larger picture costs a key frame on the way up and one on the way down: when the line did not
 * carry it for long, the next try is later. */
static void note_change(struct tsr_egress *e, int before, int after, tsr_time now)
{
	if (before < 0 || before == after)
		return;
	if (after > before) {
		e->risen = now;
	} else if (now - e->risen < RISE_HELD) {
		e->rise_after = tsr_time_min(2 * e->rise_after, RISE_AFTER_MAX);
		e->risen = now - RISE_HELD;
	}
}

void tsr_egress_choose(struct tsr_egress *e, tsr_time now)
{
	struct tsr_layers_ask *asks = e->router->asks;
	uint64_t target = tsr_bwe_target(&e->bwe), video, first, had = 0;
	size_t n = gather_asks(e, now);
	bool may_rise;

	if (now - e->risen > RISE_FORGIVEN)
		e->rise_after = RISE_AFTER;
	may_rise = now - e->bwe.decreased > e->rise_after && e->bwe.standing < TSR_QUEUE_STANDS;

	/* A twentieth for what has to be sent again. Sound comes first and is not weighed. */
	video = target - target / 20;
	video = video > e->audio_bps ? video - e->audio_bps : 0;
	for (size_t i = 0; i < n; i++)
		if (asks[i].current >= 0)
			had += asks[i].options[asks[i].current].bps;
	/* Until something told what the line carries, try. */
	first = e->bwe.was_cut ? video * 3 / 2 : video * 4;
	e->wanted_bps = tsr_layers_allocate(asks, n, video, first, may_rise) * 5 / 4 + e->audio_bps;
	if (e->is_guessing && e->wanted_bps < GUESS_BPS)
		e->wanted_bps = GUESS_BPS;
	e->spent_bps = e->audio_bps;
	for (size_t i = 0; i < n; i++) {
		struct tsr_consumer *c = asks[i].user;
		int choice = asks[i].choice;

		/* A fifth more, so that no queue comes of key frames and what is sent again. */
		e->spent_bps += choice < 0 ? 0 : (uint64_t)asks[i].options[choice].bps * 6 / 5;
		note_change(e, spatial_of(&asks[i], asks[i].current), spatial_of(&asks[i], choice),
			now);
		tsr_consumer_choose(
			c, choice < 0 ? NULL : &asks[i].options[choice], video * 10 < had * 8, now);
		explain(c, &asks[i]);
	}
	e->chosen = now;
	e->chosen_bps = target;
	e->needs_choice = false;
}
