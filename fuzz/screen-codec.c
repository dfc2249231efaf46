/* SPDX-License-Identifier: Apache-2.0 */
/* Units from a hostile presenter: byte 0 chooses format and kind, the rest is the unit. The state
 * in it is put right, so that DELTAs get past it. */
#include "core/screen/codec.h"
#include "fuzz/copy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static int decode(struct tsr_decoder *dec, uint8_t how, uint8_t *unit, size_t len)
{
	uint64_t state = tsr_decoder_state(dec)->sum;

	if (!(how & 2))
		return tsr_decoder_key(dec, how >> 2 & 3, tsr_slice(unit, len), &state);
	for (size_t i = 0; i < 8 && 4 + i < len; i++)
		unit[4 + i] = (uint8_t)(state >> (56 - 8 * i));
	return tsr_decoder_delta(dec, 1, how & 4 ? 1 : 3, tsr_slice(unit, len));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct tsr_decoder *dec;
	uint8_t *unit;

	if (len < 1)
		return 0;
	unit = fuzz_copy(data + 1, len - 1);
	if (tsr_decoder_create(&dec, (data[0] & 1) + 1, 531, 37) != 0 ||
		decode(dec, data[0], unit, len - 1) > 0)
		abort();
	tsr_decoder_destroy(dec);
	free(unit);
	return 0;
}
