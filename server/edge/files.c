/* SPDX-License-Identifier: Apache-2.0 */
#include "server/edge/files.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

enum { NUMBER_DIGITS = 9, WORD_MAX = 32, HASH_MIN = 8 };

/* "/j/418205937" */
static bool is_meeting(struct tsr_slice path)
{
	if (path.len != 3 + NUMBER_DIGITS || memcmp(path.data, "/j/", 3) != 0)
		return false;
	for (size_t i = 3; i < path.len; i++)
		if (!isdigit(path.data[i]))
			return false;
	return true;
}

/* "/", "/about": one lower-case word. */
static bool is_screen(struct tsr_slice path)
{
	if (path.len < 1 || path.len > 1 + WORD_MAX || path.data[0] != '/')
		return false;
	for (size_t i = 1; i < path.len; i++)
		if (!islower(path.data[i]) && path.data[i] != '-')
			return false;
	return true;
}

const struct tsr_asset *tsr_files_find(struct tsr_slice path)
{
	const struct tsr_asset *asset = tsr_asset_find(path);

	if (asset)
		return asset;
	if (is_meeting(path) || is_screen(path))
		return tsr_asset_find(tsr_slice_str("/index.html"));
	return NULL;
}

bool tsr_files_is_hashed(struct tsr_slice path)
{
	size_t dot = path.len, from;
	bool is_word = true; /* letters alone are a word, not a hash */

	while (dot > 0 && path.data[dot - 1] != '.')
		dot--;
	if (dot == 0)
		return false;
	for (from = dot - 1; from > 0 && isalnum(path.data[from - 1]); from--)
		if (isdigit(path.data[from - 1]) || isupper(path.data[from - 1]))
			is_word = false;
	return dot - 1 - from >= HASH_MIN && from > 0 && path.data[from - 1] == '-' && !is_word;
}

/* One element of a list in a header; false when there is none left. */
static bool next_element(struct tsr_slice *list, struct tsr_slice *out)
{
	const uint8_t *end = list->data + list->len;
	const uint8_t *at = list->data;
	const uint8_t *comma;

	while (at < end && (*at == ' ' || *at == '\t' || *at == ','))
		at++;
	if (at == end)
		return false;
	comma = memchr(at, ',', (size_t)(end - at));
	if (!comma)
		comma = end;
	*list = tsr_slice(comma, (size_t)(end - comma));
	*out = tsr_slice(at, (size_t)(comma - at));
	while (out->len && (out->data[out->len - 1] == ' ' || out->data[out->len - 1] == '\t'))
		out->len--;
	return true;
}

/* Whether an element of Accept-Encoding names the coding and does not say q=0. */
static bool allows(struct tsr_slice element, const char *coding)
{
	size_t n = strlen(coding);
	const char *at = (const char *)element.data;
	size_t len = element.len;

	if (len < n || strncasecmp(at, coding, n) != 0)
		return false;
	at += n;
	len -= n;
	if (len == 0)
		return true;
	if (*at != ';' && *at != ' ' && *at != '\t')
		return false;
	at = memmem(at, len, "q=", 2);
	if (!at)
		return true;
	/* q=0, q=0.0, q=0.000 mean no */
	for (at += 2; at < (const char *)element.data + element.len; at++)
		if (*at >= '1' && *at <= '9')
			return true;
	return false;
}

static bool accepts(const struct tsr_http_head *head, const char *coding)
{
	const struct tsr_slice *value = tsr_http_find(head, "Accept-Encoding");
	struct tsr_slice list, element;

	if (!value)
		return false;
	list = *value;
	while (next_element(&list, &element))
		if (allows(element, coding))
			return true;
	return false;
}

struct tsr_slice tsr_files_choose(
	const struct tsr_asset *asset, const struct tsr_http_head *head, const char **name)
{
	*name = NULL;
	if (asset->br.len && accepts(head, "br")) {
		*name = "br";
		return asset->br;
	}
	if (asset->gzip.len && accepts(head, "gzip")) {
		*name = "gzip";
		return asset->gzip;
	}
	return asset->identity;
}

bool tsr_files_is_known(const struct tsr_asset *asset, const struct tsr_http_head *head)
{
	const struct tsr_slice *value = tsr_http_find(head, "If-None-Match");
	struct tsr_slice list, element;

	if (!value)
		return false;
	list = *value;
	while (next_element(&list, &element)) {
		if (element.len > 2 && memcmp(element.data, "W/", 2) == 0)
			element = tsr_slice(element.data + 2, element.len - 2);
		if (tsr_slice_equal(element, tsr_slice_str("*")) ||
			tsr_slice_equal(element, tsr_slice_str(asset->etag)))
			return true;
	}
	return false;
}
