/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_TEST_VECTORS_H
#define TSR_TEST_VECTORS_H

#include <jansson.h>
#include <stdint.h>
#include <stdlib.h>

#include "core/base/slice.h"

/*
 * vectors: the published test vectors, as JSON, from the folder that TSR_VECTORS names. They
 * are not part of the checkout: a case is left out, with the file's name, where they are absent.
 */
static inline json_t *vectors_load(const char *name)
{
	static char path[4096];
	const char *dir = getenv("TSR_VECTORS");

	snprintf(path, sizeof(path), "%s/%s", dir ? dir : "../shared/vectors", name);
	return json_load_file(path, 0, NULL);
}

#define VECTORS_OR_SKIP(var, name) \
	json_t *var = vectors_load(name); \
	if (!var) \
	SKIP("no " name)

/* The bytes of a hexadecimal string; the caller frees data. Never NULL, also when empty. */
struct hex {
	uint8_t *data;
	size_t len;
};

static inline struct hex hex_parse(const char *text)
{
	struct hex out = { calloc(1, strlen(text) / 2 + 1), strlen(text) / 2 };

	for (size_t i = 0; out.data && i < out.len; i++) {
		unsigned int byte = 0;

		if (sscanf(text + 2 * i, "%2x", &byte) != 1)
			abort();
		out.data[i] = (uint8_t)byte;
	}
	if (!out.data)
		abort();
	return out;
}

static inline struct hex hex_get(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return hex_parse(text ? text : "");
}

static inline struct tsr_slice hex_slice(struct hex hex)
{
	return tsr_slice(hex.data, hex.len);
}

static inline const char *text_get(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

#endif
