/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_BENCH_SCREEN_PEERS_H
#define TSR_BENCH_SCREEN_PEERS_H

#include "core/screen/cells.h"

/*
 * peers: the other ways to send a screen that ours is measured against, each as good as it is
 * made by its own library.
 */

/* zstd1-tiles: of each 64-pixel tile in which a row differs (memcmp) from the picture before,
 * all pixels by zstd level 1. */
struct zstd_tiles;

struct zstd_tiles *zstd_tiles_create(uint32_t width, uint32_t height);
void zstd_tiles_destroy(struct zstd_tiles *z);
/* Bytes that the picture takes; only tiles that damage touches are compared. */
size_t zstd_tiles_picture(
	struct zstd_tiles *z, const struct tsr_planes *bgra, struct tsr_rect damage);

/* x264-crf23: ultrafast, zerolatency, one thread, 30 pictures a second, no key frame after the
 * first; 4:2:0 by libyuv. */
struct x264_peer;

struct x264_peer *x264_peer_create(uint32_t width, uint32_t height);
void x264_peer_destroy(struct x264_peer *x);
/* Converts a picture; what follows is encoded from it. */
void x264_peer_convert(struct x264_peer *x, const struct tsr_planes *bgra);
/* One thirtieth of a second; returns its bytes. */
size_t x264_peer_tick(struct x264_peer *x);

#endif
