/* SPDX-License-Identifier: Apache-2.0 */
/* talk: what a hostile server may say to a native endpoint, which has keys and a roster and sends
 * nothing, for it has no connection. Three bytes, then the message: where it comes from (the
 * control or bulk connection, or the door's answer) and its length. */
#include "core/base/err.h"
#include "core/crypto/random.h"
#include "core/crypto/secret.h"
#include "endpoint/client/internal.h"
#include "fuzz/copy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void on_frame(void *user, const struct tsr_client_frame *frame)
{
	(void)user;
	if (!frame->is_readable &&
		(frame->plain.len != 0 || frame->header.class != TSR_FRAME_SCREEN))
		abort();
}

static void on_lobby_text(void *user, struct tsr_member_id about, const char *text)
{
	(void)user;
	(void)about;
	if (strlen(text) > 65536)
		abort();
}

static const struct tsr_client_events events = {
	.on_frame = on_frame,
	.on_lobby_text = on_lobby_text,
};

static void hear(struct tsr_client *c, uint8_t from, struct tsr_slice message)
{
	if (from % 3 == 2)
		(void)tsr_client_take_tokens(c, message);
	else if (message.len > 0)
		tsr_client_handle_message(c, from % 3, message);
	if (strlen(c->token) >= sizeof(c->token) || strlen(c->resume) >= sizeof(c->resume) ||
		strlen(c->title) >= sizeof(c->title))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tsr_link link = { .host = "localhost", .port = 1, .number = "418205937" };
	struct tsr_tls_trust trust = { .with_pin = true };
	struct tsr_client_config config = { .link = &link, .trust = &trust, .name = "Ada" };
	struct tsr_client *client;

	if (tsr_crypto_init() != 0 || !(config.loop = tsr_loop_create()) ||
		tsr_client_create(&client, &config, &events, NULL) != 0)
		abort();
	while (size >= 3) {
		size_t len = (size_t)data[1] << 8 | data[2];
		uint8_t from = data[0], *message;

		data += 3;
		size -= 3;
		len = len < size ? len : size;
		message = fuzz_copy(data, len);
		hear(client, from, tsr_slice(message, len));
		free(message);
		data += len;
		size -= len;
	}
	tsr_client_destroy(client);
	tsr_loop_destroy(config.loop);
	return 0;
}
