/* SPDX-License-Identifier: Apache-2.0 */
/* Units from a hostile presenter: byte 0 chooses format and kind, the rest is the unit. The state
 * in it is put right, so that DELTAs get past it. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/screen/codec.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct tsr_decoder *decs[2];
	struct tsr_decoder *dec;
	uint8_t unit[4096] = { 0 };
	uint64_t state;
	int r;

	if (len < 1 || len - 1 > sizeof(unit))
		return 0;
	for (int i = 0; i < 2; i++)
		if (!decs[i] && tsr_decoder_create(&decs[i], i + 1, 531, 37) != 0)
			abort();
	dec = decs[data[0] & 1];
	memcpy(unit, data + 1, len - 1);
	if (data[0] & 2) {
		state = tsr_decoder_state(dec)->sum;
		for (int i = 0; i < 8; i++)
			unit[4 + i] = (uint8_t)(state >> (56 - 8 * i));
		r = tsr_decoder_delta(dec, 1, data[0] & 4 ? 1 : 3, tsr_slice(unit, len - 1));
	} else {
		r = tsr_decoder_key(dec, data[0] >> 2 & 3, tsr_slice(unit, len - 1), &state);
	}
	if (r > 0)
		abort();
	return 0;
}
