/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_MEDIA_DESK_H
#define TSR_MEDIA_DESK_H

#include "core/base/list.h"
#include "server/media/media.h"
#include "server/media/shared.h"

/*
 * desk: the main thread of media. It hears the edge, makes what the lanes share of a session, and
 * hands every command to every lane; it tells the edge what they say. When the link to the edge
 * breaks, everything is forgotten: the new edge knows none of it.
 */
struct tsr_desk;

TSR_CHECKED int tsr_desk_create(struct tsr_desk **out, struct tsr_media *media);
void tsr_desk_destroy(struct tsr_desk *desk); /* NULL is fine */

/* Runs until the supervisor says stop. */
void tsr_desk_run(struct tsr_desk *desk);

/* Mail from lanes: a packet (tsr_msg, taken) for the edge. */
void tsr_desk_on_packet(void *desk, void *msg, uint64_t unused);

#endif
