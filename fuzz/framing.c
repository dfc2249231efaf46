/* SPDX-License-Identifier: Apache-2.0 */
/* A TCP stream in pieces: the first byte says how long each is. Frames come out in order and lie
 * in the buffer; together they are what went in. */
#include <stdlib.h>

#include "core/base/err.h"
#include "core/media/framing.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct tsr_framing framing;
	size_t at = 1, seen = 1;

	tsr_framing_init(&framing);
	while (at < size) {
		size_t cap, len, n = (size_t)data[0] * 16 + 1;
		uint8_t *to = tsr_framing_space(&framing, &cap), *frame;
		int r;

		if (cap == 0)
			abort();
		n = n < cap ? n : cap;
		n = n < size - at ? n : size - at;
		memcpy(to, data + at, n);
		tsr_framing_handle(&framing, n);
		at += n;
		while ((r = tsr_framing_next(&framing, &frame, &len)) == 0) {
			while (data[seen] == 0 && data[seen + 1] == 0)
				seen += 2; /* empty */
			if (len == 0 || len > TSR_DATAGRAM_MAX ||
				memcmp(frame, data + seen + 2, len) != 0)
				abort();
			seen += 2 + len;
		}
		if (r != TSR_ERR_AGAIN)
			return 0;
	}
	return 0;
}
