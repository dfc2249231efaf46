/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench-screen-record still DISPLAY FILE        the screen, raw BGRA, once it has come to rest
 * bench-screen-record record DISPLAY FILE [XPID]
 * bench-screen-record collect FILE STILL...     a recording of stills of 1920x1080
 *
 * record says "ready", starts at the first line of stdin and ends with stdin; then it prints one
 * line of JSON. It grabs as the product does (endpoint/x11/capture.h), 30 times a second at most,
 * and only when the X server says that something was drawn. With the X server's process id it
 * measures what a grab costs over there, too, where nobody sees it.
 */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/shm.h>
#include <unistd.h>
#include <xcb/shm.h>

#include "bench/screen/recording.h"
#include "bench/screen/tools.h"
#include "core/base/err.h"
#include "endpoint/x11/capture.h"
#include "sys/clock.h"

#define TICK_NS (1000000000 / RECORDING_FPS)
#define REST_TICKS 36u /* at rest: this long without a change */
#define REST_MAX 600u  /* something blinks on: take it as it is */
#define COST_GRABS 60

static struct tsr_capture *open_screen(const char *display)
{
	struct tsr_source screen = { .kind = TSR_SOURCE_SCREEN };
	struct tsr_capture *capture;
	const char *why;

	if (tsr_capture_open(&capture, display, &screen, tsr_clock_now(), &why) != 0)
		bench_die("%s: %s", display, why);
	return capture;
}

/* Fetches what was drawn, if anything was; *damage is around all of it. */
static bool grab(
	struct tsr_capture *capture, struct tsr_capture_picture *out, struct tsr_rect *damage)
{
	tsr_time now = tsr_clock_now();
	int r = tsr_capture_handle_readable(capture, now);

	if (r != 0)
		bench_die("the X server has gone");
	if (!tsr_capture_is_damaged(capture, now))
		return false;
	r = tsr_capture_grab(capture, now, out);
	if (r != 0 && r != TSR_ERR_AGAIN)
		bench_die("the X server has gone");
	*damage = (struct tsr_rect){ 0 };
	for (size_t i = 0; r == 0 && i < out->n_rects; i++)
		*damage = tsr_rect_union(*damage, out->rects[i]);
	return !tsr_rect_is_empty(*damage);
}

static double area_of(const struct tsr_capture_picture *p)
{
	double area = 0;

	for (size_t i = 0; i < p->n_rects; i++)
		area += (double)p->rects[i].width * p->rects[i].height;
	return area;
}

/* Sleeps to the next tick that is not over yet, and returns its number. */
static uint32_t next_tick(const struct timespec *start, uint32_t tick)
{
	struct timespec now, at;
	int64_t passed, when;

	clock_gettime(CLOCK_MONOTONIC, &now);
	passed = (now.tv_sec - start->tv_sec) * 1000000000ll + now.tv_nsec - start->tv_nsec;
	if ((int64_t)(tick + 1) * TICK_NS > passed)
		tick++;
	else
		tick = (uint32_t)(passed / TICK_NS) + 1;
	when = start->tv_nsec + (int64_t)tick * TICK_NS;
	at.tv_sec = start->tv_sec + when / 1000000000;
	at.tv_nsec = when % 1000000000;
	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL) == EINTR)
		;
	return tick;
}

static uint8_t *copy_of(const struct tsr_capture_picture *p)
{
	uint8_t *pixels = bench_alloc((size_t)p->width * p->height * 4);

	for (uint32_t y = 0; y < p->height; y++)
		memcpy(pixels + (size_t)y * p->width * 4, p->pixels + y * p->stride,
			(size_t)p->width * 4);
	for (size_t i = 0; i < (size_t)p->width * p->height; i++)
		pixels[i * 4 + 3] = 255;
	return pixels;
}

static int take_still(const char *display, const char *path)
{
	struct tsr_capture *capture = open_screen(display);
	struct tsr_capture_picture picture;
	struct tsr_rect damage;
	struct timespec start;
	uint8_t *pixels = NULL;
	uint32_t at_rest = 0;
	size_t len = 0;
	FILE *file;

	clock_gettime(CLOCK_MONOTONIC, &start);
	for (uint32_t t = 0; at_rest < REST_TICKS && t < REST_MAX; t = next_tick(&start, t)) {
		uint8_t *now;

		at_rest++;
		if (!grab(capture, &picture, &damage))
			continue;
		now = copy_of(&picture);
		len = (size_t)picture.width * picture.height * 4;
		if (!pixels || memcmp(pixels, now, len) != 0)
			at_rest = 0;
		free(pixels);
		pixels = now;
	}
	file = fopen(path, "wb");
	if (!file || fwrite(pixels, 1, len, file) != len || fclose(file) != 0)
		bench_die("%s cannot be written", path);
	free(pixels);
	tsr_capture_close(capture);
	return 0;
}

