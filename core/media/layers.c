/* SPDX-License-Identifier: Apache-2.0 */
#include "core/media/layers.h"

static bool is_allowed(const struct tsr_layers_ask *ask, int i)
{
	const struct tsr_layer_option *o = &ask->options[i];

	if (o->spatial > ask->max_spatial || o->temporal > ask->max_temporal)
		return false;
	/* A larger picture at a quarter of the rate is no better. */
	return o->spatial == 0 || o->temporal > 0 || ask->max_temporal == 0 ||
	       i + 1 == ask->n_options || ask->options[i + 1].spatial != o->spatial;
}

static int next_option(const struct tsr_layers_ask *ask, int after)
{
	for (int i = after + 1; i < ask->n_options; i++)
		if (is_allowed(ask, i))
			return i;
	return -1;
}

static uint64_t cost(const struct tsr_layers_ask *ask, int i)
{
	return i < 0 ? 0 : ask->options[i].bps;
}

/* Takes the next option if it fits; what the choice costs moves between budget and choice. */
static bool rise(struct tsr_layers_ask *ask, uint64_t *budget, bool may_rise)
{
	int next = next_option(ask, ask->choice);
	uint64_t had = cost(ask, ask->choice), needs, margin = 0;

	if (next < 0 || (next > ask->current && ask->current >= 0 && !may_rise))
		return false;
	needs = cost(ask, next);
	if (next > ask->current)
		margin = needs / 10;
	if (needs + margin > had + *budget)
		return false;
	*budget = *budget + had - needs;
	ask->choice = (int8_t)next;
	return true;
}

static void sort(struct tsr_layers_ask *v, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		struct tsr_layers_ask ask = v[i];
		size_t k = i;

		for (; k > 0 && v[k - 1].priority < ask.priority; k--)
			v[k] = v[k - 1];
		v[k] = ask;
	}
}

static void keep_first(struct tsr_layers_ask *ask, uint64_t *budget, uint64_t max)
{
	int least = next_option(ask, -1);

	if (ask->current >= 0)
		max += max / 3;
	if (ask->choice >= 0 || least < 0 || cost(ask, least) > max)
		return;
	ask->choice = (int8_t)least;
	*budget = 0;
}

uint64_t tsr_layers_allocate(
	struct tsr_layers_ask *v, size_t n, uint64_t budget_bps, uint64_t first_bps, bool may_rise)
{
	uint64_t wanted = 0;

	sort(v, n);
	for (size_t i = 0; i < n; i++) {
		int best = -1;

		for (int o = next_option(&v[i], -1); o >= 0; o = next_option(&v[i], o))
			best = o;
		wanted += cost(&v[i], best);
		v[i].choice = -1;
		(void)rise(&v[i], &budget_bps, true);
		if (i == 0)
			keep_first(&v[0], &budget_bps, first_bps);
	}
	for (size_t first = 0, end; first < n; first = end) {
		bool has_risen = true;

		for (end = first; end < n && v[end].priority == v[first].priority;)
			end++;
		while (has_risen) {
			has_risen = false;
			for (size_t i = first; i < end; i++)
				if (v[i].choice >= 0)
					has_risen |= rise(&v[i], &budget_bps, may_rise);
		}
	}
	return wanted;
}
