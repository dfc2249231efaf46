/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/load/member.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/err.h"
#include "core/crypto/base64url.h"
#include "core/crypto/random.h"
#include "core/wire/http.h"
#include "proto/unpack.h"

#define KIND_MESSAGE 0
#define TOKEN_MAX 1024
#define BUDGET (2u << 20)

void bench_door_read(struct bench_door *door, const char *text)
{
	struct tsr_organizer_keys organizer = { 0 };
	struct tsr_join_keys keys;
	struct tsr_link link;

	*door = (struct bench_door){ 0 };
	if (tsr_link_parse(&link, tsr_slice_str(text)) != 0 || link.kind == TSR_LINK_DIGITS)
		bench_die("this is no link: %s", text);
	door->port = link.port;
	memcpy(door->number, link.number, sizeof(door->number));
	door->is_organizer = link.kind == TSR_LINK_ORGANIZER;
	if (door->is_organizer) {
		if (tsr_organizer_keys_derive(&organizer, link.secret) != 0)
			bench_die("no keys from a link");
		memcpy(door->token, organizer.organizer_token, sizeof(door->token));
		tsr_organizer_keys_finish(&organizer);
	} else {
		if (tsr_join_keys_derive(&keys, link.secret) != 0)
			bench_die("no keys from a link");
		memcpy(door->token, keys.join_token, sizeof(door->token));
	}
	tsr_link_finish(&link);
}

/* ---- the request ------------------------------------------------------------------------- */

/* Reads a whole reply with a Content-Length; its body replaces what `http` holds. */
static json_t *read_reply(struct bench_conn *http)
{
	uint8_t head[TSR_HTTP_HEAD_MAX];
	struct tsr_http_response response;
	size_t used, len;
	json_t *body;
	int r = TSR_ERR_AGAIN;

	tsr_http_response_init(&response, head, sizeof(head), 65536);
	while (r == TSR_ERR_AGAIN) {
		if (http->in_len == http->in_at)
			bench_conn_read(http);
		r = tsr_http_response_feed(&response,
			tsr_slice(http->in + http->in_at, http->in_len - http->in_at), &used);
		http->in_at += used;
	}
	if (r != 0)
		bench_die("the reply to a join request is no HTTP");
	len = (size_t)response.head.content_length;
	while (http->in_len - http->in_at < len)
		bench_conn_read(http);
	body = json_loadb((const char *)http->in + http->in_at, len, 0, NULL);
	if (response.status != 200)
		bench_die("joining was answered by %d: %.*s", response.status, (int)len,
			(const char *)http->in + http->in_at);
	http->in_at += len;
	return body;
}

static void base64url(char out[64], const uint8_t *bytes, size_t len)
{
	if (tsr_base64url_write(out, 64, tsr_slice(bytes, len)) != 0)
		bench_die("base64url does not fit");
}

static void ask_for_token(struct bench_conn *http, const struct bench_door *door,
	const struct tsr_sign_key *device, char token[TOKEN_MAX])
{
	char key[64], entry[64], body[512], request[1024];
	json_t *reply;
	const char *given;
	int len;

	base64url(key, tsr_sign_key_public(device), TSR_SIGN_PUBLIC_LEN);
	base64url(entry, door->token, sizeof(door->token));
	len = snprintf(body, sizeof(body),
		"{\"number\":\"%s\",\"name\":\"%.4s\",\"device_key\":\"%s\",\"%s\":\"%s\"}",
		door->number, key, key, door->is_organizer ? "organizer_token" : "join_token",
		entry);
	len = snprintf(request, sizeof(request),
		"POST /api/v1/join HTTP/1.1\r\nHost: localhost:%u\r\n"
		"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
		door->port, len, body);
	bench_conn_write(http, tsr_slice((const uint8_t *)request, (size_t)len));
	reply = read_reply(http);
	given = json_string_value(json_object_get(reply, "token"));
	if (!given || strlen(given) >= TOKEN_MAX || json_is_true(json_object_get(reply, "lobby")))
		bench_die("joining led to the lobby");
	snprintf(token, TOKEN_MAX, "%s", given);
	json_decref(reply);
}

