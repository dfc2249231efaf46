/* SPDX-License-Identifier: Apache-2.0 */
/* Payload descriptors of VP8 and VP9: what is rewritten later lies inside the payload. */
#include <stdlib.h>

#include "core/media/vp8.h"
#include "core/media/vp9.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tsr_vp8 vp8;
	struct tsr_vp9 vp9;

	if (tsr_vp8_parse(&vp8, tsr_slice(data, size)) == 0 &&
		(vp8.picture_at + vp8.picture_len > size || vp8.tl0_at >= size ||
			vp8.temporal > 3 || (vp8.is_key && !vp8.is_start) || vp8.picture > 0x7fff))
		abort();
	if (tsr_vp9_parse(&vp9, tsr_slice(data, size)) == 0 &&
		(vp9.picture_at + vp9.picture_len > size || vp9.temporal > 7 || vp9.spatial > 7 ||
			(vp9.is_key && vp9.is_predicted) || vp9.picture > 0x7fff))
		abort();
	return 0;
}
