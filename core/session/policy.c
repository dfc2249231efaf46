/* SPDX-License-Identifier: Apache-2.0 */
#include "core/session/policy.h"

#include <stdbool.h>

#include "core/base/err.h"

#define WAITING TSR_ACTOR_WAITING
#define ATTENDEE TSR_ACTOR_ATTENDEE
#define ORGANIZER TSR_ACTOR_ORGANIZER
#define PRESENTER TSR_ACTOR_PRESENTER
#define INSIDE (ATTENDEE | ORGANIZER)
#define ANYBODY (WAITING | INSIDE)

#define T_ALL TSR_TARGET_ALL
#define T_SELF TSR_TARGET_SELF
#define T_WAITING TSR_TARGET_WAITING
#define T_ATTENDEE TSR_TARGET_ATTENDEE
#define T_INSIDE (TSR_TARGET_ATTENDEE | TSR_TARGET_ORGANIZER)
#define T_STREAM TSR_TARGET_STREAM
#define T_OWN (TSR_TARGET_STREAM | TSR_TARGET_OWN)
#define T_OWN_SCREEN (T_OWN | TSR_TARGET_SCREEN)
#define T_OWN_AUDIO (T_OWN | TSR_TARGET_AUDIO)
#define T_OWN_VIDEO (T_OWN | TSR_TARGET_VIDEO)

