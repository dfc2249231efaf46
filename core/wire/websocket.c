/* SPDX-License-Identifier: Apache-2.0 */
#include "core/wire/websocket.h"

#include <assert.h>
#include <openssl/evp.h>

#include "core/base/err.h"

#define SHA1_LEN 20
#define FIN 0x80
#define CLOSE_REASON_MAX (TSR_WEBSOCKET_CONTROL_MAX - 2)

static_assert(TSR_WEBSOCKET_ACCEPT_LEN == (SHA1_LEN + 2) / 3 * 4, "SHA-1 in base64");

static bool is_base64(uint8_t c)
{
	return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || c == '+' ||
	       c == '/';
}

/* 16 bytes are 22 characters, of the last of which four bits are zero, and "==". */
static bool is_key(struct tsr_slice key)
{
	if (key.len != TSR_WEBSOCKET_KEY_LEN || memcmp(key.data + 22, "==", 2) != 0)
		return false;
	for (size_t i = 0; i < 22; i++)
		if (!is_base64(key.data[i]))
			return false;
	return strchr("AQgw", key.data[21]) != NULL;
}

int tsr_websocket_accept(char out[static TSR_WEBSOCKET_ACCEPT_LEN + 1], struct tsr_slice key)
{
	static const char guid[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
	uint8_t text[TSR_WEBSOCKET_KEY_LEN + sizeof(guid) - 1];
	uint8_t hash[SHA1_LEN];

	out[0] = '\0';
	if (!is_key(key))
		return TSR_ERR_FORMAT;
	memcpy(text, key.data, TSR_WEBSOCKET_KEY_LEN);
	memcpy(text + TSR_WEBSOCKET_KEY_LEN, guid, sizeof(guid) - 1);
	if (EVP_Digest(text, sizeof(text), hash, NULL, EVP_sha1(), NULL) != 1)
		return TSR_ERR_CRYPTO;
	EVP_EncodeBlock((unsigned char *)out, hash, sizeof(hash));
	return 0;
}

int tsr_websocket_check_request(char accept[static TSR_WEBSOCKET_ACCEPT_LEN + 1],
	const struct tsr_http_request *request, const char *protocol)
{
	const struct tsr_http_head *head = &request->head;
	const struct tsr_slice *key = tsr_http_find(head, "Sec-WebSocket-Key");
	const struct tsr_slice *version = tsr_http_find(head, "Sec-WebSocket-Version");

	accept[0] = '\0';
	if (!tsr_http_is_method(request, "GET") || head->minor_version != 1 ||
		head->content_length != 0 || !tsr_http_has_token(head, "Upgrade", "websocket") ||
		!tsr_http_has_token(head, "Connection", "upgrade") || !key || !version ||
		!tsr_http_has_token(head, "Sec-WebSocket-Protocol", protocol))
		return TSR_ERR_FORMAT;
	if (!tsr_slice_equal(*version, tsr_slice_str("13")))
		return TSR_ERR_VERSION;
	return tsr_websocket_accept(accept, *key);
}

static void write_header(struct tsr_writer *wr, const char *name, const char *value)
{
	tsr_http_write_header(wr, name, tsr_slice_str(value));
}

void tsr_websocket_write_reply(struct tsr_writer *wr, const char *accept, const char *protocol)
{
	tsr_http_write_status(wr, 101);
	write_header(wr, "Upgrade", "websocket");
	write_header(wr, "Connection", "Upgrade");
	write_header(wr, "Sec-WebSocket-Accept", accept);
	write_header(wr, "Sec-WebSocket-Protocol", protocol);
	tsr_http_write_end(wr);
}

void tsr_websocket_key(char out[static TSR_WEBSOCKET_KEY_LEN + 1], const uint8_t random[static 16])
{
	EVP_EncodeBlock((unsigned char *)out, random, 16);
}

void tsr_websocket_write_request(struct tsr_writer *wr, const char *host, const char *target,
	const char *key, const char *protocol)
{
	tsr_http_write_request(wr, "GET", target);
	write_header(wr, "Host", host);
	write_header(wr, "Upgrade", "websocket");
	write_header(wr, "Connection", "Upgrade");
	write_header(wr, "Sec-WebSocket-Version", "13");
	write_header(wr, "Sec-WebSocket-Key", key);
	write_header(wr, "Sec-WebSocket-Protocol", protocol);
	tsr_http_write_end(wr);
}

int tsr_websocket_check_response(
	const struct tsr_http_response *response, const char *key, const char *protocol)
{
	const struct tsr_http_head *head = &response->head;
	const struct tsr_slice *accept = tsr_http_find(head, "Sec-WebSocket-Accept");
	const struct tsr_slice *chosen = tsr_http_find(head, "Sec-WebSocket-Protocol");
	char expected[TSR_WEBSOCKET_ACCEPT_LEN + 1];
	int r;

	if ((r = tsr_websocket_accept(expected, tsr_slice_str(key))) != 0)
		return r;
	/* No extension was offered, so none may be chosen. */
	if (response->status != 101 || !tsr_http_has_token(head, "Upgrade", "websocket") ||
		!tsr_http_has_token(head, "Connection", "upgrade") || !accept ||
		!tsr_slice_equal(*accept, tsr_slice_str(expected)) || !chosen ||
		!tsr_slice_equal(*chosen, tsr_slice_str(protocol)) ||
		tsr_http_find(head, "Sec-WebSocket-Extensions"))
		return TSR_ERR_FORMAT;
	return 0;
}

size_t tsr_websocket_header_write(uint8_t out[static TSR_WEBSOCKET_HEADER_MAX],
	enum tsr_websocket_opcode opcode, uint64_t len)
{
	struct tsr_writer wr = tsr_writer(out, TSR_WEBSOCKET_HEADER_MAX);

	tsr_writer_u8(&wr, (uint8_t)(FIN | opcode));
	if (len < 126) {
		tsr_writer_u8(&wr, (uint8_t)len);
	} else if (len <= UINT16_MAX) {
		tsr_writer_u8(&wr, 126);
		tsr_writer_u16(&wr, (uint16_t)len);
	} else {
		tsr_writer_u8(&wr, 127);
		tsr_writer_u64(&wr, len);
	}
	return wr.len;
}

size_t tsr_websocket_close_write(
	uint8_t out[static 2 + TSR_WEBSOCKET_CONTROL_MAX], uint16_t code, const char *reason)
{
	size_t len = strlen(reason);
	struct tsr_writer wr = tsr_writer(out, 2 + TSR_WEBSOCKET_CONTROL_MAX);

	if (len > CLOSE_REASON_MAX)
		len = CLOSE_REASON_MAX;
	tsr_writer_u8(&wr, FIN | TSR_WEBSOCKET_CLOSE);
	tsr_writer_u8(&wr, (uint8_t)(2 + len));
	tsr_writer_u16(&wr, code);
	tsr_writer_bytes(&wr, tsr_slice(reason, len));
	return wr.len;
}
