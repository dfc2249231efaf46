/* SPDX-License-Identifier: Apache-2.0 */
#include "server/control/phantoms.h"

#include <string.h>

struct tsr_session_uid tsr_phantoms_touch(
	struct tsr_phantoms *phantoms, const struct tsr_keys *keys, uint32_t number, tsr_time now)
{
	struct tsr_session_uid uid;
	size_t oldest = 0, i;
	uint8_t input[4];

	for (i = 0; i < sizeof(input); i++)
		input[i] = (uint8_t)(number >> (24 - 8 * i));
	tsr_keys_blind(uid.v, keys, "phantom", tsr_slice(input, sizeof(input)));
	for (i = 0; i < TSR_PHANTOMS; i++) {
		if (tsr_session_uid_equal(&phantoms->v[i].uid, &uid))
			break;
		if (phantoms->v[i].until < phantoms->v[oldest].until)
			oldest = i;
	}
	i = i < TSR_PHANTOMS ? i : oldest;
	phantoms->v[i].uid = uid;
	phantoms->v[i].until = now + TSR_PHANTOM_LIFE;
	return uid;
}

bool tsr_phantoms_has(
	const struct tsr_phantoms *phantoms, const struct tsr_session_uid *uid, tsr_time now)
{
	for (size_t i = 0; i < TSR_PHANTOMS; i++) {
		if (phantoms->v[i].until > now && tsr_session_uid_equal(&phantoms->v[i].uid, uid))
			return true;
	}
	return false;
}

uint32_t tsr_knocker_id(const struct tsr_keys *keys, uint32_t number,
	const uint8_t device_key_hash[static 32], unsigned attempt)
{
	uint8_t input[5 + 32], out[16];
	uint32_t id;

	for (size_t i = 0; i < 4; i++)
		input[i] = (uint8_t)(number >> (24 - 8 * i));
	input[4] = (uint8_t)attempt;
	memcpy(input + 5, device_key_hash, 32);
	tsr_keys_blind(out, keys, "knocker", tsr_slice(input, sizeof(input)));
	memcpy(&id, out, sizeof(id));
	return (id & 0x3fffffffu) | TSR_KNOCKER_FIRST;
}
