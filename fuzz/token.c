/* SPDX-License-Identifier: Apache-2.0 */
/* Claims that parse are written and parsed again; tokens that nobody signed never open. */
#include <stdlib.h>

#include "core/e2e/token.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t public_key[TSR_SIGN_PUBLIC_LEN] = { 0xd7, 0x5a, 0x98, 0x01, 0x82, 0xb1,
		0x0a, 0xb7, 0xd5, 0x4b, 0xfe, 0xd3, 0xc9, 0x64, 0x07, 0x3a, 0x0e, 0xe1, 0x72, 0xf3,
		0xda, 0xa6, 0x23, 0x25, 0xaf, 0x02, 0x1a, 0x68, 0xf7, 0x07, 0x51, 0x1a };
	struct tsr_token_claims a, b;
	char json[TSR_TOKEN_CLAIMS_MAX];

	if (tsr_token_open(&a, tsr_slice(data, size), public_key, "n1", 1000) == 0)
		abort();
	if (tsr_token_claims_parse(&a, tsr_slice(data, size)) != 0)
		return 0;
	if (tsr_token_claims_write(json, sizeof(json), &a) != 0 ||
		tsr_token_claims_parse(&b, tsr_slice_str(json)) != 0 || a.mem.v != b.mem.v ||
		a.exp != b.exp || a.role != b.role)
		abort();
	return 0;
}
