/* SPDX-License-Identifier: Apache-2.0 */
/* A cell number, then the plaintext of a preview. What is taken lies in the cell. */
#include <stdlib.h>

#include "core/screen/preview.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct tsr_preview preview;
	struct tsr_grid grid;
	struct tsr_rect cell;

	if (len < 1 || tsr_grid_init(&grid, 1300, 700) != 0 ||
		tsr_preview_parse(&preview, &grid, data[0], tsr_slice(data + 1, len - 1)) != 0)
		return 0;
	cell = tsr_grid_cell(&grid, data[0]);
	if (tsr_rect_is_empty(preview.rect) || preview.rect.x < cell.x || preview.rect.y < cell.y ||
		preview.rect.x + preview.rect.width > cell.x + cell.width ||
		preview.rect.y + preview.rect.height > cell.y + cell.height ||
		preview.image.len == 0 || preview.image.len > TSR_PREVIEW_IMAGE_MAX)
		abort();
	return 0;
}
