/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/screen/stream.h"

#include "bench/screen/tools.h"

struct stream {
	FILE *file;
};

static void put(struct stream *stream, const void *bytes, size_t len)
{
	if (fwrite(bytes, 1, len, stream->file) != len)
		bench_die("a stream cannot be written: no room?");
}

struct stream *stream_open(
	const char *path, enum tsr_pixel_format format, uint32_t width, uint32_t height)
{
	struct stream *stream = bench_alloc(sizeof(*stream));
	uint32_t head[3] = { format, width, height };

	stream->file = fopen(path, "wb");
	if (!stream->file)
		bench_die("%s cannot be made", path);
	put(stream, head, sizeof(head));
	return stream;
}

void stream_add(struct stream *stream, const struct tsr_frame *frame, uint64_t digest,
	struct tsr_slice unit)
{
	uint8_t header[TSR_FRAME_HEADER_LEN];
	uint32_t len = (uint32_t)unit.len;
	struct tsr_frame out = *frame;

	out.length = len + TSR_FRAME_OVERHEAD;
	tsr_frame_write(header, &out);
	put(stream, header, sizeof(header));
	put(stream, &digest, sizeof(digest));
	put(stream, &len, sizeof(len));
	put(stream, unit.data, unit.len);
}

void stream_close(struct stream *stream)
{
	if (!stream)
		return;
	if (fclose(stream->file) != 0)
		bench_die("a stream cannot be written: no room?");
	free(stream);
}
