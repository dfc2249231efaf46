/* SPDX-License-Identifier: Apache-2.0 */
/* A header that parses is written back as it was; objects that nobody sealed never open. */
#include <stdlib.h>

#include "core/crypto/sframe.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t key[TSR_SFRAME_BASE_KEY_LEN] = "not the key of any seed";
	struct tsr_sframe_header header;
	struct tsr_opener *opener;
	uint8_t head[TSR_SFRAME_HEADER_MAX];
	uint8_t *out;
	size_t len;
	uint64_t ctr;

	if (tsr_sframe_header_parse(&header, tsr_slice(data, size)) != 0)
		return 0;
	if (tsr_sframe_header_write(head, &header) != header.len ||
		memcmp(head, data, header.len) != 0)
		abort();
	out = malloc(size);
	if (!out || tsr_opener_create(&opener, tsr_slice(key, sizeof(key)), header.kid) != 0)
		abort();
	if (tsr_opener_open(opener, out, size, &len, &ctr, tsr_slice(NULL, 0),
		    tsr_slice(data, size)) == 0 ||
		len != 0)
		abort();
	tsr_opener_destroy(opener);
	free(out);
	return 0;
}
