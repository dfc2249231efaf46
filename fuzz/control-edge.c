/* SPDX-License-Identifier: Apache-2.0 */
/* What a hostile edge could say to control: one ToControl packet, against a real store that holds
 * a session. */
#include "test/unit/server/control/rig.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct rig *rig;
	static unsigned n;

	if (rig && (++n % 5000 == 0 || rig_count_rows(rig, "sessions") == 0)) {
		rig_destroy(rig);
		rig = NULL;
	}
	if (!rig) {
		rig = rig_create();
		(void)rig_create_session(rig, "Plans", RIG_PASSWORD, false);
		/* The seeds know these: number and uid of the session. */
		RIG_MUST(tsr_store_run(rig->store, "PRAGMA foreign_keys = OFF") == 0);
		RIG_MUST(tsr_store_run(rig->store, "UPDATE numbers SET number = 418205937") == 0);
		RIG_MUST(tsr_store_run(rig->store,
				 "UPDATE sessions SET number = 418205937, "
				 "uid = x'30313233343536373839616263646566'") == 0);
		RIG_MUST(tsr_store_run(rig->store, "PRAGMA foreign_keys = ON") == 0);
	}
	if (tsr_control_handle_packet(rig->control, tsr_slice(data, size), rig->now) == 0)
		while (rig_hash_one(rig)) {}
	rig_advance(rig, TSR_SECOND);
	rig_forget_sent(rig);
	return 0;
}
