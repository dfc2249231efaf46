/* SPDX-License-Identifier: Apache-2.0 */
#include "endpoint/headless/jpeg.h"

#include <setjmp.h>
#include <stdio.h>

#include <jpeglib.h>

#include "core/base/err.h"

/* libjpeg reports errors by not returning. */
struct trap {
	struct jpeg_error_mgr base; /* first: libjpeg hands out its address */
	jmp_buf out;
};

static void leave(j_common_ptr info)
{
	longjmp(((struct trap *)info->err)->out, 1);
}

/* Warnings say that the image is damaged: as good as an error. Traces say nothing. */
static void handle_message(j_common_ptr info, int level)
{
	if (level < 0)
		leave(info);
}

static struct jpeg_error_mgr *set_trap(struct trap *trap)
{
	jpeg_std_error(&trap->base);
	trap->base.error_exit = leave;
	trap->base.emit_message = handle_message;
	return &trap->base;
}

/* ---- encoding --------------------------------------------------------------------------- */

static void do_nothing(j_compress_ptr info)
{
	(void)info;
}

/* The room is all used. */
static boolean handle_full(j_compress_ptr info)
{
	leave((j_common_ptr)info);
	return FALSE;
}

static void encode(struct jpeg_compress_struct *info, const struct tsr_planes *bgra,
	struct tsr_rect rect, uint32_t quality)
{
	info->image_width = rect.width;
	info->image_height = rect.height;
	info->input_components = 4;
	info->in_color_space = JCS_EXT_BGRX;
	jpeg_set_defaults(info); /* 4:2:0 */
	jpeg_set_quality(info, (int)quality, TRUE);
	info->dct_method = JDCT_FASTEST;
	jpeg_start_compress(info, TRUE);
	while (info->next_scanline < rect.height) {
		uint8_t *row = bgra->plane[0] + (rect.y + info->next_scanline) * bgra->stride[0] +
			       (size_t)rect.x * 4;

		jpeg_write_scanlines(info, &row, 1);
	}
	jpeg_finish_compress(info);
}

size_t tsr_jpeg_encode(uint8_t *out, size_t cap, const struct tsr_planes *bgra,
	struct tsr_rect rect, uint32_t quality)
{
	struct jpeg_destination_mgr to = { .next_output_byte = out,
		.free_in_buffer = cap,
		.init_destination = do_nothing,
		.empty_output_buffer = handle_full,
		.term_destination = do_nothing };
	struct jpeg_compress_struct info;
	struct trap trap;

	info.err = set_trap(&trap);
	if (setjmp(trap.out)) {
		jpeg_destroy_compress(&info);
		return 0;
	}
	jpeg_create_compress(&info);
	info.dest = &to;
	encode(&info, bgra, rect, quality);
	jpeg_destroy_compress(&info);
	return cap - to.free_in_buffer;
}

/* ---- decoding --------------------------------------------------------------------------- */

static int decode(
	struct jpeg_decompress_struct *info, uint8_t *out, uint32_t width, uint32_t height)
{
	jpeg_read_header(info, TRUE);
	if (info->image_width != width || info->image_height != height)
		return TSR_ERR_RANGE;
	/* progressive images may be coded so that they take minutes */
	if (info->progressive_mode || info->data_precision != 8)
		return TSR_ERR_FORMAT;
	info->out_color_space = JCS_EXT_BGRA;
	jpeg_start_decompress(info);
	while (info->output_scanline < height) {
		uint8_t *row = out + (size_t)info->output_scanline * width * 4;

		jpeg_read_scanlines(info, &row, 1);
	}
	jpeg_finish_decompress(info);
	return 0;
}

int tsr_jpeg_decode(uint8_t *out, uint32_t width, uint32_t height, struct tsr_slice image)
{
	struct jpeg_decompress_struct info;
	struct trap trap;
	int r;

	info.err = set_trap(&trap);
	if (setjmp(trap.out)) {
		jpeg_destroy_decompress(&info);
		return TSR_ERR_FORMAT;
	}
	jpeg_create_decompress(&info);
	jpeg_mem_src(&info, image.data, image.len);
	r = decode(&info, out, width, height);
	jpeg_destroy_decompress(&info);
	return r;
}
