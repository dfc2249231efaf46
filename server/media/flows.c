/* SPDX-License-Identifier: Apache-2.0 */
/* flows: whose a datagram is. STUN says it by ufrag; everything else by the tuple that STUN has
 * proven. Strangers add nothing to either table. */
#include <stdlib.h>

#include "server/media/lane.h"

static size_t bucket_of(const void *bytes, size_t len)
{
	const uint8_t *at = bytes;
	uint64_t h = 0xcbf29ce484222325u; /* FNV-1a */

	for (size_t i = 0; i < len; i++)
		h = (h ^ at[i]) * 0x100000001b3u;
	return (size_t)(h ^ h >> 32) % TSR_LANE_BUCKETS;
}

/* ---- names ---------------------------------------------------------------------------- */

static struct tsr_name **names_of(const struct tsr_lane *lane, struct tsr_slice ufrag)
{
	return (struct tsr_name **)&lane->names[bucket_of(ufrag.data, ufrag.len)];
}

void tsr_name_list(struct tsr_lane *lane, struct tsr_name *name, struct tsr_leg *leg,
	const struct tsr_ice_credentials *credentials)
{
	struct tsr_name **bucket = names_of(lane, tsr_slice_str(credentials->ufrag));

	name->leg = leg;
	name->credentials = *credentials;
	name->is_listed = true;
	name->next = *bucket;
	*bucket = name;
}

void tsr_name_unlist(struct tsr_lane *lane, struct tsr_name *name)
{
	struct tsr_name **at;

	if (!name->is_listed)
		return;
	at = names_of(lane, tsr_slice_str(name->credentials.ufrag));
	while (*at != name)
		at = &(*at)->next;
	*at = name->next;
	name->is_listed = false;
}

struct tsr_name *tsr_name_find(const struct tsr_lane *lane, struct tsr_slice ufrag)
{
	struct tsr_name *name = *names_of(lane, ufrag);

	while (name && !tsr_slice_equal(tsr_slice_str(name->credentials.ufrag), ufrag))
		name = name->next;
	return name;
}

/* ---- tuples --------------------------------------------------------------------------- */

static struct tsr_flow **flows_of(const struct tsr_lane *lane, const struct tsr_tuple *tuple)
{
	return (struct tsr_flow **)&lane->flows[bucket_of(tuple, sizeof(*tuple))];
}

struct tsr_flow *tsr_flow_find(const struct tsr_lane *lane, const struct tsr_tuple *tuple)
{
	struct tsr_flow *flow = *flows_of(lane, tuple);

	while (flow && !tsr_tuple_equal(&flow->tuple, tuple))
		flow = flow->next;
	return flow;
}

static struct tsr_flow *flow_create(struct tsr_lane *lane, const struct tsr_tuple *tuple)
{
	struct tsr_flow *flow = tsr_flow_find(lane, tuple);
	struct tsr_flow **bucket = flows_of(lane, tuple);

	if (flow) {
		tsr_list_remove(&flow->leg_link); /* an address that another transport had */
		return flow;
	}
	flow = calloc(1, sizeof(*flow));
	if (!flow)
		return NULL;
	flow->tuple = *tuple;
	tsr_list_init(&flow->leg_link);
	flow->next = *bucket;
	*bucket = flow;
	return flow;
}

static void flow_destroy(struct tsr_lane *lane, struct tsr_flow *flow)
{
	struct tsr_flow **at = flows_of(lane, &flow->tuple);

	while (*at != flow)
		at = &(*at)->next;
	*at = flow->next;
	tsr_list_remove(&flow->leg_link);
	free(flow);
}

/* ---- tuples that arrive at another lane than their owner's ------------------------------ */

static void on_flow(void *to, void *item, uint64_t owner)
{
	struct tsr_lane *lane = to;
	struct tsr_flow *flow = flow_create(lane, item);

	if (flow) {
		flow->leg = NULL;
		flow->owner = (unsigned)owner;
	}
	free(item);
}

static void on_flow_gone(void *to, void *item, uint64_t owner)
{
	struct tsr_lane *lane = to;
	struct tsr_flow *flow = tsr_flow_find(lane, item);

	if (flow && !flow->leg && flow->owner == owner)
		flow_destroy(lane, flow);
	free(item);
}

static void tell_via(struct tsr_lane *lane, const struct tsr_flow *flow, tsr_mail_fn what)
{
	struct tsr_tuple *tuple = malloc(sizeof(*tuple));

	if (!tuple)
		return;
	*tuple = flow->tuple;
	tsr_thread_post(&lane->thread, flow->via, what, tuple, lane->thread.index);
}

void tsr_flow_add(struct tsr_leg *leg, const struct tsr_tuple *tuple, unsigned via)
{
	struct tsr_lane *lane = leg->room->lane;
	struct tsr_flow *flow = flow_create(lane, tuple);

	if (!flow)
		return; /* the next check of the peer makes it valid anew */
	flow->leg = leg;
	flow->owner = lane->thread.index;
	flow->via = via;
	tsr_list_append(&leg->flows, &flow->leg_link);
	if (via != flow->owner)
		tell_via(lane, flow, on_flow);
}

void tsr_flow_confirm(struct tsr_leg *leg, const struct tsr_tuple *tuple, unsigned via)
{
	struct tsr_lane *lane = leg->room->lane;
	const struct tsr_flow *flow = tsr_flow_find(lane, tuple);

	/* What another lane believes is not known here: it is told each time. */
	if (flow && flow->leg == leg && via == lane->thread.index)
		return;
	if (tsr_transport_is_valid(leg->live, tuple))
		tsr_flow_add(leg, tuple, via);
}

void tsr_flow_remove(struct tsr_lane *lane, struct tsr_flow *flow)
{
	if (flow->leg && flow->via != lane->thread.index)
		tell_via(lane, flow, on_flow_gone);
	flow_destroy(lane, flow);
}

void tsr_flows_finish(struct tsr_lane *lane)
{
	for (size_t i = 0; i < TSR_LANE_BUCKETS; i++)
		while (lane->flows[i])
			flow_destroy(lane, lane->flows[i]);
}
