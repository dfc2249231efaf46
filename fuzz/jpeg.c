/* SPDX-License-Identifier: Apache-2.0 */
/* Width and height, a byte each, then the image that claims to have them. */
#include "endpoint/headless/jpeg.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static uint8_t out[256 * 256 * 4];

	if (len < 2)
		return 0;
	return tsr_jpeg_decode(out, data[0] + 1u, data[1] + 1u, tsr_slice(data + 2, len - 2)) > 0;
}
