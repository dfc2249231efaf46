/* SPDX-License-Identifier: Apache-2.0 */
/* A head fed whole and byte by byte must give the same; all that was found lies inside the buffer.
 */
#include <stdlib.h>

#include "core/base/err.h"
#include "core/wire/http.h"
#include "core/wire/websocket.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int feed(struct tsr_http_request *request, uint8_t *buf, struct tsr_slice in, size_t step,
	size_t *used)
{
	int r = TSR_ERR_AGAIN;

	*used = 0;
	tsr_http_request_init(request, buf, TSR_HTTP_HEAD_MAX, 16384);
	while (*used < in.len && r == TSR_ERR_AGAIN) {
		size_t n = in.len - *used < step ? in.len - *used : step, taken;

		r = tsr_http_request_feed(request, tsr_slice(in.data + *used, n), &taken);
		*used += taken;
	}
	return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t buf_a[TSR_HTTP_HEAD_MAX], buf_b[TSR_HTTP_HEAD_MAX];
	static struct tsr_http_request a, b;
	char accept[TSR_WEBSOCKET_ACCEPT_LEN + 1];
	size_t used_a, used_b;
	int r = feed(&a, buf_a, tsr_slice(data, size), SIZE_MAX, &used_a);

	if (r != feed(&b, buf_b, tsr_slice(data, size), 1, &used_b) || used_a != used_b ||
		a.status != b.status)
		abort();
	if (r != 0)
		return 0;
	if (a.head.n_headers != b.head.n_headers || a.head.content_length > 16384 ||
		!tsr_slice_equal(a.path, b.path) || a.path.data < buf_a ||
		a.target.data + a.target.len > buf_a + used_a)
		abort();
	(void)tsr_http_is_same_origin(&a);
	if (tsr_websocket_check_request(accept, &a, "tessera.v1") == 0 &&
		accept[TSR_WEBSOCKET_ACCEPT_LEN - 1] != '=')
		abort();
	return 0;
}
