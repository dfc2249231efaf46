/* SPDX-License-Identifier: Apache-2.0 */
#include "server/assets.h"

#include <string.h>

static int compare(struct tsr_slice a, const char *b)
{
	size_t b_len = strlen(b), len = a.len < b_len ? a.len : b_len;
	int r = len ? memcmp(a.data, b, len) : 0;

	return r != 0 ? r : a.len < b_len ? -1 : a.len > b_len;
}

const struct tsr_asset *tsr_asset_find(struct tsr_slice path)
{
	size_t low = 0, high = tsr_n_assets;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int r = compare(path, tsr_assets[middle].path);

		if (r == 0)
			return &tsr_assets[middle];
		if (r < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}
