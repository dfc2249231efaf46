/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_MEDIA_STUN_H
#define TSR_MEDIA_STUN_H

#include "core/base/attr.h"
#include "core/base/slice.h"
#include "core/media/packet.h"

/*
 * stun: the messages of RFC 8489 that ICE (RFC 8445) needs: the Binding method, short-term
 * credentials, MESSAGE-INTEGRITY (HMAC-SHA1) and FINGERPRINT.
 */
#define TSR_STUN_TRANSACTION_LEN 12
#define TSR_STUN_MESSAGE_MAX 576 /* of what is written here */

enum tsr_stun_class { TSR_STUN_REQUEST, TSR_STUN_INDICATION, TSR_STUN_SUCCESS, TSR_STUN_ERROR };
enum tsr_stun_role { TSR_STUN_NO_ROLE, TSR_STUN_CONTROLLING, TSR_STUN_CONTROLLED };

#define TSR_STUN_BAD_REQUEST 400
#define TSR_STUN_UNKNOWN_ATTRIBUTE 420
#define TSR_STUN_ROLE_CONFLICT 487

/* A parsed message; slices lie in the datagram. */
struct tsr_stun {
	enum tsr_stun_class class;
	uint8_t transaction[TSR_STUN_TRANSACTION_LEN];
	struct tsr_slice bytes;    /* the whole message */
	struct tsr_slice username; /* empty when there is none */
	uint32_t integrity_at;     /* where MESSAGE-INTEGRITY begins; 0: there is none */
	bool has_fingerprint;      /* and it is right: a wrong one does not parse */
	bool use_candidate;
	enum tsr_stun_role role;
	uint64_t tie_breaker; /* with the role */
	uint32_t priority;    /* 0 when there is none */
	uint16_t error;       /* of an error response */
	uint16_t unknown;     /* first attribute that must be understood and is not; 0: none */
	bool has_mapped;      /* XOR-MAPPED-ADDRESS: */
	uint8_t mapped_ip[16];
	uint16_t mapped_port;
};

/* Parses a Binding message. What comes after MESSAGE-INTEGRITY counts for nothing, save
 * FINGERPRINT (RFC 8489 14.5). Returns 0, TSR_ERR_SHORT, TSR_ERR_FORMAT, TSR_ERR_RANGE (not
 * Binding) or TSR_ERR_AUTH (FINGERPRINT is wrong). */
TSR_CHECKED int tsr_stun_parse(struct tsr_stun *out, struct tsr_slice datagram);

/* The receiver's ufrag in USERNAME "receiver:sender" of a request: what finds the transport.
 * Empty when there is none. */
struct tsr_slice tsr_stun_ufrag(const struct tsr_stun *stun);

/* 0, or TSR_ERR_AUTH when MESSAGE-INTEGRITY is missing or was not made with the password. */
TSR_CHECKED int tsr_stun_check(const struct tsr_stun *stun, struct tsr_slice password);

struct tsr_stun_request {
	uint8_t transaction[TSR_STUN_TRANSACTION_LEN];
	struct tsr_slice username; /* "receiver:sender", at most 256 bytes */
	uint32_t priority;
	uint64_t tie_breaker; /* as controlling agent */
	bool use_candidate;
};

/* Write a message with MESSAGE-INTEGRITY and FINGERPRINT into out, TSR_STUN_MESSAGE_MAX bytes.
 * Return 0, TSR_ERR_TOO_BIG or TSR_ERR_CRYPTO. */
TSR_CHECKED int tsr_stun_write_request(uint8_t *out, size_t *len,
	const struct tsr_stun_request *request, struct tsr_slice password);
/* The answer to request says where it came from: tuple's remote end. */
TSR_CHECKED int tsr_stun_write_success(uint8_t *out, size_t *len, const struct tsr_stun *request,
	const struct tsr_tuple *tuple, struct tsr_slice password);
TSR_CHECKED int tsr_stun_write_error(uint8_t *out, size_t *len, const struct tsr_stun *request,
	uint16_t error, struct tsr_slice password);

#endif
