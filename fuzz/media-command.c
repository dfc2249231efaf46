/* SPDX-License-Identifier: Apache-2.0 */
/* What a hostile edge could say to media, and a hostile client to the edge about what he sends. */
#include <stdlib.h>

#include "core/media/router.h"
#include "proto/unpack.h"
#include "server/edge/media_read.h"
#include "server/edge/pack_media.h"
#include "server/media/command.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_names(const struct tsr_command *command)
{
	const struct tsr_producer_config *producer = &command->producer;

	if (command->kind == TSR_COMMAND_PRODUCER_OPEN &&
		(producer->n_encodings == 0 || producer->n_encodings > TSR_MEDIA_ENCODINGS_MAX ||
			strnlen(producer->mid, sizeof(producer->mid)) > TSR_RTP_NAME_MAX))
		abort();
	if (command->kind == TSR_COMMAND_CONSUMER_OPEN &&
		strnlen(command->consumer.cname, sizeof(command->consumer.cname)) ==
			sizeof(command->consumer.cname))
		abort();
}

static void read_command(struct tsr_slice bytes)
{
	struct tsr_arena arena;
	struct tsr_command command;

	if (tsr_proto_unpack(&tessera__media__to_media__descriptor, bytes, 65536, &arena) != 0)
		return;
	if (tsr_command_read(&command, (const void *)arena.message) == 0)
		check_names(&command);
	tsr_arena_finish(&arena);
}

/* What the edge takes from a client, media must understand. */
static void read_open(const Tessera__V1__StreamOpen *open, enum tsr_stream_class class)
{
	struct tsr_rtp_sent sent;
	struct tsr_msg *msg;

	if (tsr_media_read_rtp(&sent, class, open->rtp) != 0)
		return;
	msg = tsr_pack_producer_open(1, 2, 3, &sent, false);
	if (!msg)
		abort();
	read_command(tsr_msg_slice(msg));
	tsr_msg_unref(&msg);
}

static void read_client(struct tsr_slice bytes)
{
	uint8_t fingerprint[TSR_FINGERPRINT_LEN];
	const Tessera__V1__ToServer *message;
	struct tsr_arena arena;

	if (tsr_proto_unpack(&tessera__v1__to_server__descriptor, bytes, 65536, &arena) != 0)
		return;
	message = (const void *)arena.message;
	if (message->body_case == TESSERA__V1__TO_SERVER__BODY_STREAM_OPEN) {
		read_open(message->stream_open, TSR_STREAM_AUDIO);
		read_open(message->stream_open, TSR_STREAM_VIDEO);
	} else if (message->body_case == TESSERA__V1__TO_SERVER__BODY_TRANSPORT_CONNECT) {
		(void)!tsr_media_read_dtls(fingerprint, message->transport_connect->dtls);
	}
	tsr_arena_finish(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	read_command(tsr_slice(data, size));
	read_client(tsr_slice(data, size));
	return 0;
}
