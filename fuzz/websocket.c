/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The handshake and what the server writes. The first byte says which:
 *
 *	0  a key: one text for each 16 bytes, and nothing else is taken for one
 *	1  16 random bytes; which message of an honest handshake is damaged, where (2 bytes), how
 *	2  an opcode, a length (8 bytes), the reason of a close
 */
#include <stdlib.h>

#include "core/base/reader.h"
#include "core/base/writer.h"
#include "core/wire/websocket.h"

#define PROTOCOL "tessera.v1"
#define MESSAGE_MAX 1024

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void try_key(struct tsr_slice key)
{
	char accept[TSR_WEBSOCKET_ACCEPT_LEN + 1];
	int r = tsr_websocket_accept(accept, key);

	if (strlen(accept) != (r == 0 ? TSR_WEBSOCKET_ACCEPT_LEN : 0) ||
		(r == 0 && key.len != TSR_WEBSOCKET_KEY_LEN))
		abort();
}

/* What of a message of the handshake is another. */
struct damage {
	uint8_t which, change;
	uint16_t at;
};

static void apply(const struct damage *damage, uint8_t which, struct tsr_writer *wr)
{
	if (damage->which == which && wr->len > 0)
		wr->data[damage->at % wr->len] ^= damage->change;
}

static int answer(uint8_t *buf, struct tsr_slice request, char *accept)
{
	static struct tsr_http_request parsed;
	size_t used;
	int r;

	tsr_http_request_init(&parsed, buf, TSR_HTTP_HEAD_MAX, 0);
	if ((r = tsr_http_request_feed(&parsed, request, &used)) != 0)
		return r;
	return tsr_websocket_check_request(accept, &parsed, PROTOCOL);
}

static void shake_hands(struct tsr_slice in)
{
	static uint8_t bytes[MESSAGE_MAX], heads[2][TSR_HTTP_HEAD_MAX];
	static struct tsr_http_response response;
	struct tsr_writer wr = tsr_writer(bytes, sizeof(bytes));
	char key[TSR_WEBSOCKET_KEY_LEN + 1], accept[TSR_WEBSOCKET_ACCEPT_LEN + 1];
	struct tsr_reader rd = tsr_reader(in);
	struct tsr_slice random = tsr_reader_bytes(&rd, 16);
	struct damage damage;
	bool is_whole;
	size_t used;
	int r;

	damage.which = tsr_reader_u8(&rd) % 3;
	damage.at = tsr_reader_u16(&rd);
	damage.change = tsr_reader_u8(&rd);
	if (tsr_reader_end(&rd) != 0)
		return;
	is_whole = damage.which == 2 || damage.change == 0;
	tsr_websocket_key(key, random.data);
	tsr_websocket_write_request(&wr, "localhost:8443", "/v1/control", key, PROTOCOL);
	apply(&damage, 0, &wr);
	r = answer(heads[0], tsr_slice(bytes, wr.len), accept);
	if (is_whole && r != 0)
		abort();
	if (r != 0)
		return;
	wr = tsr_writer(bytes, sizeof(bytes));
	tsr_websocket_write_reply(&wr, accept, PROTOCOL);
	apply(&damage, 1, &wr);
	tsr_http_response_init(&response, heads[1], sizeof(heads[1]), 0);
	r = tsr_http_response_feed(&response, tsr_slice(bytes, wr.len), &used);
	if (r == 0)
		r = tsr_websocket_check_response(&response, key, PROTOCOL);
	if (is_whole && r != 0)
		abort();
	if (r == 0 && damage.which == 1 &&
		!tsr_slice_equal(*tsr_http_find(&response.head, "Sec-WebSocket-Accept"),
			tsr_slice_str(accept)))
		abort();
}

static uint64_t length_of(const uint8_t *header, size_t len)
{
	uint64_t value = 0;

	if (len == 2)
		return header[1];
	for (size_t i = 2; i < len; i++)
		value = value << 8 | header[i];
	return value;
}

static void write_frames(struct tsr_slice in)
{
	struct tsr_reader rd = tsr_reader(in);
	uint8_t header[TSR_WEBSOCKET_HEADER_MAX], frame[2 + TSR_WEBSOCKET_CONTROL_MAX];
	char reason[256];
	uint8_t opcode = tsr_reader_u8(&rd) & 15;
	uint64_t len = tsr_reader_u64(&rd);
	struct tsr_slice rest =
		tsr_slice(in.data + (in.len < 9 ? in.len : 9), in.len < 9 ? 0 : in.len - 9);
	size_t n;

	if (in.len < 9)
		return;
	n = tsr_websocket_header_write(header, (enum tsr_websocket_opcode)opcode, len);
	if (header[0] != (0x80 | opcode) || length_of(header, n) != len || (header[1] & 0x80))
		abort();
	n = rest.len < sizeof(reason) ? rest.len : sizeof(reason) - 1;
	if (n > 0)
		memcpy(reason, rest.data, n);
	reason[n] = '\0';
	n = tsr_websocket_close_write(frame, (uint16_t)len, reason);
	if (n != 2u + frame[1] || frame[1] > TSR_WEBSOCKET_CONTROL_MAX ||
		memcmp(frame + 4, reason, frame[1] - 2u) != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tsr_slice rest;

	if (size == 0)
		return 0;
	rest = tsr_slice(data + 1, size - 1);
	switch (data[0] % 3) {
	case 0:
		try_key(rest);
		break;
	case 1:
		shake_hands(rest);
		break;
	default:
		write_frames(rest);
		break;
	}
	return 0;
}