/* ---- the session ------------------------------------------------------------------------- */

void bench_send_message(struct bench_conn *conn, const Tessera__V1__ToServer *message)
{
	struct tsr_msg *msg = tsr_proto_pack_msg(&message->base, KIND_MESSAGE);

	if (!msg)
		bench_die("out of memory");
	bench_conn_send(conn, KIND_MESSAGE, tsr_slice(msg->data + 1, msg->len - 1));
	tsr_msg_unref(&msg);
}

/* A picture may come before the word that the connection is attached. */
static void keep_early(struct bench_conn *conn, struct tsr_slice message)
{
	uint32_t len = (uint32_t)message.len;

	conn->early = realloc(conn->early, conn->early_len + sizeof(len) + len);
	if (!conn->early)
		bench_die("out of memory");
	memcpy(conn->early + conn->early_len, &len, sizeof(len));
	memcpy(conn->early + conn->early_len + sizeof(len), message.data, len);
	conn->early_len += sizeof(len) + len;
}

/* Waits for a message of this kind, passing over others. */
static Tessera__V1__ToClient *await(
	struct bench_conn *conn, struct tsr_arena *arena, unsigned body_case)
{
	struct tsr_slice message;

	while (bench_conn_next(conn, &message)) {
		Tessera__V1__ToClient *m;

		if (message.data[0] != KIND_MESSAGE) {
			keep_early(conn, message);
			continue;
		}
		if (tsr_proto_unpack_within(&tessera__v1__to_client__descriptor,
			    tsr_slice(message.data + 1, message.len - 1), 65536, BUDGET,
			    arena) != 0)
			bench_die("a message of the server cannot be read");
		m = (Tessera__V1__ToClient *)arena->message;
		if (m->body_case == body_case)
			return m;
		if (m->body_case == TESSERA__V1__TO_CLIENT__BODY_EPOCH)
			conn->epoch = m->epoch->epoch;
		if (m->body_case == TESSERA__V1__TO_CLIENT__BODY_CLOSED)
			bench_die("the server closed: reason %d %s", (int)m->closed->reason,
				m->closed->text);
		tsr_arena_finish(arena);
	}
	bench_die("the server does not answer");
}

static void take_nonce(struct bench_conn *conn, uint8_t nonce[TSR_CHALLENGE_LEN])
{
	struct tsr_arena arena = { 0 };
	const Tessera__V1__ToClient *m =
		await(conn, &arena, TESSERA__V1__TO_CLIENT__BODY_CHALLENGE);

	if (m->challenge->nonce.len != TSR_CHALLENGE_LEN)
		bench_die("a challenge of another length");
	memcpy(nonce, m->challenge->nonce.data, TSR_CHALLENGE_LEN);
	tsr_arena_finish(&arena);
}

static void say_hello(struct bench_member *member, char *token)
{
	Tessera__V1__ToServer message = TESSERA__V1__TO_SERVER__INIT;
	Tessera__V1__Hello hello = TESSERA__V1__HELLO__INIT;
	uint8_t nonce[TSR_CHALLENGE_LEN], proof[TSR_SIGNATURE_LEN], key[TSR_SIGN_PUBLIC_LEN];
	char name[32];
	struct tsr_arena arena = { 0 };
	const Tessera__V1__ToClient *m;

	take_nonce(&member->control, nonce);
	memcpy(key, tsr_sign_key_public(member->device), sizeof(key));
	tsr_proof_hello(proof, member->device, nonce, tsr_slice_str(token));
	snprintf(name, sizeof(name), "Viewer %02x%02x", key[0], key[1]);
	hello.version = 1;
	hello.token = token;
	hello.device_key = (ProtobufCBinaryData){ sizeof(key), key };
	hello.proof = (ProtobufCBinaryData){ sizeof(proof), proof };
	hello.name = name;
	hello.client = TESSERA__V1__CLIENT__CLIENT_NATIVE;
	message.hello = &hello;
	message.body_case = TESSERA__V1__TO_SERVER__BODY_HELLO;
	bench_send_message(&member->control, &message);
	m = await(&member->control, &arena, TESSERA__V1__TO_CLIENT__BODY_WELCOME);
	if (m->welcome->bulk_ticket.len != TSR_BULK_TICKET_LEN)
		bench_die("a ticket of another length");
	memcpy(member->ticket, m->welcome->bulk_ticket.data, TSR_BULK_TICKET_LEN);
	member->id = m->welcome->member;
	tsr_arena_finish(&arena);
}

