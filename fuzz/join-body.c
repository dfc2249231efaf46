/* SPDX-License-Identifier: Apache-2.0 */
/* The JSON of POST /api/v1/join. What is taken must keep to its bounds. */
#include <stdlib.h>

#include "server/control/join_body.h"
#include "server/control/numbers.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tsr_join_body body;

	if (tsr_join_body_parse(&body, tsr_slice(data, size)) == 0 &&
		(body.number < TSR_NUMBER_FIRST || body.name[0] == '\0' ||
			strlen(body.name) >= sizeof(body.name) ||
			body.password_len > sizeof(body.password)))
		abort();
	return 0;
}
