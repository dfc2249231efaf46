/* SPDX-License-Identifier: Apache-2.0 */
/* What parses is written back as it was. */
#include <stdlib.h>

#include "core/wire/frame.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tsr_frame frame;
	uint8_t out[TSR_FRAME_HEADER_LEN];

	if (tsr_frame_parse(&frame, tsr_slice(data, size)) != 0)
		return 0;
	tsr_frame_write(out, &frame);
	if (memcmp(out, data, sizeof(out)) != 0 || frame.length > TSR_FRAME_MAX)
		abort();
	return 0;
}
