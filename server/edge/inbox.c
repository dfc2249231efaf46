/* SPDX-License-Identifier: Apache-2.0 */
#include "server/edge/inbox.h"

#include "core/base/err.h"
#include "core/wire/websocket.h"

enum { FRAME_HEAD_LEN = 1 + TSR_FRAME_HEADER_LEN };

void tsr_inbox_reset(struct tsr_inbox *inbox)
{
	tsr_msg_unref(&inbox->msg);
	inbox->cap = 0;
	inbox->len = 0;
	inbox->front = 0;
	inbox->is_skipped = false;
}

/* Room for len bytes in msg; what is there stays. */
static int make_room(struct tsr_inbox *inbox, size_t len)
{
	struct tsr_msg *msg;
	size_t cap = inbox->cap ? inbox->cap : 256;

	if (len <= inbox->cap)
		return 0;
	while (cap < len)
		cap *= 2;
	msg = tsr_msg_create(cap);
	if (!msg)
		return TSR_ERR_NOMEM;
	if (inbox->msg)
		memcpy(msg->data, inbox->msg->data, inbox->len);
	tsr_msg_unref(&inbox->msg);
	inbox->msg = msg;
	inbox->cap = cap;
	return 0;
}

static int feed_proto(struct tsr_inbox *inbox, struct tsr_slice bytes, uint64_t announced)
{
	int r;

	if (announced > inbox->control_max + 1 || inbox->len + announced > inbox->control_max + 1)
		return TSR_ERR_TOO_BIG;
	if ((r = make_room(inbox, inbox->len + bytes.len)) != 0)
		return r;
	if (bytes.len > 0)
		memcpy(inbox->msg->data + inbox->len, bytes.data, bytes.len);
	inbox->len += bytes.len;
	return 0;
}

/* The header is whole: decide about the rest. */
static int begin_frame(struct tsr_inbox *inbox)
{
	uint8_t front[TSR_WEBSOCKET_HEADER_MAX];
	size_t len;
	int r = tsr_frame_parse(&inbox->frame, tsr_slice(inbox->head + 1, TSR_FRAME_HEADER_LEN));

	if (r != 0)
		return r;
	r = inbox->events->want_frame(inbox->user, &inbox->frame);
	if (r < 0)
		return r;
	inbox->is_skipped = r == 1;
	if (inbox->is_skipped)
		return 0;
	len = FRAME_HEAD_LEN + (size_t)inbox->frame.length;
	if (inbox->frame.class == TSR_FRAME_SCREEN)
		inbox->front = tsr_websocket_header_write(front, TSR_WEBSOCKET_BINARY, len);
	inbox->msg = tsr_msg_create(inbox->front + len);
	if (!inbox->msg)
		return TSR_ERR_NOMEM;
	memcpy(inbox->msg->data, front, inbox->front);
	memcpy(inbox->msg->data + inbox->front, inbox->head, FRAME_HEAD_LEN);
	return 0;
}

static int feed_frame(struct tsr_inbox *inbox, struct tsr_slice bytes, uint64_t announced)
{
	int r;

	if (inbox->len < FRAME_HEAD_LEN) {
		size_t n = FRAME_HEAD_LEN - (size_t)inbox->len;

		if (n > bytes.len)
			n = bytes.len;
		memcpy(inbox->head + inbox->len, bytes.data, n);
		inbox->len += n;
		bytes = tsr_slice(bytes.data + n, bytes.len - n);
		announced -= n;
		if (inbox->len < FRAME_HEAD_LEN)
			return 0;
		if ((r = begin_frame(inbox)) != 0)
			return r;
	}
	if (announced > FRAME_HEAD_LEN + (uint64_t)inbox->frame.length - inbox->len)
		return TSR_ERR_TRAILING;
	if (inbox->msg && bytes.len > 0)
		memcpy(inbox->msg->data + inbox->front + inbox->len, bytes.data, bytes.len);
	inbox->len += bytes.len;
	return 0;
}

int tsr_inbox_feed(struct tsr_inbox *inbox, struct tsr_slice bytes, uint64_t announced)
{
	if (bytes.len == 0)
		return 0;
	if (inbox->len == 0)
		inbox->head[0] = bytes.data[0];
	switch (inbox->head[0]) {
	case TSR_KIND_PROTO:
		return feed_proto(inbox, bytes, announced);
	case TSR_KIND_FRAME:
		return inbox->takes_frames ? feed_frame(inbox, bytes, announced) : TSR_ERR_STATE;
	default:
		return TSR_ERR_FORMAT;
	}
}

int tsr_inbox_end(struct tsr_inbox *inbox, struct tsr_msg **out)
{
	uint64_t len = inbox->len;

	*out = NULL;
	if (len == 0)
		return TSR_ERR_SHORT;
	if (inbox->head[0] == TSR_KIND_FRAME &&
		(len < FRAME_HEAD_LEN || len != FRAME_HEAD_LEN + (uint64_t)inbox->frame.length))
		return TSR_ERR_SHORT;
	*out = inbox->msg;
	if (inbox->msg)
		inbox->msg->len = (uint32_t)(inbox->front + len);
	inbox->msg = NULL; /* now the caller's */
	tsr_inbox_reset(inbox);
	return 0;
}

uint32_t tsr_inbox_frame_len(const struct tsr_msg *msg)
{
	uint32_t front = msg->data[1] == 127 ? 10 : msg->data[1] == 126 ? 4 : 2;

	return msg->len - front - 1;
}
