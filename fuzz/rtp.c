/* SPDX-License-Identifier: Apache-2.0 */
/* A header and its extensions: every slice lies inside the packet. */
#include <stdlib.h>

#include "core/media/rtp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(struct tsr_slice inner, const uint8_t *data, size_t size)
{
	if (inner.len && (inner.data < data || inner.data + inner.len > data + size))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct tsr_rtp_ids ids = { 1, 2, 3, 4, 5, 6 };
	struct tsr_rtp_extensions ext;
	struct tsr_rtp rtp;

	if (tsr_rtp_parse(&rtp, tsr_slice(data, size)) != 0)
		return 0;
	check(rtp.payload, data, size);
	check(rtp.extensions, data, size);
	tsr_rtp_read_extensions(&ext, &rtp, &ids);
	check(ext.mid, data, size);
	check(ext.rid, data, size);
	check(ext.repaired_rid, data, size);
	if (ext.mid.len > TSR_RTP_NAME_MAX || ext.level > 127)
		abort();
	return 0;
}
