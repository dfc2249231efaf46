/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_SESSION_ACTION_H
#define TSR_SESSION_ACTION_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/ids.h"
#include "core/session/policy.h"
#include "core/session/record.h"

/*
 * action: what a member asks for, decoded from ToServer. Three messages mean several acts:
 * StreamOpen by its class OPEN_*; SetHand RAISE_HAND or LOWER_HAND; Remove with bar BAR, else
 * with to_lobby TO_LOBBY, else REMOVE.
 */
#define TSR_STREAM_NONCE_LEN 16
#define TSR_STREAM_SIDE_MAX 16384 /* pixels */

/* The numbers are those of tessera.v1.StreamClass and of enum tsr_frame_class. */
enum tsr_stream_class {
	TSR_STREAM_NONE,
	TSR_STREAM_SCREEN,
	TSR_STREAM_CHAT,
	TSR_STREAM_CONTROL,
	TSR_STREAM_POINTER,
	TSR_STREAM_AUDIO,
	TSR_STREAM_VIDEO,
};
/* The numbers are those of tessera.v1.PauseMode. */
enum tsr_pause { TSR_PAUSE_NONE, TSR_PAUSE_FROZEN, TSR_PAUSE_BLANK };

struct tsr_stream_params {
	uint8_t nonce[TSR_STREAM_NONCE_LEN];
	uint32_t format; /* tessera.v1.PixelFormat; screens only, else 0 */
	uint32_t width;  /* pixels; screens only, else 0 */
	uint32_t height;
	const char *label; /* borrows; NULL is an empty one; cut at TSR_NAME_CHARS by the caller */
};

struct tsr_action {
	enum tsr_act act;
	uint32_t request; /* echoed in the result; 0 = no answer wanted */
	/* Whom it is about; 0 where nobody is named. RAISE_HAND, LOWER_HAND: 0 = oneself.
	 * SET_CHAT, MUTE, SET_MEDIA_RIGHT: 0 = all but the organizer. ADMIT: 0 = all who wait.
	 * LOBBY_TEXT: 0 from a waiter. */
	struct tsr_member_id member;
	struct tsr_stream_id stream; /* CLOSE_STREAM, PAUSE_STREAM, RESIZE_STREAM */
	union {
		bool on; /* SET_LOCKED, SET_LOBBY, SET_OPEN, SET_SHARE_RIGHT */
		struct {
			bool public_allowed;
			bool private_allowed;
		} chat; /* SET_CHAT */
		struct {
			bool audio;
			bool video;
		} media; /* MUTE: what is to stop; SET_MEDIA_RIGHT: what is allowed */
		const char *
			text; /* DENY, LOBBY_TEXT: borrows, at most TSR_LOBBY_TEXT_SIZE - 1 bytes */
		struct tsr_stream_params open; /* OPEN_* */
		enum tsr_pause pause;          /* PAUSE_STREAM; TSR_PAUSE_NONE resumes */
		struct {
			uint32_t width;
			uint32_t height;
		} size; /* RESIZE_STREAM */
	};
};

#endif
