/* SPDX-License-Identifier: Apache-2.0 */
/* send: what this endpoint says, and the streams that it opened. */
#include <jansson.h>
#include <stdlib.h>

#include "core/base/err.h"
#include "core/base/msg.h"
#include "core/crypto/random.h"
#include "endpoint/client/internal.h"
#include "proto/unpack.h"
#include "sys/clock.h"

#define KIND_MESSAGE 0
#define KIND_FRAME 1
#define CHAT_MAX 4000 /* bytes of plaintext */

int tsr_client_send_on(struct tsr_channel *channel, const Tessera__V1__ToServer *message)
{
	struct tsr_msg *msg = tsr_proto_pack_msg(&message->base, KIND_MESSAGE);
	int r;

	if (!msg)
		return TSR_ERR_NOMEM;
	r = tsr_channel_send(channel, tsr_msg_slice(msg));
	tsr_msg_unref(&msg);
	return r;
}

int tsr_client_ask(struct tsr_client *c, Tessera__V1__ToServer *message, uint32_t *request)
{
	if (c->status != TSR_CLIENT_IN && c->status != TSR_CLIENT_WAITING)
		return TSR_ERR_STATE;
	message->request = ++c->n_requests;
	if (request)
		*request = message->request;
	return tsr_client_send_on(c->control, message);
}

int tsr_client_tell(struct tsr_client *c, Tessera__V1__ToServer *message)
{
	if (c->status != TSR_CLIENT_IN)
		return TSR_ERR_STATE;
	message->request = 0;
	return tsr_client_send_on(c->control, message);
}

/* ---- saying who we are ------------------------------------------------------------------------
 */

/* Whoever sends us a nonce of another length is not a server of ours. */
static void fail_unless_sent(struct tsr_client *c, int r)
{
	if (r)
		tsr_client_come_back(c, TSR_SECOND);
}

void tsr_client_hello(struct tsr_client *c, struct tsr_slice nonce)
{
	Tessera__V1__ToServer message = TESSERA__V1__TO_SERVER__INIT;
	Tessera__V1__Hello hello = TESSERA__V1__HELLO__INIT;
	char *token = c->token[0] ? c->token : c->resume;
	uint8_t proof[TSR_SIGNATURE_LEN];
	uint8_t key[TSR_SIGN_PUBLIC_LEN];

	if (nonce.len != TSR_CHALLENGE_LEN) {
		fail_unless_sent(c, TSR_ERR_FORMAT);
		return;
	}
	memcpy(key, tsr_sign_key_public(c->device), sizeof(key));
	tsr_proof_hello(proof, c->device, nonce.data, tsr_slice_str(token));
	hello.version = TSR_PROTOCOL_VERSION;
	hello.token = token;
	hello.device_key = (ProtobufCBinaryData){ sizeof(key), key };
	hello.proof = (ProtobufCBinaryData){ sizeof(proof), proof };
	hello.name = c->name;
	hello.client = TESSERA__V1__CLIENT__CLIENT_NATIVE;
	message.hello = &hello;
	message.body_case = TESSERA__V1__TO_SERVER__BODY_HELLO;
	fail_unless_sent(c, tsr_client_send_on(c->control, &message));
	c->token[0] = '\0'; /* one use */
}

void tsr_client_attach(struct tsr_client *c, struct tsr_slice nonce)
{
	Tessera__V1__ToServer message = TESSERA__V1__TO_SERVER__INIT;
	Tessera__V1__Attach attach = TESSERA__V1__ATTACH__INIT;
	uint8_t proof[TSR_SIGNATURE_LEN];

	if (nonce.len != TSR_CHALLENGE_LEN || !c->has_ticket)
		return;
	tsr_proof_attach(proof, c->device, nonce.data, c->ticket);
	attach.version = TSR_PROTOCOL_VERSION;
	attach.ticket = (ProtobufCBinaryData){ sizeof(c->ticket), c->ticket };
	attach.proof = (ProtobufCBinaryData){ sizeof(proof), proof };
	message.attach = &attach;
	message.body_case = TESSERA__V1__TO_SERVER__BODY_ATTACH;
	if (tsr_client_send_on(c->bulk, &message) == 0)
		c->has_ticket = false; /* one use */
}

void tsr_client_ping(struct tsr_client *c)
{
	Tessera__V1__ToServer message = TESSERA__V1__TO_SERVER__INIT;
	Tessera__V1__Ping ping = TESSERA__V1__PING__INIT;

	ping.stamp = (uint64_t)tsr_client_now(c);
	message.ping = &ping;
	message.body_case = TESSERA__V1__TO_SERVER__BODY_PING;
	if (c->control && tsr_client_send_on(c->control, &message) != 0)
		return; /* its end is reported by the channel */
	if (c->bulk && c->is_bulk_up)
		(void)!tsr_client_send_on(c->bulk, &message);
}

