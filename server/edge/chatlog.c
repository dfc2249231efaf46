/* SPDX-License-Identifier: Apache-2.0 */
#include "server/edge/chatlog.h"

static void drop_oldest(struct tsr_chatlog *log)
{
	struct tsr_msg **frame = &log->frames[log->first];

	log->bytes -= (*frame)->len;
	tsr_msg_unref(frame);
	log->first = (log->first + 1) % TSR_CHATLOG_FRAMES;
	log->n--;
}

void tsr_chatlog_finish(struct tsr_chatlog *log)
{
	while (log->n)
		drop_oldest(log);
}

void tsr_chatlog_add(struct tsr_chatlog *log, struct tsr_msg *frame)
{
	if (frame->len > TSR_CHATLOG_BYTES)
		return;
	while (log->n == TSR_CHATLOG_FRAMES || log->bytes + frame->len > TSR_CHATLOG_BYTES)
		drop_oldest(log);
	log->frames[(log->first + log->n) % TSR_CHATLOG_FRAMES] = tsr_msg_ref(frame);
	log->n++;
	log->bytes += frame->len;
}

struct tsr_msg *tsr_chatlog_get(const struct tsr_chatlog *log, uint32_t i)
{
	return log->frames[(log->first + i) % TSR_CHATLOG_FRAMES];
}
