/* SPDX-License-Identifier: Apache-2.0 */
#include "server/control/numbers.h"

#include "core/base/err.h"

#define DIGITS 9

int tsr_number_draw(uint32_t *out, struct tsr_store *store, uint32_t (*uniform)(uint32_t n))
{
	struct tsr_stmt *stmt = NULL;
	int r;

	*out = 0;
	r = tsr_stmt_create(&stmt, store,
		"INSERT INTO numbers (number, retired_until) VALUES ($1, NULL) "
		"ON CONFLICT (number) DO NOTHING RETURNING number");
	for (int i = 0; r == 0 && i < TSR_NUMBER_DRAWS && !*out; i++) {
		tsr_stmt_bind_int(stmt, 1, TSR_NUMBER_FIRST + (int64_t)uniform(TSR_NUMBER_COUNT));
		if ((r = tsr_stmt_step(stmt)) == 1)
			*out = (uint32_t)tsr_stmt_int(stmt, 0);
		tsr_stmt_reset(stmt);
		r = r < 0 ? r : 0;
	}
	tsr_stmt_destroy(stmt);
	return r != 0 ? r : *out ? 0 : TSR_ERR_FULL;
}

uint32_t tsr_number_parse(struct tsr_slice text)
{
	uint32_t number = 0;

	if (text.len != DIGITS || text.data[0] == '0')
		return 0;
	for (size_t i = 0; i < text.len; i++) {
		if (text.data[i] < '0' || text.data[i] > '9')
			return 0;
		number = number * 10 + (uint32_t)(text.data[i] - '0');
	}
	return number;
}
