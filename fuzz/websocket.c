/* SPDX-License-Identifier: Apache-2.0 */
/* The key of a handshake: one text for each 16 bytes, and nothing else is taken for one. */
#include <stdlib.h>

#include "core/wire/websocket.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char accept[TSR_WEBSOCKET_ACCEPT_LEN + 1];
	int r = tsr_websocket_accept(accept, tsr_slice(data, size));

	if (strlen(accept) != (r == 0 ? TSR_WEBSOCKET_ACCEPT_LEN : 0) ||
		(r == 0 && size != TSR_WEBSOCKET_KEY_LEN))
		abort();
	return 0;
}
