/* SPDX-License-Identifier: Apache-2.0 */
/* Every message that comes from outside, in bounded memory; what unpacks packs again. */
#include <stdlib.h>

#include "ipc.pb-c.h"
#include "media.pb-c.h"
#include "proto/unpack.h"
#include "session.pb-c.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const ProtobufCMessageDescriptor *const types[] = {
		&tessera__v1__to_server__descriptor, &tessera__v1__to_client__descriptor,
		&tessera__ipc__to_control__descriptor, &tessera__ipc__to_edge__descriptor,
		&tessera__ipc__admin_request__descriptor, &tessera__media__to_media__descriptor,
		&tessera__media__from_media__descriptor
	};

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		struct tsr_arena arena;
		struct tsr_msg *msg;

		if (tsr_proto_unpack(types[i], tsr_slice(data, size), 65536, &arena) != 0) {
			if (arena.block || arena.message)
				abort();
			continue;
		}
		if (arena.cap > 4 * size && arena.cap != TSR_PROTO_BUDGET_MIN)
			abort();
		msg = tsr_proto_pack_msg(arena.message, 0);
		if (!msg)
			abort();
		tsr_msg_unref(&msg);
		tsr_arena_finish(&arena);
	}
	return 0;
}
