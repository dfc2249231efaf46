/* SPDX-License-Identifier: Apache-2.0 */
#include "core/base/err.h"

struct entry {
	const char *text;
	const char *name;
	enum tsr_fault fault;
};

static const struct entry entries[TSR_ERR_N] = {
#define X(name_, fault_, text_) { .text = text_, .name = #name_, .fault = TSR_FAULT_##fault_ },
	TSR_ERR_MAP(X)
#undef X
};

static const struct entry *find_entry(int err)
{
	int ordinal = -1 - err;

	return ordinal >= 0 && ordinal < TSR_ERR_N ? &entries[ordinal] : 0;
}

const char *tsr_err_text(int err)
{
	const struct entry *entry = find_entry(err);

	if (err == 0)
		return "success";
	return entry ? entry->text : "unknown error";
}

const char *tsr_err_name(int err)
{
	const struct entry *entry = find_entry(err);

	if (err == 0)
		return "OK";
	return entry ? entry->name : "UNKNOWN_ERROR";
}

enum tsr_fault tsr_err_fault(int err)
{
	const struct entry *entry = find_entry(err);

	if (err == 0)
		return TSR_FAULT_NONE;
	return entry ? entry->fault : TSR_FAULT_OURS;
}
