/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_SERVER_CAPABILITIES_H
#define TSR_SERVER_CAPABILITIES_H

/*
 * capabilities: the payload types and the identifiers of header extensions that everything leaves
 * this server with. The edge tells them to clients, media writes them. A sender's own may differ.
 */
enum tsr_payload_type {
	TSR_PT_VP8 = 96,
	TSR_PT_VP8_RTX = 97,
	TSR_PT_VP9 = 98,
	TSR_PT_VP9_RTX = 99,
	TSR_PT_OPUS = 111,
};

enum tsr_extension_id {
	TSR_EXT_MID = 1,
	TSR_EXT_RID = 2,
	TSR_EXT_REPAIRED_RID = 3,
	TSR_EXT_ABS_SEND_TIME = 4,
	TSR_EXT_TRANSPORT_CC = 5,
	TSR_EXT_AUDIO_LEVEL = 10,
};

#endif
