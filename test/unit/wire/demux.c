/* SPDX-License-Identifier: Apache-2.0 */
#include "core/wire/demux.h"

#include "test.h"

/* Every shorter piece must say MORE, the whole and what is longer must say want. */
static bool decides(const void *data, size_t len, enum tsr_demux want)
{
	uint8_t longer[64] = { 0 };

	for (size_t n = 0; n < len; n++)
		if (tsr_demux(tsr_slice(data, n)) != TSR_DEMUX_MORE)
			return false;
	memcpy(longer, data, len);
	return tsr_demux(tsr_slice(data, len)) == want &&
	       tsr_demux(tsr_slice(longer, sizeof(longer))) == want;
}

static void knows_what_it_hears(void)
{
	CHECK(decides("\x16\x03\x01\x02\x00\x01", 6, TSR_DEMUX_TLS));
	CHECK(decides("\x16\x03\x03\x00\x04\x01", 6, TSR_DEMUX_TLS));
	CHECK(decides("GET ", 4, TSR_DEMUX_HTTP));
	CHECK(decides("OPTIONS ", 8, TSR_DEMUX_HTTP));
	CHECK(decides("PATCH ", 6, TSR_DEMUX_HTTP));
	CHECK(decides("\x00\x1c\x00\x01\x00\x08\x21\x12\xa4\x42", 10, TSR_DEMUX_STUN));
}

static void refuses_the_rest_early(void)
{
	CHECK(decides("\x16\x02", 2, TSR_DEMUX_UNKNOWN));
	CHECK(decides("\x16\x03\x05", 3, TSR_DEMUX_UNKNOWN));
	CHECK(decides("\x16\x03\x01\x00\x00", 5, TSR_DEMUX_UNKNOWN));
	CHECK(decides("\x16\x03\x01\x40\x01", 5, TSR_DEMUX_UNKNOWN));
	CHECK(decides("\x16\x03\x01\x02\x00\x02", 6, TSR_DEMUX_UNKNOWN));
	CHECK(decides("get", 1, TSR_DEMUX_UNKNOWN));
	CHECK(decides("GEX", 3, TSR_DEMUX_UNKNOWN));
	CHECK(decides("SSH-2.0", 1, TSR_DEMUX_UNKNOWN));
	CHECK(decides("PRI * HTTP/2.0", 2, TSR_DEMUX_UNKNOWN));
	CHECK(decides("\x00\x13", 2, TSR_DEMUX_UNKNOWN));
	CHECK(decides("\x08\x04", 2, TSR_DEMUX_UNKNOWN));
	CHECK(decides("\x00\x1d", 2, TSR_DEMUX_UNKNOWN));
	CHECK(decides("\x00\x1c\x80", 3, TSR_DEMUX_UNKNOWN));
	CHECK(decides("\x00\x1c\x00\x01\x00\x09", 6, TSR_DEMUX_UNKNOWN));
	CHECK(decides("\x00\x1c\x00\x01\x00\x08\x21\x13", 8, TSR_DEMUX_UNKNOWN));
}

TEST_MAIN(TEST(knows_what_it_hears), TEST(refuses_the_rest_early))