/* clang-format off */
static const struct tsr_policy_row rows[] = {
	{ TSR_ACT_LEAVE, .roles = ANYBODY },
	{ TSR_ACT_PING, .roles = ANYBODY },
	{ TSR_ACT_ATTACH, .roles = INSIDE },

	/* Streams. A screen is the presenter's alone; remote control is granted by no message yet,
	 * so it has no row and nobody may. */
	{ TSR_ACT_OPEN_SCREEN, .roles = PRESENTER, .actor_all = TSR_ACTOR_MAY_SHARE },
	{ TSR_ACT_OPEN_SCREEN, .roles = ORGANIZER, .actor_all = PRESENTER },
	{ TSR_ACT_OPEN_CHAT, .roles = INSIDE },
	{ TSR_ACT_OPEN_POINTER, .roles = PRESENTER, .actor_all = TSR_ACTOR_MAY_SHARE },
	{ TSR_ACT_OPEN_POINTER, .roles = ORGANIZER, .actor_all = PRESENTER },
	{ TSR_ACT_CLOSE_STREAM, .roles = INSIDE, .target_all = T_OWN },
	{ TSR_ACT_PAUSE_STREAM, .roles = PRESENTER, .target_all = T_OWN_SCREEN },
	/* One's own microphone and camera: who loses the right has the stream closed, so who still
	 * has the stream may go on, muted by the organizer or not. */
	{ TSR_ACT_PAUSE_STREAM, .roles = INSIDE, .target_all = T_OWN_AUDIO },
	{ TSR_ACT_PAUSE_STREAM, .roles = INSIDE, .target_all = T_OWN_VIDEO },
	{ TSR_ACT_RESIZE_STREAM, .roles = PRESENTER, .target_all = T_OWN_SCREEN },
	/* One's own too: the presenter looks at what the viewers get. */
	{ TSR_ACT_WATCH_STREAM, .roles = INSIDE, .target_all = T_STREAM },

	/* Hands: one's own; the organizer lowers anybody's. */
	{ TSR_ACT_RAISE_HAND, .roles = INSIDE, .target_all = T_SELF },
	{ TSR_ACT_LOWER_HAND, .roles = INSIDE, .target_all = T_SELF },
	{ TSR_ACT_LOWER_HAND, .roles = ORGANIZER, .target_all = T_ATTENDEE },

	/* Who presents: the organizer decides; where everybody may, also who has the right to share
	 * takes it, and who has it passes it on. */
	{ TSR_ACT_TAKE_PRESENTER, .roles = ORGANIZER },
	{ TSR_ACT_TAKE_PRESENTER, .roles = ATTENDEE, .actor_all = TSR_ACTOR_MAY_SHARE,
		.session_all = TSR_SESSION_OPEN },
	{ TSR_ACT_MAKE_PRESENTER, .roles = ORGANIZER, .target_any = T_INSIDE,
		.target_all = TSR_TARGET_MAY_SHARE },
	{ TSR_ACT_MAKE_PRESENTER, .roles = PRESENTER, .target_any = T_INSIDE,
		.target_all = TSR_TARGET_MAY_SHARE, .session_all = TSR_SESSION_OPEN },

	/* Leading the room: the organizer alone, and never against himself. */
	{ TSR_ACT_SET_LOCKED, .roles = ORGANIZER, .target_all = T_ALL },
	{ TSR_ACT_SET_LOBBY, .roles = ORGANIZER, .target_all = T_ALL },
	{ TSR_ACT_SET_OPEN, .roles = ORGANIZER, .target_all = T_ALL },
	{ TSR_ACT_SET_CHAT, .roles = ORGANIZER, .target_any = T_ALL | T_ATTENDEE },
	{ TSR_ACT_SET_SHARE_RIGHT, .roles = ORGANIZER, .target_all = T_ATTENDEE },
	{ TSR_ACT_ADMIT, .roles = ORGANIZER, .target_any = T_ALL | T_WAITING },
	{ TSR_ACT_DENY, .roles = ORGANIZER, .target_all = T_WAITING },
	{ TSR_ACT_REMOVE, .roles = ORGANIZER, .target_any = T_ATTENDEE | T_WAITING },
	{ TSR_ACT_BAR, .roles = ORGANIZER, .target_any = T_ATTENDEE | T_WAITING },
	{ TSR_ACT_TO_LOBBY, .roles = ORGANIZER, .target_all = T_ATTENDEE },
	{ TSR_ACT_UNBAR, .roles = ORGANIZER, .target_all = TSR_TARGET_SENT_OUT },
	{ TSR_ACT_HAND_OVER, .roles = ORGANIZER, .target_all = T_ATTENDEE, .target_none = TSR_TARGET_AWAY },
	{ TSR_ACT_END, .roles = ORGANIZER, .target_all = T_ALL },
	{ TSR_ACT_LOBBY_TEXT, .roles = ORGANIZER, .target_all = T_WAITING },
	{ TSR_ACT_LOBBY_TEXT, .roles = WAITING, .target_all = T_ALL },

	/* Data frames: on a stream of one's own that is not paused. */
	{ TSR_ACT_SEND_SCREEN, .roles = PRESENTER, .actor_all = TSR_ACTOR_MAY_SHARE,
		.target_all = T_OWN_SCREEN | T_ALL, .target_none = TSR_TARGET_PAUSED },
	{ TSR_ACT_SEND_SCREEN, .roles = ORGANIZER, .actor_all = PRESENTER,
		.target_all = T_OWN_SCREEN | T_ALL, .target_none = TSR_TARGET_PAUSED },
	{ TSR_ACT_SEND_CHAT_PUBLIC, .roles = ORGANIZER, .target_all = T_OWN | T_ALL },
	{ TSR_ACT_SEND_CHAT_PUBLIC, .roles = ATTENDEE, .actor_all = TSR_ACTOR_MAY_CHAT_PUBLIC,
		.target_all = T_OWN | T_ALL, .session_all = TSR_SESSION_CHAT_PUBLIC },
	{ TSR_ACT_SEND_CHAT_PRIVATE, .roles = ORGANIZER, .target_any = T_INSIDE, .target_all = T_OWN,
		.target_none = T_SELF | TSR_TARGET_AWAY },
	{ TSR_ACT_SEND_CHAT_PRIVATE, .roles = ATTENDEE, .actor_all = TSR_ACTOR_MAY_CHAT_PRIVATE,
		.target_any = T_INSIDE, .target_all = T_OWN, .target_none = T_SELF | TSR_TARGET_AWAY,
		.session_all = TSR_SESSION_CHAT_PRIVATE },
	{ TSR_ACT_SEND_POINTER, .roles = PRESENTER, .actor_all = TSR_ACTOR_MAY_SHARE | TSR_ACTOR_SHARING,
		.target_all = T_OWN | T_ALL },
	{ TSR_ACT_SEND_POINTER, .roles = ORGANIZER, .actor_all = PRESENTER | TSR_ACTOR_SHARING,
		.target_all = T_OWN | T_ALL },

	/* Microphones and cameras. The organizer is never silenced. */
	{ TSR_ACT_OPEN_AUDIO, .roles = ORGANIZER },
	{ TSR_ACT_OPEN_AUDIO, .roles = ATTENDEE, .actor_all = TSR_ACTOR_MAY_AUDIO,
		.session_all = TSR_SESSION_AUDIO },
	{ TSR_ACT_OPEN_VIDEO, .roles = ORGANIZER },
	{ TSR_ACT_OPEN_VIDEO, .roles = ATTENDEE, .actor_all = TSR_ACTOR_MAY_VIDEO,
		.session_all = TSR_SESSION_VIDEO },
	{ TSR_ACT_MUTE, .roles = ORGANIZER, .target_any = T_ALL | T_ATTENDEE },
	{ TSR_ACT_SET_MEDIA_RIGHT, .roles = ORGANIZER, .target_any = T_ALL | T_ATTENDEE },
	{ TSR_ACT_SEND_AUDIO, .roles = ORGANIZER, .target_all = T_OWN_AUDIO,
		.target_none = TSR_TARGET_PAUSED },
	{ TSR_ACT_SEND_AUDIO, .roles = ATTENDEE, .actor_all = TSR_ACTOR_MAY_AUDIO,
		.target_all = T_OWN_AUDIO, .target_none = TSR_TARGET_PAUSED,
		.session_all = TSR_SESSION_AUDIO },
	{ TSR_ACT_SEND_VIDEO, .roles = ORGANIZER, .target_all = T_OWN_VIDEO,
		.target_none = TSR_TARGET_PAUSED },
	{ TSR_ACT_SEND_VIDEO, .roles = ATTENDEE, .actor_all = TSR_ACTOR_MAY_VIDEO,
		.target_all = T_OWN_VIDEO, .target_none = TSR_TARGET_PAUSED,
		.session_all = TSR_SESSION_VIDEO },

	/* Entering without waiting: the organizer; whoever is inside already and only lost his link,
	 * also under lock; whoever was let in once, unless it is locked; newcomers when nothing holds
	 * them up. Who was sent out waits. */
	{ TSR_ACT_ENTER, .roles = ORGANIZER, .actor_none = TSR_ACTOR_SENT_OUT },
	{ TSR_ACT_ENTER, .roles = ATTENDEE | WAITING, .actor_all = TSR_ACTOR_ADMITTED,
		.actor_none = TSR_ACTOR_SENT_OUT | TSR_ACTOR_LEFT },
	{ TSR_ACT_ENTER, .roles = ATTENDEE | WAITING, .actor_all = TSR_ACTOR_ADMITTED,
		.actor_none = TSR_ACTOR_SENT_OUT, .session_none = TSR_SESSION_LOCKED },
	{ TSR_ACT_ENTER, .roles = ATTENDEE, .actor_none = TSR_ACTOR_SENT_OUT,
		.session_none = TSR_SESSION_LOCKED | TSR_SESSION_LOBBY },
};
/* clang-format on */

