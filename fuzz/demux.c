/* SPDX-License-Identifier: Apache-2.0 */
/* More bytes never change what was decided, and TSR_DEMUX_LEN suffice. */
#include <stdlib.h>

#include "core/wire/demux.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum tsr_demux decided = TSR_DEMUX_MORE;

	for (size_t n = 0; n <= size && n < 64; n++) {
		enum tsr_demux now = tsr_demux(tsr_slice(data, n));

		if ((decided != TSR_DEMUX_MORE && now != decided) ||
			(now == TSR_DEMUX_MORE && n >= TSR_DEMUX_LEN))
			abort();
		decided = now;
	}
	return 0;
}
