/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_MEDIA_COMMAND_H
#define TSR_MEDIA_COMMAND_H

#include "core/media/dtls.h"
#include "core/media/router.h"
#include "media.pb-c.h"

/* command: what the edge says, read and checked. Pure. */
enum tsr_command_kind {
	TSR_COMMAND_SESSION_CLOSE,
	TSR_COMMAND_TRANSPORT_OPEN,
	TSR_COMMAND_TRANSPORT_CONNECT,
	TSR_COMMAND_ICE_RESTART,
	TSR_COMMAND_TRANSPORT_CLOSE,
	TSR_COMMAND_PRODUCER_OPEN,
	TSR_COMMAND_PRODUCER_PAUSE,
	TSR_COMMAND_PRODUCER_CLOSE,
	TSR_COMMAND_CONSUMER_OPEN,
	TSR_COMMAND_CONSUMER_WANT,
	TSR_COMMAND_CONSUMER_CLOSE,
	TSR_COMMAND_TCP,
};

struct tsr_command {
	enum tsr_command_kind kind;
	uint64_t session;
	uint32_t transport;
	struct tsr_stream_id stream;
	union {
		struct {
			struct tsr_member_id member;
			bool is_ingress; /* from the member */
		} open;
		uint8_t fingerprint[TSR_DTLS_FINGERPRINT_LEN]; /* CONNECT */
		struct tsr_producer_config producer; /* member is filled in by who knows him */
		bool is_paused;                      /* PRODUCER_PAUSE */
		struct tsr_consumer_config consumer; /* payload types: by who knows the source */
		struct tsr_consumer_wants wants;
	};
};

/* Returns 0, TSR_ERR_FORMAT or TSR_ERR_RANGE. */
TSR_CHECKED int tsr_command_read(struct tsr_command *out, const Tessera__Media__ToMedia *message);

#endif