#define N_ROWS (sizeof(rows) / sizeof(rows[0]))

static bool has_all(uint32_t bits, uint32_t all)
{
	return (bits & all) == all;
}

static bool fits_actor(const struct tsr_policy_row *row, const struct tsr_policy_facts *facts)
{
	return (facts->actor & row->roles) && has_all(facts->actor, row->actor_all) &&
	       !(facts->actor & row->actor_none);
}

static bool fits_session(const struct tsr_policy_row *row, const struct tsr_policy_facts *facts)
{
	return has_all(facts->session, row->session_all) && !(facts->session & row->session_none);
}

static bool fits_target(const struct tsr_policy_row *row, const struct tsr_policy_facts *facts)
{
	return (!row->target_any || (facts->target & row->target_any)) &&
	       has_all(facts->target, row->target_all) && !(facts->target & row->target_none);
}

/* Exactly one of the three roles, or the facts make no sense. A lobby has no presenter. */
static bool is_role_clear(uint32_t actor)
{
	uint32_t role = actor & ANYBODY;

	return role == ATTENDEE || role == ORGANIZER || (role == WAITING && !(actor & PRESENTER));
}

int tsr_policy_allows(enum tsr_act act, const struct tsr_policy_facts *facts)
{
	int err = TSR_ERR_DENIED;

	if (act <= TSR_ACT_NONE || act >= TSR_ACT_N)
		return TSR_ERR_RANGE;
	if (facts->session & TSR_SESSION_ENDED)
		return TSR_ERR_ENDED;
	if (!is_role_clear(facts->actor))
		return TSR_ERR_DENIED;
	for (unsigned i = 0; i < N_ROWS; i++) {
		const struct tsr_policy_row *row = &rows[i];

		if (row->act != act || !fits_actor(row, facts))
			continue;
		if (!fits_session(row, facts)) {
			if (row->session_none & facts->session & TSR_SESSION_LOCKED)
				err = TSR_ERR_LOCKED;
			continue;
		}
		if (fits_target(row, facts))
			return 0;
		/* Only who has the right learns that nobody is there. */
		if (facts->target == 0)
			err = TSR_ERR_UNKNOWN;
	}
	return err;
}

