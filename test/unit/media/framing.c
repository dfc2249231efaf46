/* SPDX-License-Identifier: Apache-2.0 */
#include "core/media/framing.h"

#include "core/base/err.h"
#include "test.h"

#define N_FRAMES 200

/* A stream of frames of many lengths, each filled with its number. */
static size_t write_stream(uint8_t *out)
{
	size_t len = 0;

	for (size_t i = 0; i < N_FRAMES; i++) {
		size_t n = i * 37 % (TSR_DATAGRAM_MAX + 1);

		tsr_framing_write(out + len, n);
		memset(out + len + 2, (int)i, n);
		len += 2 + n;
	}
	return len;
}

static void gives_frames_however_they_arrive(void)
{
	static uint8_t stream[N_FRAMES * (2 + TSR_DATAGRAM_MAX)];
	static struct tsr_framing framing;
	size_t total = write_stream(stream);

	for (size_t chunk = 1; chunk < 9000; chunk = chunk * 3 + 1) {
		size_t at = 0, n_seen = 1; /* the first is empty, and passed over */

		tsr_framing_init(&framing);
		while (at < total) {
			uint8_t *data;
			size_t cap, len, n;
			uint8_t *to = tsr_framing_space(&framing, &cap);
			int r;

			CHECK(cap > 0);
			n = chunk < cap ? chunk : cap;
			n = n < total - at ? n : total - at;
			memcpy(to, stream + at, n);
			at += n;
			tsr_framing_handle(&framing, n);
			while ((r = tsr_framing_next(&framing, &data, &len)) == 0) {
				CHECK_INT(len, n_seen * 37 % (TSR_DATAGRAM_MAX + 1));
				CHECK_INT(data[0], n_seen);
				CHECK_INT(data[len - 1], n_seen);
				n_seen++;
			}
			CHECK_INT(r, TSR_ERR_AGAIN);
		}
		CHECK_INT(n_seen, N_FRAMES);
	}
}

static void refuses_a_giant(void)
{
	static struct tsr_framing framing;
	uint8_t *data;
	size_t cap, len;
	uint8_t *to = tsr_framing_space(&framing, &cap);

	tsr_framing_write(to, TSR_DATAGRAM_MAX + 1);
	tsr_framing_handle(&framing, 2);
	CHECK_INT(tsr_framing_next(&framing, &data, &len), TSR_ERR_TOO_BIG);
}

TEST_MAIN(TEST(gives_frames_however_they_arrive), TEST(refuses_a_giant))
