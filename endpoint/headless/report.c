/* SPDX-License-Identifier: Apache-2.0 */
#include "endpoint/headless/report.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static bool is_json;

void tsr_report_init(bool json)
{
	is_json = json;
	setvbuf(stdout, NULL, _IOLBF, 0);
}

void tsr_report_say(const char *format, ...)
{
	va_list args;

	if (is_json)
		return;
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
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
