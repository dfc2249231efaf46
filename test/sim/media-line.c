/* SPDX-License-Identifier: Apache-2.0 */
#include "media-line.h"

#include <stdlib.h>
#include <string.h>

uint32_t line_random(uint64_t *random, uint32_t bound)
{
	*random = *random * 6364136223846793005ull + 1442695040888963407ull;
	return (uint32_t)((*random >> 33) % bound);
}

void line_init(struct line *line, tsr_time delay)
{
	line->delay = delay;
	line->queue_max = 300 * TSR_MS;
	line->flight = calloc(LINE_PACKETS, sizeof(*line->flight));
}

void line_finish(struct line *line)
{
	for (uint32_t i = 0; i < line->n; i++)
		free(line->flight[i].data);
	free(line->flight);
}

void line_send(struct line *line, uint64_t *random, tsr_time now, const uint8_t *data, size_t len,
	bool is_rtcp)
{
	struct line_packet *f;
	tsr_time due = now;

	if (line_random(random, 1000) < line->loss_permille || line->n == LINE_PACKETS)
		return;
	if (line->rate_bps) {
		if (line->free_at < now)
			line->free_at = now;
		if (line->free_at - now > line->queue_max)
			return;
		line->free_at += (tsr_time)((len + 42) * 8 * 1000000 / line->rate_bps);
		due = line->free_at;
	}
	due += line->delay + (line->jitter ? line_random(random, (uint32_t)line->jitter) : 0);
	if (line_random(random, 1000) < line->reorder_permille)
		due += 8 * TSR_MS;
	f = &line->flight[line->n++];
	*f = (struct line_packet){ .due = due, .is_rtcp = is_rtcp, .len = (uint16_t)len };
	f->data = malloc(len);
	memcpy(f->data, data, len);
}

bool line_take(struct line *line, tsr_time now, struct line_packet *out)
{
	uint32_t best = LINE_PACKETS;

	for (uint32_t i = 0; i < line->n; i++)
		if (line->flight[i].due <= now &&
			(best == LINE_PACKETS || line->flight[i].due < line->flight[best].due))
			best = i;
	if (best == LINE_PACKETS)
		return false;
	*out = line->flight[best];
	line->n--;
	memmove(&line->flight[best], &line->flight[best + 1],
		(line->n - best) * sizeof(line->flight[0]));
	return true;
}
