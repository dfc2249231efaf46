/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/screen/peers.h"

#include <libyuv.h>
#include <string.h>
#include <x264.h>
#include <zstd.h>

#include "bench/screen/recording.h"
#include "bench/screen/tools.h"

#define TILE 64u

struct zstd_tiles {
	uint32_t width, height;
	uint8_t *last; /* tight rows */
	uint8_t tile[TILE * TILE * 4];
	uint8_t *packed;
	size_t cap;
	ZSTD_CCtx *zstd;
};

struct zstd_tiles *zstd_tiles_create(uint32_t width, uint32_t height)
{
	struct zstd_tiles *z = bench_alloc(sizeof(*z));

	z->width = width;
	z->height = height;
	z->last = bench_alloc((size_t)width * height * 4);
	z->cap = ZSTD_compressBound(sizeof(z->tile));
	z->packed = bench_alloc(z->cap);
	z->zstd = ZSTD_createCCtx();
	if (!z->zstd)
		bench_die("out of memory");
	return z;
}

void zstd_tiles_destroy(struct zstd_tiles *z)
{
	ZSTD_freeCCtx(z->zstd);
	free(z->last);
	free(z->packed);
	free(z);
}

static bool is_dirty(const struct zstd_tiles *z, const struct tsr_planes *p, struct tsr_rect t)
{
	for (uint32_t y = t.y; y < t.y + t.height; y++)
		if (memcmp(p->plane[0] + y * p->stride[0] + (size_t)t.x * 4,
			    z->last + ((size_t)y * z->width + t.x) * 4, (size_t)t.width * 4) != 0)
			return true;
	return false;
}

static size_t code_tile(struct zstd_tiles *z, const struct tsr_planes *p, struct tsr_rect t)
{
	size_t row = (size_t)t.width * 4;

	for (uint32_t y = 0; y < t.height; y++) {
		const uint8_t *from = p->plane[0] + (t.y + y) * p->stride[0] + (size_t)t.x * 4;

		memcpy(z->tile + y * row, from, row);
		memcpy(z->last + ((size_t)(t.y + y) * z->width + t.x) * 4, from, row);
	}
	return ZSTD_compressCCtx(z->zstd, z->packed, z->cap, z->tile, row * t.height, 1);
}

static uint32_t at_most(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

size_t zstd_tiles_picture(
	struct zstd_tiles *z, const struct tsr_planes *bgra, struct tsr_rect damage)
{
	size_t bytes = 0;

	for (uint32_t y = damage.y & ~(TILE - 1); y < damage.y + damage.height; y += TILE)
		for (uint32_t x = damage.x & ~(TILE - 1); x < damage.x + damage.width; x += TILE) {
			struct tsr_rect t = { x, y, at_most(TILE, z->width - x),
				at_most(TILE, z->height - y) };

			if (is_dirty(z, bgra, t))
				bytes += code_tile(z, bgra, t);
		}
	return bytes;
}

struct x264_peer {
	x264_t *x264;
	x264_picture_t in;
	int64_t pts;
};

struct x264_peer *x264_peer_create(uint32_t width, uint32_t height)
{
	struct x264_peer *x = bench_alloc(sizeof(*x));
	x264_param_t param;

	if (x264_param_default_preset(&param, "ultrafast", "zerolatency") != 0)
		bench_die("x264 has no such preset");
	param.i_width = (int)width;
	param.i_height = (int)height;
	param.i_csp = X264_CSP_I420;
	param.i_threads = 1;
	param.i_fps_num = RECORDING_FPS;
	param.i_fps_den = 1;
	param.b_vfr_input = 0;
	param.i_keyint_max = X264_KEYINT_MAX_INFINITE;
	param.rc.i_rc_method = X264_RC_CRF;
	param.rc.f_rf_constant = 23;
	param.i_log_level = X264_LOG_ERROR;
	x->x264 = x264_encoder_open(&param);
	if (!x->x264 || x264_picture_alloc(&x->in, X264_CSP_I420, (int)width, (int)height) != 0)
		bench_die("x264 cannot start");
	return x;
}

void x264_peer_destroy(struct x264_peer *x)
{
	x264_picture_clean(&x->in);
	x264_encoder_close(x->x264);
	free(x);
}

void x264_peer_convert(struct x264_peer *x, const struct tsr_planes *bgra)
{
	x264_param_t param;

	x264_encoder_parameters(x->x264, &param);
	ARGBToI420(bgra->plane[0], (int)bgra->stride[0], x->in.img.plane[0], x->in.img.i_stride[0],
		x->in.img.plane[1], x->in.img.i_stride[1], x->in.img.plane[2],
		x->in.img.i_stride[2], param.i_width, param.i_height);
}

size_t x264_peer_tick(struct x264_peer *x)
{
	x264_picture_t out;
	x264_nal_t *nals;
	int n, len;

	x->in.i_pts = x->pts++;
	len = x264_encoder_encode(x->x264, &nals, &n, &x->in, &out);
	if (len < 0)
		bench_die("x264 cannot encode");
	return (size_t)len;
}
