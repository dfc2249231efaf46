/* SPDX-License-Identifier: Apache-2.0 */
/* What parses is written and parsed again to the same. */
#include <stdlib.h>

#include "core/e2e/link.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tsr_link a, b;
	char text[TSR_LINK_MAX], again[TSR_LINK_MAX];

	if (tsr_link_parse(&a, tsr_slice(data, size)) != 0) {
		if (a.secret)
			abort();
		return 0;
	}
	if (tsr_link_write(text, sizeof(text), &a) != 0 ||
		tsr_link_parse(&b, tsr_slice_str(text)) != 0 ||
		tsr_link_write(again, sizeof(again), &b) != 0 || strcmp(text, again) != 0)
		abort();
	tsr_link_finish(&a);
	tsr_link_finish(&b);
	return 0;
}
