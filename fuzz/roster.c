/* SPDX-License-Identifier: Apache-2.0 */
/* roster: what a server tells a native endpoint: State messages, then the header of a frame that is
 * judged by them. The first byte splits the input. */
#include <stddef.h>
#include <stdint.h>

#include "core/base/err.h"
#include "endpoint/client/roster.h"
#include "proto/unpack.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tsr_roster roster;
	struct tsr_arena arena;
	struct tsr_frame frame;
	size_t split;

	if (size < 2)
		return 0;
	split = 1 + (size_t)data[0] * (size - 1) / 255;
	tsr_roster_init(&roster);
	if (tsr_proto_unpack_within(&tessera__v1__state__descriptor, tsr_slice(data + 1, split - 1),
		    65536, 1 << 20, &arena) == 0) {
		(void)!tsr_roster_handle_state(&roster, (const Tessera__V1__State *)arena.message);
		tsr_arena_finish(&arena);
	}
	if (tsr_frame_parse(&frame, tsr_slice(data + split, size - split)) == 0)
		(void)!tsr_roster_check_frame(&roster, &frame);
	tsr_roster_finish(&roster);
	return 0;
}
