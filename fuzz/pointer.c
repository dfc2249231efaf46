/* SPDX-License-Identifier: Apache-2.0 */
/* What parses is bounded and is written back as it was. */
#include <stdlib.h>

#include "core/screen/pointer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tsr_pointer pointer;
	uint8_t out[TSR_POINTER_MAX];

	if (tsr_pointer_parse(&pointer, tsr_slice(data, size)) != 0)
		return 0;
	if (tsr_pointer_write(out, &pointer) != size || memcmp(out, data, size) != 0)
		abort();
	return 0;
}
