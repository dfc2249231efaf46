/* SPDX-License-Identifier: Apache-2.0 */
/* The pointer's plaintext for the browser; tessera.d.ts describes it, layout.ts has the offsets. */
#include "core/screen/pointer.h"

#include <assert.h>

struct pointer_fields {
	uint32_t visible, stream, x, y, shape, width, height, hot_x, hot_y;
	const uint8_t *image;
};

static_assert(sizeof(struct pointer_fields) == 40, "PointerFields.SIZE");

__attribute__((export_name("tsr_wasm_pointer_parse"))) int wasm_pointer_parse(
	struct pointer_fields *out, const uint8_t *bytes, size_t len)
{
	struct tsr_pointer p;
	int r = tsr_pointer_parse(&p, tsr_slice(bytes, len));

	if (r == 0)
		*out = (struct pointer_fields){ p.is_visible, p.stream, p.x, p.y, p.shape, p.width,
			p.height, p.hot_x, p.hot_y, p.image.data };
	return r;
}
