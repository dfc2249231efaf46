/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_SCREEN_SHARE_H
#define TSR_SCREEN_SHARE_H

#include "core/base/time.h"
#include "core/screen/codec.h"
#include "core/wire/frame.h"

/*
 * share: the presenter's side of one SCREEN stream instance. It says when a capture is worth
 * encoding, numbers the pictures, cuts them into frames, and keeps within the credit that
 * the relay gives. The caller captures, seals and sends:
 *
 *	on a new capture:    tsr_share_handle_capture(share, damage)
 *	then, and after every other handle_*, the drain:
 *	  for (;;) {
 *	    while (tsr_share_poll_frame(share, &frame, &unit)) {
 *	      seal unit, send it;  tsr_share_handle_sent(share, 36 + object length);
 *	    }
 *	    if (tsr_share_wants_picture(share))
 *	      tsr_share_handle_picture(share, the NEWEST capture, now);
 *	    else if (tsr_share_poll_preview(share, &ask))
 *	      tsr_share_handle_preview(share, JPEG of ask.rect of that capture);  or later
 *	    else break;
 *	  }
 *	  if (tsr_share_poll_paused(share)) send StreamPause;
 *	  arm a timer for tsr_share_next_timeout(share): tsr_share_handle_time(), then the drain
 *
 * Captures that come while no picture is wanted are superseded before they cost anything: the
 * caller keeps the newest only, the engine adds up their damage. The newest stays readable until
 *the next one comes: a picture may be wanted of it again, also while pausing.
 *
 * Rules: at most TSR_SHARE_CREDIT bytes, or one frame, are unacknowledged. KEY cells asked for by
 * StreamNeed go out together with every other cell that changed since its KEY, in turn with new
 * pictures, and carry the number of the picture sent last. A new epoch sends every cell as KEY.
 *
 * What the line does not carry exactly in time is HELD: a rectangle inside a cell stays as it was
 *sent last, and the rest of the screen goes on, exact. Above it go previews, lossy images of that
 * rectangle as it is now, until it is still or the line allows it; then it goes out exactly, from
 *the top in pieces that leave room for what else changes. docs/screen.md, "Previews", has the
 *rules. A caller that never tells the time (tsr_share_handle_time()) has nothing held.
 *
 * A share of another size is another stream instance: close this one, open a new one
 * (StreamResize is not used; frames and control messages travel on two connections and could
 * not be told apart).
 */
#define TSR_SHARE_CREDIT (128u * 1024)

struct tsr_share;

struct tsr_share_config {
	enum tsr_pixel_format format;
	uint32_t width, height;
	uint32_t from; /* these three go into every header as they are */
	uint32_t stream;
	uint32_t epoch; /* only its low 8 bits travel */
};

enum tsr_share_prefer {
	TSR_PREFER_AUTO,
	TSR_PREFER_TEXT,   /* never lossy: late rather than inexact */
	TSR_PREFER_MOTION, /* what moves is held sooner, and rests longer before it goes exactly */
};

/* A preview to be made: a JPEG of exactly this size, at most TSR_PREVIEW_IMAGE_MAX bytes. */
struct tsr_preview_ask {
	struct tsr_rect rect;
	uint32_t quality; /* 1..100, as libjpeg counts */
};

struct tsr_share_stats {
	uint64_t bytes;         /* sent, headers included */
	uint64_t key_bytes;     /* of these, KEY cells on request or in the background */
	uint32_t pictures;      /* number of the last picture */
	uint32_t fps_x10;       /* pictures per second, times ten, when last measured */
	uint32_t superseded;    /* captures that were never encoded */
	uint32_t unacked;       /* bytes sent and not credited */
	uint64_t preview_bytes; /* of bytes */
	uint32_t previews;
	uint32_t n_held; /* cells that are not exact just now */
	uint32_t kbit_s; /* what the line carries, estimated; 0 = not known yet */
	uint32_t copies; /* of moved content in all pictures */
};

