/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_WIRE_WEBSOCKET_H
#define TSR_WIRE_WEBSOCKET_H

#include <stddef.h>
#include <stdint.h>

#include "core/base/attr.h"
#include "core/base/slice.h"
#include "core/wire/http.h"

/*
 * websocket: the handshake of RFC 6455 and the server's way of sending: a header of 2 to 10
 * bytes in front of shared buffers, never masked, never fragmented. Received frames are read
 * with wslay where they arrive.
 */
#define TSR_WEBSOCKET_KEY_LEN 24    /* characters of Sec-WebSocket-Key */
#define TSR_WEBSOCKET_ACCEPT_LEN 28 /* characters of Sec-WebSocket-Accept */
#define TSR_WEBSOCKET_HEADER_MAX 10
#define TSR_WEBSOCKET_CONTROL_MAX 125 /* bytes of a ping, pong or close */

enum tsr_websocket_opcode {
	TSR_WEBSOCKET_TEXT = 1,
	TSR_WEBSOCKET_BINARY = 2,
	TSR_WEBSOCKET_CLOSE = 8,
	TSR_WEBSOCKET_PING = 9,
	TSR_WEBSOCKET_PONG = 10,
};

/* Writes Sec-WebSocket-Accept for a key and a NUL. Returns 0, or TSR_ERR_FORMAT when the key
 * is not 16 bytes in base64. */
TSR_CHECKED int tsr_websocket_accept(
	char out[static TSR_WEBSOCKET_ACCEPT_LEN + 1], struct tsr_slice key);

/*
 * Checks that a request asks for a WebSocket of version 13 with this subprotocol, without a
 * body, and writes the accept key. Origin is not looked at (tsr_http_is_same_origin).
 * Returns 0; TSR_ERR_VERSION: answer 426 with Sec-WebSocket-Version: 13; TSR_ERR_FORMAT: 400.
 */
TSR_CHECKED int tsr_websocket_check_request(char accept[static TSR_WEBSOCKET_ACCEPT_LEN + 1],
	const struct tsr_http_request *request, const char *protocol);

/* Writes the whole 101 reply, head and end. */
void tsr_websocket_write_reply(struct tsr_writer *wr, const char *accept, const char *protocol);

/* The client's side: writes the key for 16 random bytes and a NUL; writes the upgrade request;
 * checks the reply. The last returns 0 or TSR_ERR_FORMAT. */
void tsr_websocket_key(char out[static TSR_WEBSOCKET_KEY_LEN + 1], const uint8_t random[static 16]);
void tsr_websocket_write_request(struct tsr_writer *wr, const char *host, const char *target,
	const char *key, const char *protocol);
TSR_CHECKED int tsr_websocket_check_response(
	const struct tsr_http_response *response, const char *key, const char *protocol);

/* Writes the header of an unfragmented server frame with len bytes behind it.
 * Returns its length: 2, 4 or 10. */
size_t tsr_websocket_header_write(uint8_t out[static TSR_WEBSOCKET_HEADER_MAX],
	enum tsr_websocket_opcode opcode, uint64_t len);

/* Writes a whole close frame; reason is cut to 123 bytes. Returns its length. */
size_t tsr_websocket_close_write(
	uint8_t out[static 2 + TSR_WEBSOCKET_CONTROL_MAX], uint16_t code, const char *reason);

#endif
