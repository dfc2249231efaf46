/* SPDX-License-Identifier: Apache-2.0 */
/* A relay between a hostile presenter and hostile viewers. Four bytes are one event: what, and
 * three numbers near what would be right. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "core/screen/relay.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { N_VIEWERS = 3 };

struct stage {
	struct tsr_relay *relay;
	struct tsr_relay_viewer *viewers[N_VIEWERS];
	tsr_time now;
};

static void put_frame(struct stage *s, const uint8_t *event)
{
	struct tsr_relay_stats stats;
	struct tsr_msg *msg = tsr_msg_create(TSR_FRAME_HEADER_LEN + event[3] * 600u);
	struct tsr_frame frame = { .class = TSR_FRAME_SCREEN,
		.flags = event[0] & 0x40 ? TSR_FRAME_PREVIEW : event[0] >> 4 & 3 };

	if (!msg)
		abort();
	tsr_relay_stats(s->relay, &stats);
	frame.picture = stats.pictures + (uint32_t)(event[1] & 3) - (event[1] >> 2 & 1);
	frame.base = frame.flags & (TSR_FRAME_KEY | TSR_FRAME_PREVIEW) ? frame.picture
								       : frame.picture - 1;
	frame.cells = event[0] & 0x80 ? (uint64_t)event[2] : (uint64_t)1 << (event[2] & 7);
	frame.epoch = (uint8_t)(3 + (event[1] >> 5));
	frame.length = event[3] * 600u;
	(void)!tsr_relay_handle_frame(s->relay, &frame, msg, s->now);
	tsr_msg_unref(&msg);
}

static void step(struct stage *s, const uint8_t *event)
{
	struct tsr_relay_viewer **v = &s->viewers[event[1] % N_VIEWERS];
	struct tsr_relay_viewer_stats stats;
	uint64_t cells;

	tsr_relay_viewer_stats(s->relay, *v, s->now, &stats);
	switch (event[0] & 15) {
	case 8:
		(void)!tsr_relay_handle_ack(s->relay, *v, event[2], stats.bytes - event[3], s->now);
		break;
	case 9:
		tsr_relay_handle_refresh(s->relay, *v, event[2] & 1, s->now);
		break;
	case 10:
		tsr_relay_remove_viewer(s->relay, *v);
		*v = tsr_relay_add_viewer(s->relay, event[2], NULL, s->now);
		if (!*v)
			abort();
		break;
	case 11:
		tsr_relay_handle_pause(s->relay, event[2] & 1);
		break;
	case 12:
		tsr_relay_handle_resume(s->relay);
		break;
	case 13:
		tsr_relay_handle_epoch(s->relay, event[2]);
		break;
	case 14:
		s->now += event[2] * 20 * TSR_MS;
		break;
	case 15:
		(void)tsr_relay_poll_need(s->relay, s->now, &cells);
		break;
	default:
		put_frame(s, event);
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct stage s = { .now = 0 };
	struct tsr_relay_stats stats;
	struct tsr_msg *msg;

	if (tsr_relay_create(&s.relay, 1500, 700) != 0)
		abort();
	for (int i = 0; i < N_VIEWERS; i++)
		if (!(s.viewers[i] = tsr_relay_add_viewer(s.relay, 3, NULL, 0)))
			abort();
	for (; len >= 4; data += 4, len -= 4) {
		step(&s, data);
		for (int i = 0; i < N_VIEWERS; i++)
			while (tsr_relay_poll_send(s.relay, s.viewers[i], s.now, &msg))
				tsr_msg_unref(&msg);
	}
	tsr_relay_erase(s.relay);
	tsr_relay_stats(s.relay, &stats);
	if (stats.memory != 0)
		abort();
	tsr_relay_destroy(s.relay);
	return 0;
}