/* Returns 0, TSR_ERR_RANGE or TSR_ERR_NOMEM. Free with tsr_share_destroy(). */
TSR_CHECKED int tsr_share_create(struct tsr_share **out, const struct tsr_share_config *config);
void tsr_share_destroy(struct tsr_share *share); /* NULL is fine */

const struct tsr_grid *tsr_share_grid(const struct tsr_share *share);

/* A new capture is available; damage is what changed since the one before (NULL: unknown). */
void tsr_share_handle_capture(struct tsr_share *share, const struct tsr_rect *damage);
/* Another rectangle that this capture changed. */
void tsr_share_add_damage(struct tsr_share *share, struct tsr_rect rect);

/* True when handle_picture() should be called with the newest capture. */
bool tsr_share_wants_picture(const struct tsr_share *share);

/* Encodes a capture. Borrows src. Returns 0 or TSR_ERR_STATE when none is wanted. */
TSR_CHECKED int tsr_share_handle_picture(
	struct tsr_share *share, const struct tsr_planes *src, tsr_time now);

/* The clock. Call it before the other handle_*, and when tsr_share_next_timeout() has come; then
 * drain. */
void tsr_share_handle_time(struct tsr_share *share, tsr_time now);
/* When there is something to do though nothing else happens, or TSR_TIME_NEVER. */
tsr_time tsr_share_next_timeout(const struct tsr_share *share);

void tsr_share_set_preference(struct tsr_share *share, enum tsr_share_prefer prefer);

/* True when a preview is wanted, of the newest capture. One at a time; each one asked for must
 * be answered by handle_preview(), at once or later: image empty when it cannot be made. It is
 * copied, or dropped when it has come too late. */
bool tsr_share_poll_preview(struct tsr_share *share, struct tsr_preview_ask *ask);
void tsr_share_handle_preview(struct tsr_share *share, struct tsr_slice image);

/* The next frame to send now. Every header field but length is set; unit is the plaintext and
 * lives until the next call on this share. Each frame given must be followed by handle_sent(). */
bool tsr_share_poll_frame(struct tsr_share *share, struct tsr_frame *frame, struct tsr_slice *unit);

/* The frame just polled went out as so many bytes (header and SFrame object). */
void tsr_share_handle_sent(struct tsr_share *share, size_t bytes);

/* StreamCredit: total bytes that the relay has taken. */
void tsr_share_handle_credit(struct tsr_share *share, uint64_t bytes_total);

/* StreamNeed: KEYs of these cells are wanted. */
void tsr_share_handle_need(struct tsr_share *share, uint64_t cells);

/* A new epoch: frames polled from now on are to be sealed with it, all cells come as KEY. */
void tsr_share_handle_epoch(struct tsr_share *share, uint32_t epoch);

/* Pause: captures are ignored from now on, previews end at once; what is held goes out exactly, as
 * the capture shows it that was newest now, and stale cells are keyed.
 * poll_paused() becomes true, once, when all that has been taken by the relay: send StreamPause
 * then. After that there is no frame until resume; pausing again, because the resume that was asked
 * for is not wanted any more, makes it true again. */
void tsr_share_handle_pause(struct tsr_share *share);
bool tsr_share_poll_paused(struct tsr_share *share);
/* Call when the server has confirmed StreamPause{NONE}, since a frame that overtakes it is
 * refused. The next picture must be captured after this call; nothing goes out before it, not what
 * was asked for meanwhile or is due to a new epoch either. */
void tsr_share_handle_resume(struct tsr_share *share);
bool tsr_share_is_paused(const struct tsr_share *share); /* or about to be */

/* tsr_picture_digest() of the picture sent last: what a viewer in sync has. */
uint64_t tsr_share_digest(const struct tsr_share *share);

void tsr_share_stats(const struct tsr_share *share, struct tsr_share_stats *out);

#endif
