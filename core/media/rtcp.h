/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_MEDIA_RTCP_H
#define TSR_MEDIA_RTCP_H

#include <stdbool.h>

#include "core/base/attr.h"
#include "core/base/slice.h"
#include "core/base/writer.h"

/*
 * rtcp: compound packets (RFC 3550 6.4, reduced size as in RFC 5506), feedback (RFC 4585, 5104,
 * transport-wide congestion control).
 */
enum tsr_rtcp_type {
	TSR_RTCP_SR = 200,
	TSR_RTCP_RR = 201,
	TSR_RTCP_SDES = 202,
	TSR_RTCP_BYE = 203,
	TSR_RTCP_RTPFB = 205,
	TSR_RTCP_PSFB = 206,
};
enum { /* formats of feedback */
	TSR_RTPFB_NACK = 1,
	TSR_RTPFB_TRANSPORT_CC = 15,
	TSR_PSFB_PLI = 1,
	TSR_PSFB_FIR = 4,
};

struct tsr_rtcp {
	uint8_t type;
	uint8_t count;         /* of reports or sources; the format of feedback */
	struct tsr_slice body; /* after the first word, without padding */
};

/* Whether it is a well-formed compound packet: each length within, each version 2. */
bool tsr_rtcp_is_sound(struct tsr_slice compound);
/* Takes the next packet off a sound compound packet; false: no more. */
bool tsr_rtcp_next(struct tsr_slice *left, struct tsr_rtcp *out);

struct tsr_rtcp_sr {
	uint32_t ssrc;
	uint64_t ntp;
	uint32_t ts, packets, octets;
};
struct tsr_rtcp_report {
	uint32_t ssrc;
	uint8_t fraction_lost; /* of 256 */
	int32_t lost;
	uint32_t highest, jitter, lsr, dlsr;
};
/* For SR and RR. sr may be NULL. Returns how many reports were read into v. */
size_t tsr_rtcp_read_reports(
	const struct tsr_rtcp *rtcp, struct tsr_rtcp_sr *sr, struct tsr_rtcp_report *v, size_t cap);

struct tsr_rtcp_feedback {
	uint32_t sender, media;
	struct tsr_slice fci;
};
TSR_CHECKED int tsr_rtcp_read_feedback(struct tsr_rtcp_feedback *out, const struct tsr_rtcp *rtcp);
/* The sequence numbers of a NACK, at most cap. */
size_t tsr_rtcp_read_nack(struct tsr_slice fci, uint16_t *v, size_t cap);
/* The SSRC of each entry of a FIR, or of a BYE (whole body). */
size_t tsr_rtcp_read_fir(struct tsr_slice fci, uint32_t *v, size_t cap);
size_t tsr_rtcp_read_bye(const struct tsr_rtcp *rtcp, uint32_t *v, size_t cap);

/* Each writes one packet of a compound; the writer's error says whether all fitted. n <= 31. */
void tsr_rtcp_write_sr(struct tsr_writer *wr, const struct tsr_rtcp_sr *sr);
void tsr_rtcp_write_rr(
	struct tsr_writer *wr, uint32_t ssrc, const struct tsr_rtcp_report *v, size_t n);
void tsr_rtcp_write_cname(struct tsr_writer *wr, uint32_t ssrc, const char *cname);
void tsr_rtcp_write_pli(struct tsr_writer *wr, uint32_t ssrc, uint32_t media);
/* seqs in ascending order. */
void tsr_rtcp_write_nack(
	struct tsr_writer *wr, uint32_t ssrc, uint32_t media, const uint16_t *seqs, size_t n);
void tsr_rtcp_write_bye(struct tsr_writer *wr, uint32_t ssrc);

#endif
