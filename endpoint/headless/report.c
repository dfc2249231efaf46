/* SPDX-License-Identifier: Apache-2.0 */
#include "endpoint/headless/report.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define SENTENCE_MAX 8192 /* a chat text and a name fit */

static bool is_json;

void tsr_report_init(bool json)
{
	is_json = json;
	setvbuf(stdout, NULL, _IOLBF, 0);
}

/* Names and chat come from others: what could steer a terminal (C0, DEL, C1) becomes "?". */
static void disarm(char *text)
{
	for (uint8_t *p = (uint8_t *)text; *p; p++) {
		if (*p < 0x20 || *p == 0x7f)
			*p = '?';
		else if (*p == 0xc2 && p[1] >= 0x80 && p[1] < 0xa0)
			p[0] = p[1] = '?';
	}
}

void tsr_report_say(const char *format, ...)
{
	char text[SENTENCE_MAX];
	va_list args;

	if (is_json)
		return;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	disarm(text);
	puts(text);
}

void tsr_report_event(const char *event, json_t *fields)
{
	json_t *line = json_pack("{s:s}", "event", event);
	char *text = NULL;

	if (is_json && line && (!fields || json_object_update(line, fields) == 0))
		text = json_dumps(line, JSON_COMPACT);
	if (text)
		puts(text);
	free(text);
	json_decref(line);
	json_decref(fields);
}
