/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/screen/recording.h"

#include <string.h>
#include <zstd.h>

#include "bench/screen/tools.h"

/* Faster than level 1: it runs beside the session that it records. */
#define LEVEL (-3)

static const char magic[8] = "tsrrec1";

struct head {
	char magic[8];
	int64_t start_us;
	uint32_t width, height;
};

struct frame_head {
	uint32_t tick, x, y, width, height, len;
};

struct recorder {
	FILE *file;
	uint32_t width, height;
	uint8_t *last, *delta, *packed;
	size_t cap;
	ZSTD_CCtx *zstd;
};

struct recording {
	FILE *file;
	struct head head;
	struct frame_head next; /* read already, its pixels not */
	uint8_t *pixels, *delta, *packed;
	size_t cap;
	struct tsr_planes planes;
};

static size_t area_of(uint32_t width, uint32_t height)
{
	return (size_t)width * height * 4;
}

static void put(struct recorder *rec, const void *bytes, size_t len)
{
	if (fwrite(bytes, 1, len, rec->file) != len)
		bench_die("the recording cannot be written: no room?");
}

struct recorder *recorder_open(const char *path, int64_t start_us, uint32_t width, uint32_t height)
{
	struct recorder *rec = bench_alloc(sizeof(*rec));
	struct head head = { .start_us = start_us, .width = width, .height = height };

	memcpy(head.magic, magic, sizeof(magic));
	rec->width = width;
	rec->height = height;
	rec->last = bench_alloc(area_of(width, height));
	rec->delta = bench_alloc(area_of(width, height));
	rec->cap = ZSTD_compressBound(area_of(width, height));
	rec->packed = bench_alloc(rec->cap);
	rec->zstd = ZSTD_createCCtx();
	rec->file = fopen(path, "wb");
	if (!rec->file || !rec->zstd)
		bench_die("%s cannot be made", path);
	put(rec, &head, sizeof(head));
	return rec;
}

void recorder_add(struct recorder *rec, const struct recording_frame *frame, const uint8_t *pixels,
	size_t stride)
{
	struct tsr_rect r = frame->damage;
	struct frame_head head = { frame->tick, r.x, r.y, r.width, r.height, 0 };
	uint32_t *delta = (uint32_t *)(void *)rec->delta;

	for (uint32_t y = r.y; y < r.y + r.height; y++) {
		const uint8_t *from = pixels + y * stride + (size_t)r.x * 4;
		uint8_t *last = rec->last + ((size_t)y * rec->width + r.x) * 4;

		for (uint32_t x = 0; x < r.width; x++, from += 4, last += 4) {
			uint32_t now, before;

			memcpy(&now, from, 4);
			memcpy(&before, last, 4);
			now |= 0xff000000u;
			*delta++ = now ^ before;
			memcpy(last, &now, 4);
		}
	}
	head.len = (uint32_t)ZSTD_compressCCtx(
		rec->zstd, rec->packed, rec->cap, rec->delta, area_of(r.width, r.height), LEVEL);
	put(rec, &head, sizeof(head));
	put(rec, rec->packed, head.len);
}

void recorder_close(struct recorder *rec, uint32_t last_tick)
{
	struct frame_head end = { .tick = last_tick };

	put(rec, &end, sizeof(end));
	if (fclose(rec->file) != 0)
		bench_die("the recording cannot be written: no room?");
	ZSTD_freeCCtx(rec->zstd);
	free(rec->last);
	free(rec->delta);
	free(rec->packed);
	free(rec);
}

static bool is_inside(const struct recording *rec, const struct frame_head *head)
{
	return head->x <= rec->head.width && head->width <= rec->head.width - head->x &&
	       head->y <= rec->head.height && head->height <= rec->head.height - head->y &&
	       head->len <= rec->cap;
}

static void read_next(struct recording *rec)
{
	if (fread(&rec->next, sizeof(rec->next), 1, rec->file) != 1 || !is_inside(rec, &rec->next))
		bench_die("the recording is cut off");
}

struct recording *recording_open(const char *path)
{
	struct recording *rec = bench_alloc(sizeof(*rec));
	size_t len;

	rec->file = fopen(path, "rb");
	if (!rec->file || fread(&rec->head, sizeof(rec->head), 1, rec->file) != 1 ||
		memcmp(rec->head.magic, magic, sizeof(magic)) != 0 ||
		rec->head.width > TSR_PICTURE_SIDE_MAX || rec->head.height > TSR_PICTURE_SIDE_MAX)
		bench_die("%s is no recording", path);
	len = area_of(rec->head.width, rec->head.height);
	rec->pixels = bench_alloc(len);
	rec->delta = bench_alloc(len);
	rec->cap = ZSTD_compressBound(len);
	rec->packed = bench_alloc(rec->cap);
	rec->planes =
		tsr_picture_planes(TSR_FORMAT_BGRA, rec->head.width, rec->head.height, rec->pixels);
	read_next(rec);
	return rec;
}

void recording_close(struct recording *rec)
{
	fclose(rec->file);
	free(rec->pixels);
	free(rec->delta);
	free(rec->packed);
	free(rec);
}

uint32_t recording_width(const struct recording *rec)
{
	return rec->head.width;
}

uint32_t recording_height(const struct recording *rec)
{
	return rec->head.height;
}

int64_t recording_start_us(const struct recording *rec)
{
	return rec->head.start_us;
}

const struct tsr_planes *recording_picture(const struct recording *rec)
{
	return &rec->planes;
}

uint32_t recording_next_tick(const struct recording *rec)
{
	return rec->next.tick;
}

bool recording_next(struct recording *rec, struct recording_frame *frame)
{
	struct frame_head head = rec->next;
	const uint8_t *delta = rec->delta;

	frame->tick = head.tick;
	frame->damage = (struct tsr_rect){ head.x, head.y, head.width, head.height };
	if (head.len == 0)
		return false;
	if (fread(rec->packed, 1, head.len, rec->file) != head.len)
		bench_die("the recording is cut off");
	if (ZSTD_decompress(rec->delta, area_of(head.width, head.height), rec->packed, head.len) !=
		area_of(head.width, head.height))
		bench_die("the recording is damaged");
	for (uint32_t y = head.y; y < head.y + head.height; y++) {
		uint8_t *row = rec->pixels + ((size_t)y * rec->head.width + head.x) * 4;

		for (size_t i = 0; i < (size_t)head.width * 4; i++)
			row[i] ^= *delta++;
	}
	read_next(rec);
	return true;
}
