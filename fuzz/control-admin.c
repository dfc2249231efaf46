/* SPDX-License-Identifier: Apache-2.0 */
/* One AdminRequest. */
#include "test/unit/server/control/rig.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct rig *rig;
	static unsigned n;

	if (rig && ++n % 1000 == 0) {
		rig_destroy(rig);
		rig = NULL;
	}
	if (!rig)
		rig = rig_create();
	if (tsr_control_handle_admin(rig->control, 1, tsr_slice(data, size), rig->now) == 0)
		while (rig_hash_one(rig)) {}
	rig_forget_sent(rig);
	return 0;
}
