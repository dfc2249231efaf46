/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>

#include "core/base/err.h"
#include "core/wire/http.h"

const char *tsr_http_reason(int status)
{
	static const struct {
		int status;
		const char *text;
	} reasons[] = { { 101, "Switching Protocols" }, { 200, "OK" }, { 201, "Created" },
		{ 204, "No Content" }, { 206, "Partial Content" }, { 301, "Moved Permanently" },
		{ 304, "Not Modified" }, { 307, "Temporary Redirect" },
		{ 308, "Permanent Redirect" }, { 400, "Bad Request" }, { 401, "Unauthorized" },
		{ 403, "Forbidden" }, { 404, "Not Found" }, { 405, "Method Not Allowed" },
		{ 408, "Request Timeout" }, { 409, "Conflict" }, { 410, "Gone" },
		{ 413, "Content Too Large" }, { 415, "Unsupported Media Type" },
		{ 421, "Misdirected Request" }, { 423, "Locked" }, { 426, "Upgrade Required" },
		{ 429, "Too Many Requests" }, { 431, "Request Header Fields Too Large" },
		{ 500, "Internal Server Error" }, { 501, "Not Implemented" },
		{ 502, "Bad Gateway" }, { 503, "Service Unavailable" }, { 504, "Gateway Timeout" },
		{ 505, "HTTP Version Not Supported" } };

	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (reasons[i].status == status)
			return reasons[i].text;
	return "Status";
}

/* Nothing that is written may hold a control character, or '\0' where C strings cannot. */
static void write_text(struct tsr_writer *wr, struct tsr_slice text)
{
	for (size_t i = 0; i < text.len && !wr->err; i++)
		if ((text.data[i] < ' ' && text.data[i] != '\t') || text.data[i] == 0x7f)
			wr->err = TSR_ERR_FORMAT;
	tsr_writer_bytes(wr, text);
}

/* The same without blanks: methods, targets, names. */
static void write_word(struct tsr_writer *wr, const char *word)
{
	if (!wr->err && (!*word || strpbrk(word, " \t")))
		wr->err = TSR_ERR_FORMAT;
	write_text(wr, tsr_slice_str(word));
}

void tsr_http_write_status(struct tsr_writer *wr, int status)
{
	char line[64];
	int len = snprintf(
		line, sizeof(line), "HTTP/1.1 %03d %s\r\n", status, tsr_http_reason(status));

	tsr_writer_bytes(wr, tsr_slice(line, (size_t)len));
}

void tsr_http_write_request(struct tsr_writer *wr, const char *method, const char *target)
{
	write_word(wr, method);
	tsr_writer_u8(wr, ' ');
	write_word(wr, target);
	tsr_writer_bytes(wr, tsr_slice_str(" HTTP/1.1\r\n"));
}

void tsr_http_write_header(struct tsr_writer *wr, const char *name, struct tsr_slice value)
{
	if (!wr->err && strpbrk(name, ":\"(),/;<=>?@[\\]{}"))
		wr->err = TSR_ERR_FORMAT;
	write_word(wr, name);
	tsr_writer_bytes(wr, tsr_slice_str(": "));
	write_text(wr, value);
	tsr_writer_bytes(wr, tsr_slice_str("\r\n"));
}

void tsr_http_write_header_u64(struct tsr_writer *wr, const char *name, uint64_t value)
{
	char text[24];
	int len = snprintf(text, sizeof(text), "%" PRIu64, value);

	tsr_http_write_header(wr, name, tsr_slice(text, (size_t)len));
}

void tsr_http_write_end(struct tsr_writer *wr)
{
	tsr_writer_bytes(wr, tsr_slice_str("\r\n"));
}