uint32_t tsr_policy_check(
	uint32_t act, uint32_t actor_bits, uint32_t target_bits, uint32_t session_bits)
{
	struct tsr_policy_facts facts = { actor_bits, target_bits, session_bits };

	if (act >= TSR_ACT_N)
		act = TSR_ACT_NONE;
	return (uint32_t)-tsr_policy_allows((enum tsr_act)act, &facts);
}

const struct tsr_policy_row *tsr_policy_rows(unsigned *n)
{
	*n = N_ROWS;
	return rows;
}

const char *tsr_act_name(enum tsr_act act)
{
	static const char *const names[] = {
#define X(name, text) [TSR_ACT_##name] = #name,
		TSR_ACT_MAP(X)
#undef X
	};

	return act > TSR_ACT_NONE && act < TSR_ACT_N ? names[act] : "?";
}

const char *tsr_act_text(enum tsr_act act)
{
	static const char *const texts[] = {
#define X(name, text) [TSR_ACT_##name] = text,
		TSR_ACT_MAP(X)
#undef X
	};

	return act > TSR_ACT_NONE && act < TSR_ACT_N ? texts[act] : "?";
}

uint32_t tsr_policy_refusal(int err)
{
	enum { NONE, DENIED, STALE, INVALID, BUSY, NOT_NOW, TOO_MANY, LOCKED, UNKNOWN, OUTRACED };

	switch (err) {
	case 0:
		return NONE;
	case TSR_ERR_DENIED:
		return DENIED;
	case TSR_ERR_STALE:
	case TSR_ERR_ENDED:
		return STALE;
	case TSR_ERR_BUSY:
	case TSR_ERR_NOMEM:
		return BUSY;
	case TSR_ERR_STORE:
		return NOT_NOW;
	case TSR_ERR_FULL:
	case TSR_ERR_RATE:
		return TOO_MANY;
	case TSR_ERR_LOCKED:
		return LOCKED;
	case TSR_ERR_UNKNOWN:
		return UNKNOWN;
	case TSR_ERR_OUTRACED:
		return OUTRACED;
	default:
		return INVALID;
	}
}
