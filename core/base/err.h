/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_BASE_ERR_H
#define TSR_BASE_ERR_H

/*
 * err: every error code of the project, with its text and whose fault it is.
 *
 * PEER: the other side broke the protocol; close the connection.
 * USER: somebody asked for what cannot be had; show it to him.
 * OURS: log it, tell the outside nothing.
 */
#define TSR_ERR_MAP(X) \
	X(NOMEM, OURS, "out of memory") \
	X(IO, OURS, "input or output failed") \
	X(CRYPTO, OURS, "a cryptographic primitive failed") \
	X(STATE, OURS, "called in a state that does not allow it") \
	X(UNDRAINED, OURS, "output was not drained before the next input") \
	X(CONFIG, USER, "the configuration is not usable") \
	X(SHORT, PEER, "message ends too early") \
	X(TRAILING, PEER, "bytes after the end of the message") \
	X(FORMAT, PEER, "malformed message") \
	X(VERSION, PEER, "unknown protocol version") \
	X(TOO_BIG, PEER, "message larger than allowed") \
	X(RANGE, PEER, "value out of range") \
	X(STALE, PEER, "too old or seen before") \
	X(AUTH, PEER, "not authentic") \
	X(EXPIRED, PEER, "expired") \
	X(RATE, PEER, "too many in a short time") \
	X(AGAIN, OURS, "nothing to do yet") \
	X(CLOSED, PEER, "the other side closed the connection") \
	X(DENIED, USER, "you may not do that") \
	X(LOCKED, USER, "the session is locked") \
	X(UNKNOWN, USER, "there is no such thing") \
	X(OUTRACED, USER, "somebody else was faster") \
	X(FULL, USER, "no room for more") \
	X(BUSY, USER, "busy, try again") \
	X(STORE, USER, "this cannot be kept right now") \
	X(ENDED, USER, "the session has ended")

enum tsr_err_ordinal {
#define X(name, fault, text) TSR_ERR_ORDINAL_##name,
	TSR_ERR_MAP(X)
#undef X
		TSR_ERR_N
};

/* Functions return 0 or one of these. */
enum tsr_err {
#define X(name, fault, text) TSR_ERR_##name = -1 - TSR_ERR_ORDINAL_##name,
	TSR_ERR_MAP(X)
#undef X
};

enum tsr_fault { TSR_FAULT_NONE, TSR_FAULT_PEER, TSR_FAULT_USER, TSR_FAULT_OURS };

/* Text for people, without a dot; "success" for 0, "unknown error" for a code not in the list. */
const char *tsr_err_text(int err);

/* The code without its prefix ("TOO_BIG"), for logs and metrics. */
const char *tsr_err_name(int err);

/* Whose fault it is; TSR_FAULT_NONE for 0, TSR_FAULT_OURS for a code not in the list. */
enum tsr_fault tsr_err_fault(int err);

#endif