void tsr_client_leave(struct tsr_client *c)
{
	Tessera__V1__ToServer message = TESSERA__V1__TO_SERVER__INIT;
	Tessera__V1__Leave leave = TESSERA__V1__LEAVE__INIT;

	message.leave = &leave;
	message.body_case = TESSERA__V1__TO_SERVER__BODY_LEAVE;
	if (tsr_client_ask(c, &message, NULL) != 0)
		tsr_client_finish(c, TESSERA__V1__CLOSE_REASON__CLOSE_LEFT, 0, "You left.");
}

/* ---- own streams --------------------------------------------------------------------------------
 */

struct tsr_own_stream *tsr_client_find_request(struct tsr_client *c, uint32_t request)
{
	for (int i = 0; i < TSR_CLIENT_STREAMS; i++) {
		struct tsr_own_stream *s = &c->streams[i];

		if (s->in_use && s->instance.stream.v == 0 && s->request == request)
			return s;
	}
	return NULL;
}

static const struct tsr_own_stream *find_own_const(
	const struct tsr_client *c, uint32_t stream_class, uint32_t id)
{
	for (int i = 0; i < TSR_CLIENT_STREAMS; i++) {
		const struct tsr_own_stream *s = &c->streams[i];

		if (s->in_use && s->instance.stream.v != 0 && s->stream_class == stream_class &&
			(id == 0 || s->instance.stream.v == id))
			return s;
	}
	return NULL;
}

static struct tsr_own_stream *find_own(struct tsr_client *c, uint32_t stream_class, uint32_t id)
{
	return (struct tsr_own_stream *)(uintptr_t)find_own_const(c, stream_class, id);
}

/* The counter goes with the key: a stream of ours that was said to be gone must never send again,
 * or it would begin anew at 0 under the same key. */
void tsr_client_forget_stream(struct tsr_client *c, struct tsr_stream_id stream)
{
	for (int i = 0; i < TSR_CLIENT_STREAMS; i++) {
		if (c->streams[i].in_use && c->streams[i].instance.stream.v == stream.v)
			c->streams[i] = (struct tsr_own_stream){ 0 };
	}
	if (c->keyring)
		tsr_keyring_forget(c->keyring, stream);
}

static int open_stream(struct tsr_client *c, Tessera__V1__StreamOpen *open, uint32_t *request)
{
	Tessera__V1__ToServer message = TESSERA__V1__TO_SERVER__INIT;
	struct tsr_own_stream *s = NULL;
	int r;

	for (int i = 0; i < TSR_CLIENT_STREAMS && !s; i++) {
		if (!c->streams[i].in_use)
			s = &c->streams[i];
	}
	if (!s)
		return TSR_ERR_FULL;
	*s = (struct tsr_own_stream){ .stream_class = open->stream_class };
	s->instance.from = c->me;
	memcpy(s->instance.device_key, tsr_sign_key_public(c->device), TSR_SIGN_PUBLIC_LEN);
	tsr_random(s->instance.nonce, sizeof(s->instance.nonce));
	open->nonce = (ProtobufCBinaryData){ sizeof(s->instance.nonce), s->instance.nonce };
	message.stream_open = open;
	message.body_case = TESSERA__V1__TO_SERVER__BODY_STREAM_OPEN;
	if ((r = tsr_client_ask(c, &message, &s->request)) != 0)
		return r;
	s->in_use = true;
	if (request)
		*request = s->request;
	return 0;
}

void tsr_client_reset_streams(struct tsr_client *c)
{
	Tessera__V1__StreamOpen open = TESSERA__V1__STREAM_OPEN__INIT;

	memset(c->streams, 0, sizeof(c->streams));
	open.stream_class = TESSERA__V1__STREAM_CLASS__STREAM_CHAT;
	fail_unless_sent(c, open_stream(c, &open, NULL));
}

int tsr_client_open_screen(struct tsr_client *c, uint32_t format, uint32_t width, uint32_t height,
	const char *label, uint32_t *request)
{
	Tessera__V1__StreamOpen open = TESSERA__V1__STREAM_OPEN__INIT;
	char text[TSR_NAME_SIZE];

	snprintf(text, sizeof(text), "%s", label);
	open.stream_class = TESSERA__V1__STREAM_CLASS__STREAM_SCREEN;
	open.format = (Tessera__V1__PixelFormat)format;
	open.width = width;
	open.height = height;
	open.label = text;
	return open_stream(c, &open, request);
}