static void attach(struct bench_member *member)
{
	Tessera__V1__ToServer message = TESSERA__V1__TO_SERVER__INIT;
	Tessera__V1__Attach attach = TESSERA__V1__ATTACH__INIT;
	uint8_t nonce[TSR_CHALLENGE_LEN], proof[TSR_SIGNATURE_LEN];
	struct tsr_arena arena = { 0 };

	take_nonce(&member->bulk, nonce);
	tsr_proof_attach(proof, member->device, nonce, member->ticket);
	attach.version = 1;
	attach.ticket = (ProtobufCBinaryData){ TSR_BULK_TICKET_LEN, member->ticket };
	attach.proof = (ProtobufCBinaryData){ sizeof(proof), proof };
	message.attach = &attach;
	message.body_case = TESSERA__V1__TO_SERVER__BODY_ATTACH;
	bench_send_message(&member->bulk, &message);
	await(&member->bulk, &arena, TESSERA__V1__TO_CLIENT__BODY_ATTACHED);
	tsr_arena_finish(&arena);
}

uint32_t bench_member_open_stream(
	struct bench_member *member, uint32_t stream_class, uint32_t width, uint32_t height)
{
	Tessera__V1__ToServer message = TESSERA__V1__TO_SERVER__INIT;
	Tessera__V1__StreamOpen open = TESSERA__V1__STREAM_OPEN__INIT;
	struct tsr_arena arena = { 0 };
	const Tessera__V1__ToClient *m;
	uint8_t nonce[16];
	uint32_t stream;

	tsr_random(nonce, sizeof(nonce));
	open.stream_class = (Tessera__V1__StreamClass)stream_class;
	open.nonce = (ProtobufCBinaryData){ sizeof(nonce), nonce };
	if (stream_class == TESSERA__V1__STREAM_CLASS__STREAM_SCREEN) {
		open.format = TESSERA__V1__PIXEL_FORMAT__FORMAT_BGRA;
		open.width = width;
		open.height = height;
	}
	message.request = 1;
	message.stream_open = &open;
	message.body_case = TESSERA__V1__TO_SERVER__BODY_STREAM_OPEN;
	bench_send_message(&member->control, &message);
	m = await(&member->control, &arena, TESSERA__V1__TO_CLIENT__BODY_RESULT);
	stream = m->result->stream;
	if (stream == 0)
		bench_die("a stream was refused: %d", (int)m->result->refusal);
	tsr_arena_finish(&arena);
	return stream;
}

void bench_member_join(struct bench_member *member, SSL_CTX *ctx, struct bench_conn *http,
	const struct bench_door *door, unsigned net)
{
	char token[TOKEN_MAX];

	if (tsr_sign_key_random(&member->device) != 0)
		bench_die("out of memory");
	if (!http->ssl)
		bench_conn_open(http, ctx, door->port, net);
	ask_for_token(http, door, member->device, token);
	bench_conn_open(&member->control, ctx, door->port, net);
	bench_conn_upgrade(&member->control, door->port);
	say_hello(member, token);
	bench_conn_open(&member->bulk, ctx, door->port, net);
	bench_conn_upgrade(&member->bulk, door->port);
	attach(member);
	bench_member_open_stream(member, TESSERA__V1__STREAM_CLASS__STREAM_CHAT, 0, 0);
}
