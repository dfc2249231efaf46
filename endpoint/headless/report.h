/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_ENDPOINT_HEADLESS_REPORT_H
#define TSR_ENDPOINT_HEADLESS_REPORT_H

#include <jansson.h>
#include <stdbool.h>

#include "core/base/attr.h"

/*
 * report: what `tessera join` tells its user: sentences, or with --json one object per line whose
 * "event" names it. docs/cli.md lists the events.
 */
void tsr_report_init(bool json);

/* A sentence for people; nothing with --json. */
void tsr_report_say(const char *format, ...) TSR_PRINTF(1, 2);

/* An event for programs; nothing without --json. Takes fields (may be NULL). */
void tsr_report_event(const char *event, json_t *fields);

#endif