/* Seconds that the X server needs to hand out one pixel of its screen by shared memory. */
static double cost_per_pixel(const char *display, int pid)
{
	xcb_connection_t *x = xcb_connect(display, NULL);
	const xcb_screen_t *screen = xcb_setup_roots_iterator(xcb_get_setup(x)).data;
	xcb_shm_seg_t segment = xcb_generate_id(x);
	size_t n = (size_t)screen->width_in_pixels * screen->height_in_pixels;
	int id = shmget(IPC_PRIVATE, n * 4, IPC_CREAT | 0600);
	double before = 0;

	xcb_shm_attach(x, segment, (uint32_t)id, false);
	for (int i = -5; i < COST_GRABS; i++) { /* five to make the pages */
		if (i == 0)
			before = bench_process_cpu(pid);
		free(xcb_shm_get_image_reply(x,
			xcb_shm_get_image(x, screen->root, 0, 0, screen->width_in_pixels,
				screen->height_in_pixels, ~0u, XCB_IMAGE_FORMAT_Z_PIXMAP, segment,
				0),
			NULL));
	}
	before = (bench_process_cpu(pid) - before) / COST_GRABS / (double)n;
	shmctl(id, IPC_RMID, NULL);
	xcb_disconnect(x);
	return before;
}

static bool is_over(bool wait)
{
	struct pollfd in = { .fd = STDIN_FILENO, .events = POLLIN };
	char line[64];

	return poll(&in, 1, wait ? -1 : 0) > 0 && read(STDIN_FILENO, line, sizeof(line)) <= 0;
}

static int record(const char *display, const char *path, int pid)
{
	struct tsr_capture *capture = open_screen(display);
	struct tsr_capture_picture p;
	struct tsr_rect damage;
	struct recorder *rec = NULL;
	struct timespec start;
	uint32_t tick = 0, before = 0, n = 0, late = 0;
	double client = 0, pixels = 0;

	puts("ready");
	fflush(stdout);
	if (is_over(true))
		bench_die("nothing to record");
	clock_gettime(CLOCK_MONOTONIC, &start);
	for (; !is_over(false); before = tick, tick = next_tick(&start, tick)) {
		double t = bench_thread_cpu();
		bool is_new;

		late += tick > before + 1 ? tick - before - 1 : 0;
		is_new = grab(capture, &p, &damage);
		client += bench_thread_cpu() - t;
		if (!is_new)
			continue;
		if (!rec)
			rec = recorder_open(path, bench_wall_us(), p.width, p.height);
		n++;
		pixels += area_of(&p);
		recorder_add(rec, &(struct recording_frame){ tick, damage }, p.pixels, p.stride);
	}
	if (!rec)
		bench_die("nothing to record");
	recorder_close(rec, tick);
	tsr_capture_close(capture);
	printf("{\"frames\":%u,\"ticks\":%u,\"late\":%u,\"megapixels\":%.1f,"
	       "\"client\":%.4f,\"server\":%.4f,\"full\":%.6f}\n",
		n, tick, late, pixels / 1e6, client,
		pid ? pixels * cost_per_pixel(display, pid) : 0,
		pid ? 1920 * 1080 * cost_per_pixel(display, pid) : 0);
	return 0;
}

static int collect(const char *path, char **stills, int n)
{
	enum { WIDTH = 1920, HEIGHT = 1080 };
	struct recorder *rec = recorder_open(path, bench_wall_us(), WIDTH, HEIGHT);
	uint8_t *pixels = bench_alloc(WIDTH * HEIGHT * 4);

	for (int i = 0; i < n; i++) {
		struct recording_frame frame = { (uint32_t)i, { 0, 0, WIDTH, HEIGHT } };
		FILE *file = fopen(stills[i], "rb");

		if (!file || fread(pixels, 1, WIDTH * HEIGHT * 4, file) != WIDTH * HEIGHT * 4)
			bench_die("%s is not 1920x1080 raw BGRA", stills[i]);
		fclose(file);
		recorder_add(rec, &frame, pixels, WIDTH * 4);
	}
	recorder_close(rec, (uint32_t)n);
	free(pixels);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc >= 4 && strcmp(argv[1], "collect") == 0)
		return collect(argv[2], argv + 3, argc - 3);
	if (argc == 4 && strcmp(argv[1], "still") == 0)
		return take_still(argv[2], argv[3]);
	if ((argc == 4 || argc == 5) && strcmp(argv[1], "record") == 0)
		return record(argv[2], argv[3], argc == 5 ? (int)strtol(argv[4], NULL, 10) : 0);
	bench_die("usage: bench-screen-record still|record|collect ...");
}