/* Seals a frame of one of our streams and sends it on a channel. */
static int send_frame(struct tsr_client *c, struct tsr_channel *channel, struct tsr_own_stream *s,
	struct tsr_frame frame, struct tsr_slice plain, size_t *bytes)
{
	struct tsr_msg *msg = tsr_msg_create(1 + tsr_keyring_sealed_max(plain.len));
	size_t len = 0;
	int r;

	if (!msg)
		return TSR_ERR_NOMEM;
	frame.from = c->me.v;
	frame.stream = s->instance.stream.v;
	msg->data[0] = KIND_FRAME;
	r = tsr_keyring_seal(
		c->keyring, &s->instance, &frame, plain, msg->data + 1, msg->len - 1, &len);
	if (r == 0)
		r = tsr_channel_send(channel, tsr_slice(msg->data, 1 + len));
	tsr_msg_unref(&msg);
	if (bytes)
		*bytes = len;
	return r;
}

int tsr_client_send_picture(
	struct tsr_client *c, const struct tsr_frame *frame, struct tsr_slice unit, size_t *bytes)
{
	struct tsr_own_stream *s =
		find_own(c, TESSERA__V1__STREAM_CLASS__STREAM_SCREEN, frame->stream);

	if (!s || !c->is_bulk_up || !c->keyring)
		return TSR_ERR_STATE;
	return send_frame(c, c->bulk, s, *frame, unit, bytes);
}

int tsr_client_open_pointer(struct tsr_client *c, uint32_t *request)
{
	Tessera__V1__StreamOpen open = TESSERA__V1__STREAM_OPEN__INIT;

	open.stream_class = TESSERA__V1__STREAM_CLASS__STREAM_POINTER;
	for (int i = 0; i < TSR_CLIENT_STREAMS; i++) {
		if (!c->streams[i].in_use || c->streams[i].stream_class != open.stream_class)
			continue;
		*request = c->streams[i].request;
		return 0;
	}
	return open_stream(c, &open, request);
}

bool tsr_client_has_pointer(const struct tsr_client *c)
{
	return find_own_const(c, TESSERA__V1__STREAM_CLASS__STREAM_POINTER, 0) != NULL;
}

int tsr_client_send_pointer(struct tsr_client *c, struct tsr_slice plain)
{
	struct tsr_own_stream *s = find_own(c, TESSERA__V1__STREAM_CLASS__STREAM_POINTER, 0);
	struct tsr_frame frame = { .class = TSR_FRAME_POINTER };

	if (!s || !c->keyring || c->status != TSR_CLIENT_IN)
		return TSR_ERR_STATE;
	frame.picture = ++s->n_frames;
	return send_frame(c, c->control, s, frame, plain, NULL);
}

int tsr_client_chat(struct tsr_client *c, struct tsr_member_id to, const char *text)
{
	struct tsr_own_stream *s = find_own(c, TESSERA__V1__STREAM_CLASS__STREAM_CHAT, 0);
	struct tsr_frame frame = { .class = TSR_FRAME_CHAT, .to = to.v };
	json_t *body;
	char *json;
	int r = TSR_ERR_NOMEM;

	if (!s || !c->keyring || c->status != TSR_CLIENT_IN)
		return TSR_ERR_STATE;
	body = json_pack("{s:s, s:I}", "t", text, "at", (json_int_t)tsr_clock_wall_ms());
	json = body ? json_dumps(body, JSON_COMPACT) : NULL;
	if (json) {
		frame.picture = ++s->n_frames;
		r = strlen(json) > CHAT_MAX
			    ? TSR_ERR_TOO_BIG
			    : send_frame(c, c->control, s, frame, tsr_slice_str(json), NULL);
		tsr_wipe(json, strlen(json));
		free(json);
	}
	json_decref(body);
	return body ? r : TSR_ERR_FORMAT;
}

int tsr_client_chat_text(char *out, size_t cap, struct tsr_slice plain)
{
	json_t *body = plain.len <= CHAT_MAX ? json_loadb((const char *)plain.data, plain.len,
						       JSON_REJECT_DUPLICATES, NULL)
					     : NULL;
	const json_t *text = json_object_get(body, "t");
	int r = TSR_ERR_FORMAT;

	if (json_is_string(text) && json_string_length(text) < cap &&
		strlen(json_string_value(text)) == json_string_length(text)) {
		memcpy(out, json_string_value(text), json_string_length(text) + 1);
		r = 0;
	}
	json_decref(body);
	return r;
}
