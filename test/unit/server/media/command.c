/* SPDX-License-Identifier: Apache-2.0 */
#include "server/media/command.h"

#include "core/base/err.h"
#include "server/capabilities.h"
#include "test.h"

static struct tsr_command command;

static Tessera__Media__ToMedia message_of(Tessera__Media__ProducerOpen *body)
{
	Tessera__Media__ToMedia message = TESSERA__MEDIA__TO_MEDIA__INIT;

	message.body_case = TESSERA__MEDIA__TO_MEDIA__BODY_PRODUCER_OPEN;
	message.producer_open = body;
	return message;
}

static char q[] = "q", h[] = "h", mid[] = "0", too_long[] = "12345678901234567";

static void reads_a_producer(void)
{
	Tessera__Media__Encoding low = TESSERA__MEDIA__ENCODING__INIT,
				 high = TESSERA__MEDIA__ENCODING__INIT;
	Tessera__Media__Encoding *encodings[] = { &low, &high };
	Tessera__Media__Extensions ids = TESSERA__MEDIA__EXTENSIONS__INIT;
	Tessera__Media__ProducerOpen body = TESSERA__MEDIA__PRODUCER_OPEN__INIT;
	Tessera__Media__ToMedia message = message_of(&body);

	low.rid = q;
	high.rid = h;
	high.temporal_layers = 3;
	ids.mid = 4;
	ids.transport_cc = 14;
	body.stream = 9;
	body.kind = TESSERA__MEDIA__KIND__VIDEO;
	body.codec = TESSERA__MEDIA__CODEC__VP8;
	body.payload_type = 100;
	body.mid = mid;
	body.encodings = encodings;
	body.n_encodings = 2;
	body.extensions = &ids;
	CHECK_INT(tsr_command_read(&command, &message), 0);
	CHECK_INT(command.kind, TSR_COMMAND_PRODUCER_OPEN);
	CHECK_INT(command.producer.id.v, 9);
	CHECK_INT(command.producer.codec, TSR_CODEC_VP8);
	CHECK_INT(command.producer.n_encodings, 2);
	CHECK(strcmp(command.producer.encodings[1].rid, "h") == 0);
	CHECK_INT(command.producer.encodings[1].temporal_layers, 3);
	CHECK_INT(command.producer.ids.mid, 4);
	CHECK_INT(command.producer.ids.transport_cc, 14);

	ids.rid = 15; /* RFC 8285: not an element */
	CHECK_INT(tsr_command_read(&command, &message), TSR_ERR_RANGE);
	ids.rid = 0;
	body.mid = too_long;
	CHECK_INT(tsr_command_read(&command, &message), TSR_ERR_RANGE);
	body.mid = mid;
	body.codec = TESSERA__MEDIA__CODEC__OPUS; /* in a picture? */
	CHECK_INT(tsr_command_read(&command, &message), TSR_ERR_RANGE);
	body.codec = TESSERA__MEDIA__CODEC__VP9;
	body.payload_type = 128;
	CHECK_INT(tsr_command_read(&command, &message), TSR_ERR_RANGE);
	body.payload_type = 100;
	body.n_encodings = 0;
	CHECK_INT(tsr_command_read(&command, &message), TSR_ERR_RANGE);
}

static void gives_consumers_the_identifiers_of_all(void)
{
	Tessera__Media__ConsumerOpen body = TESSERA__MEDIA__CONSUMER_OPEN__INIT;
	Tessera__Media__ToMedia message = TESSERA__MEDIA__TO_MEDIA__INIT;

	message.body_case = TESSERA__MEDIA__TO_MEDIA__BODY_CONSUMER_OPEN;
	message.consumer_open = &body;
	body.stream = 3;
	body.ssrc = 77;
	body.mid = mid;
	CHECK_INT(tsr_command_read(&command, &message), 0);
	CHECK_INT(command.consumer.ids.mid, TSR_EXT_MID);
	CHECK_INT(command.consumer.ids.transport_cc, TSR_EXT_TRANSPORT_CC);
	CHECK_INT(command.consumer.ids.rid, 0);
	body.ssrc = 0;
	CHECK_INT(tsr_command_read(&command, &message), TSR_ERR_RANGE);
}

static void wants_a_whole_fingerprint(void)
{
	uint8_t bytes[TSR_DTLS_FINGERPRINT_LEN] = { 1, 2, 3 };
	Tessera__Media__TransportConnect body = TESSERA__MEDIA__TRANSPORT_CONNECT__INIT;
	Tessera__Media__ToMedia message = TESSERA__MEDIA__TO_MEDIA__INIT;

	message.body_case = TESSERA__MEDIA__TO_MEDIA__BODY_TRANSPORT_CONNECT;
	message.transport_connect = &body;
	body.fingerprint.data = bytes;
	body.fingerprint.len = sizeof(bytes);
	CHECK_INT(tsr_command_read(&command, &message), 0);
	CHECK_INT(command.fingerprint[2], 3);
	body.fingerprint.len--;
	CHECK_INT(tsr_command_read(&command, &message), TSR_ERR_FORMAT);
	message.body_case = TESSERA__MEDIA__TO_MEDIA__BODY__NOT_SET;
	CHECK_INT(tsr_command_read(&command, &message), TSR_ERR_FORMAT);
}

TEST_MAIN(TEST(reads_a_producer), TEST(gives_consumers_the_identifiers_of_all),
	TEST(wants_a_whole_fingerprint))
