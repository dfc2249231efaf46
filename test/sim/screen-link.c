/* SPDX-License-Identifier: Apache-2.0 */
#include "test/sim/screen-link.h"

enum { MESSAGE_LEN = 40 };

void link_init(struct link *link, tsr_time delay, uint32_t rate)
{
	link->delay = delay;
	link->rate = rate;
}

void link_clear(struct link *link)
{
	for (; link->n > 0; link->n--, link->first = (link->first + 1) % LINK_LEN)
		tsr_msg_unref(&link->items[link->first].msg);
	link->last = link->free_at = link->stalled_until = 0;
}

bool link_send(struct link *link, struct link_item item, tsr_time now)
{
	size_t bytes = item.msg ? item.msg->len : MESSAGE_LEN;
	tsr_time at;

	if (link->n == LINK_LEN) {
		tsr_msg_unref(&item.msg);
		return false;
	}
	link->bytes += bytes;
	link->free_at =
		(link->free_at > now ? link->free_at : now) + (tsr_time)(bytes * 1000 / link->rate);
	at = link->free_at + link->delay + item.at;
	link->last = at > link->last ? at : link->last;
	item.at = link->last;
	link->items[(link->first + link->n++) % LINK_LEN] = item;
	return true;
}

bool link_receive(struct link *link, tsr_time now, struct link_item *out)
{
	if (link->n == 0 || link->items[link->first].at > now || link->stalled_until > now)
		return false;
	*out = link->items[link->first];
	link->first = (link->first + 1) % LINK_LEN;
	link->n--;
	return true;
}
