/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "core/base/err.h"
#include "core/wire/http.h"
#include "core/wire/websocket.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t buf[TSR_HTTP_HEAD_MAX];
	static struct tsr_http_response response;
	size_t used;

	tsr_http_response_init(&response, buf, sizeof(buf), 65536);
	if (tsr_http_response_feed(&response, tsr_slice(data, size), &used) != 0)
		return 0;
	if (used > size || response.head.content_length > 65536 || response.status > 599)
		abort();
	return tsr_websocket_check_response(&response, "dGhlIHNhbXBsZSBub25jZQ==", "tessera.v1") >
	       0;
}
