/* SPDX-License-Identifier: Apache-2.0 */
/* A view that is handed frames without end: u16 length, 36 bytes of header, unit, and again. */
#include "core/screen/view.h"
#include "fuzz/copy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void drain(struct tsr_view *view)
{
	const struct tsr_grid *grid = tsr_view_grid(view);
	struct tsr_view_preview preview;
	struct tsr_rect rect;
	uint64_t bytes;
	uint32_t picture;
	bool unreadable;

	while (tsr_view_poll_dirty(view, &rect))
		if (rect.x + rect.width > grid->width || rect.y + rect.height > grid->height)
			abort();
	while (tsr_view_poll_preview(view, &preview)) {
		rect = preview.shown;
		if (tsr_rect_is_empty(rect) || rect.x + rect.width > grid->width ||
			rect.y + rect.height > grid->height || preview.image.len == 0)
			abort();
	}
	(void)tsr_view_poll_ack(view, &picture, &bytes);
	(void)tsr_view_poll_refresh(view, &unreadable);
}

static void hand(struct tsr_view *view, const struct tsr_frame *frame, struct tsr_slice unit)
{
	uint8_t *bytes = fuzz_copy(unit.data, unit.len);

	if (tsr_view_handle_frame(view, frame, tsr_slice(bytes, unit.len), unit.len + 36) > 0)
		abort();
	drain(view);
	free(bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct tsr_view *view;

	if (tsr_view_create(&view, len % 2 + 1, 530, 20) != 0)
		abort();
	while (len >= 2 + TSR_FRAME_HEADER_LEN) {
		size_t unit_len = (size_t)data[0] << 8 | data[1];
		struct tsr_frame frame;

		data += 2;
		len -= 2 + TSR_FRAME_HEADER_LEN;
		unit_len = unit_len > len ? len : unit_len;
		if (tsr_frame_parse(&frame, tsr_slice(data, TSR_FRAME_HEADER_LEN)) == 0)
			hand(view, &frame, tsr_slice(data + TSR_FRAME_HEADER_LEN, unit_len));
		data += TSR_FRAME_HEADER_LEN + unit_len;
		len -= unit_len;
	}
	tsr_view_destroy(view);
	return 0;
}
