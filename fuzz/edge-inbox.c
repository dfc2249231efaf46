/* SPDX-License-Identifier: Apache-2.0 */
/* Pieces of WebSocket messages as they arrive: each is u8 length, u8 flags (1: the message ends),
 * u16 further bytes announced, then the bytes. What comes out whole must keep to its bounds. */
#include "core/base/reader.h"
#include "fuzz/copy.h"
#include "server/edge/inbox.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int want_frame(void *user, const struct tsr_frame *frame)
{
	(void)user;
	return frame->length > TSR_FRAME_SMALL_MAX;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct tsr_inbox_events events = { .want_frame = want_frame };
	struct tsr_inbox inbox = { .control_max = 4096, .takes_frames = true, .events = &events };
	struct tsr_reader rd = tsr_reader(tsr_slice(data, size));
	int r = 0;

	while (r == 0 && rd.err == 0 && rd.left.len > 0) {
		uint8_t len = tsr_reader_u8(&rd);
		uint8_t flags = tsr_reader_u8(&rd);
		uint16_t more = tsr_reader_u16(&rd);
		struct tsr_slice bytes = tsr_reader_bytes(&rd, len);
		uint8_t *piece = fuzz_copy(bytes.data, bytes.len);
		struct tsr_msg *msg;

		r = tsr_inbox_feed(&inbox, tsr_slice(piece, bytes.len), (uint64_t)bytes.len + more);
		free(piece);
		if (r != 0 || !(flags & 1))
			continue;
		r = tsr_inbox_end(&inbox, &msg);
		if (msg && msg->data[0] == TSR_KIND_PROTO && msg->len > 4097)
			abort();
		tsr_msg_unref(&msg);
	}
	tsr_inbox_reset(&inbox);
	return 0;
}
