/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_CONTROL_JOIN_H
#define TSR_CONTROL_JOIN_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/attr.h"
#include "core/base/ids.h"
#include "server/control/keys.h"
#include "server/control/records.h"
#include "store/store.h"

/*
 * join: who is let into a session, apart from how he asks.
 *
 * Digits alone always end in the lobby. A link or the right password goes in, unless the session
 * is locked (knock), has its lobby on, or has barred somebody while this device is unknown. Who
 * was admitted before comes back; who was removed or barred waits in the lobby. The organizer's
 * link makes an organizer until somebody else became the organizer; then it is a link as any.
 */
enum tsr_credential {
	TSR_BY_DIGITS,
	TSR_BY_PASSWORD,
	TSR_BY_LINK,
	TSR_BY_ORGANIZER_LINK,
};

enum tsr_verdict {
	TSR_VERDICT_LOBBY,
	TSR_VERDICT_ATTENDEE,
	TSR_VERDICT_ORGANIZER,
	TSR_VERDICT_LOCKED, /* may knock */
};

/* All that the decision looks at. */
struct tsr_join_facts {
	enum tsr_credential credential; /* proven */
	bool knock;
	/* the session */
	bool locked;
	bool lobby;
	bool any_barred;
	bool handed_over;
	/* the member that this device is already, if any */
	bool is_known;
	bool was_organizer; /* his record says so */
	bool admitted;
	bool removed;
	bool barred;
	bool gone; /* left or was away for too long */
};

enum tsr_verdict tsr_join_decide(const struct tsr_join_facts *facts);

/* Somebody with a proven credential. Borrows. */
struct tsr_applicant {
	enum tsr_credential credential;
	bool knock;
	uint8_t device_key_hash[TSR_HASH_LEN];
	const char *name; /* cleaned */
};

struct tsr_admission {
	enum tsr_verdict verdict;
	uint32_t member; /* 0 when locked */
	char title[TSR_TITLE_LEN];
};

/*
 * Decides about the applicant and keeps his record, in one transaction. Returns 0, TSR_ERR_ENDED
 * when the session is no more, TSR_ERR_FULL when it keeps no more records, TSR_ERR_STORE.
 */
TSR_CHECKED int tsr_join_admit(struct tsr_admission *out, struct tsr_store *store,
	const struct tsr_keys *keys, const struct tsr_session_uid *uid,
	const struct tsr_applicant *applicant);

#endif
