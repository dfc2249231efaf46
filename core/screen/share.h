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
 *	    if (!tsr_share_wants_picture(share)) break;
 *	    tsr_share_handle_picture(share, the NEWEST capture, now);
 *	  }
 *	  if (tsr_share_poll_paused(share)) send StreamPause;
 *
 * Captures that come while no picture is wanted are superseded before they cost anything: the
 * caller keeps the newest only, the engine adds up their damage.
 *
 * Rules: at most TSR_SHARE_CREDIT bytes, or one frame, are unacknowledged. KEY cells asked for by
 * StreamNeed go out together with every other cell that changed since its KEY, in turn with new
 * pictures, and carry the number of the picture sent last. A new epoch sends every cell as KEY.
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

struct tsr_share_stats {
	uint64_t bytes;      /* sent, headers included */
	uint64_t key_bytes;  /* of these, KEY cells on request or in the background */
	uint32_t pictures;   /* number of the last picture */
	uint32_t fps_x10;    /* pictures per second, times ten, when last measured */
	uint32_t superseded; /* captures that were never encoded */
	uint32_t unacked;    /* bytes sent and not credited */
};

/* Returns 0, TSR_ERR_RANGE or TSR_ERR_NOMEM. Free with tsr_share_destroy(). */
TSR_CHECKED int tsr_share_create(struct tsr_share **out, const struct tsr_share_config *config);
void tsr_share_destroy(struct tsr_share *share); /* NULL is fine */

const struct tsr_grid *tsr_share_grid(const struct tsr_share *share);

/* A new capture is available; damage is what changed since the one before (NULL: unknown). */
void tsr_share_handle_capture(struct tsr_share *share, const struct tsr_rect *damage);

/* True when handle_picture() should be called with the newest capture. */
bool tsr_share_wants_picture(const struct tsr_share *share);

/* Encodes a capture. Borrows src. Returns 0 or TSR_ERR_STATE when none is wanted. */
TSR_CHECKED int tsr_share_handle_picture(
	struct tsr_share *share, const struct tsr_planes *src, tsr_time now);

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

/* Pause: captures are ignored from now on; stale cells of the last picture are still keyed.
 * poll_paused() becomes true, once, when all that has been taken by the relay: send StreamPause
 * then. After that there is no frame until resume. */
void tsr_share_handle_pause(struct tsr_share *share);
bool tsr_share_poll_paused(struct tsr_share *share);
/* Call when the server has confirmed StreamPause{NONE}, since a frame that overtakes it is
 * refused. The next picture must be captured after this call. */
void tsr_share_handle_resume(struct tsr_share *share);
bool tsr_share_is_paused(const struct tsr_share *share); /* or about to be */

void tsr_share_stats(const struct tsr_share *share, struct tsr_share_stats *out);

#endif
