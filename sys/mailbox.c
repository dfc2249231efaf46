/* SPDX-License-Identifier: Apache-2.0 */
#include "sys/mailbox.h"

#include <errno.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "core/base/err.h"

/*
 * A ring of cells, each with a turn number (D. Vyukov's bounded queue). A writer owns cell i of
 * round n when turn == position; it publishes by turn = position + 1; the reader frees it for the
 * next round by turn = position + cap. The eventfd is written only when nobody has since the
 * reader last looked, so a burst costs one system call.
 */
struct cell {
	_Atomic size_t turn;
	struct tsr_mail mail;
};
struct tsr_mailbox {
	alignas(64) _Atomic size_t tail; /* where the next writer goes */
	alignas(64) size_t head;         /* the reader's */
	alignas(64) _Atomic bool is_signalled;
	size_t mask;
	struct cell *cells;
	struct tsr_poll *poll;
	int event_fd;
	bool is_draining;
	bool is_closed; /* inside a callback of its own: freed at the end of the drain */
};

static void wake(struct tsr_mailbox *box)
{
	const uint64_t one = 1;
	ssize_t n;

	if (atomic_exchange(&box->is_signalled, true))
		return;
	do
		n = write(box->event_fd, &one, sizeof(one));
	while (n < 0 && errno == EINTR);
}

static bool take(struct tsr_mailbox *box, struct tsr_mail *out)
{
	struct cell *cell = &box->cells[box->head & box->mask];

	if (atomic_load_explicit(&cell->turn, memory_order_acquire) != box->head + 1)
		return false;
	*out = cell->mail;
	atomic_store_explicit(&cell->turn, box->head + box->mask + 1, memory_order_release);
	box->head++;
	return true;
}

static void on_event(void *user, unsigned events)
{
	struct tsr_mailbox *box = user;
	uint64_t n;

	(void)events;
	if (read(box->event_fd, &n, sizeof(n)) < 0 && errno != EAGAIN && errno != EINTR)
		return;
	tsr_mailbox_drain(box);
}

static void free_box(struct tsr_mailbox *box)
{
	if (box->event_fd >= 0)
		close(box->event_fd);
	free(box->cells);
	free(box);
}

int tsr_mailbox_open(struct tsr_mailbox **out, struct tsr_loop *loop, size_t cap)
{
	struct tsr_mailbox *box = aligned_alloc(64, sizeof(*box));
	size_t n = 2;
	int r = TSR_ERR_NOMEM;

	*out = NULL;
	if (!box)
		return TSR_ERR_NOMEM;
	while (n < cap)
		n *= 2;
	*box = (struct tsr_mailbox){ .mask = n - 1, .event_fd = -1 };
	box->cells = calloc(n, sizeof(*box->cells));
	if (!box->cells)
		goto fail;
	for (size_t i = 0; i < n; i++)
		atomic_init(&box->cells[i].turn, i);
	box->event_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (box->event_fd < 0) {
		r = TSR_ERR_IO;
		goto fail;
	}
	if ((r = tsr_poll_open(&box->poll, loop, box->event_fd, on_event, box)) != 0)
		goto fail;
	tsr_poll_set(box->poll, TSR_POLL_READ);
	*out = box;
	return 0;
fail:
	free_box(box);
	return r;
}

int tsr_mailbox_post(struct tsr_mailbox *box, struct tsr_mail mail)
{
	size_t at = atomic_load_explicit(&box->tail, memory_order_relaxed);
	struct cell *cell;

	for (;;) {
		ptrdiff_t ahead;

		cell = &box->cells[at & box->mask];
		ahead = (ptrdiff_t)(atomic_load_explicit(&cell->turn, memory_order_acquire) - at);
		if (ahead < 0)
			return TSR_ERR_FULL;
		if (ahead == 0 && atomic_compare_exchange_weak_explicit(&box->tail, &at, at + 1,
					  memory_order_relaxed, memory_order_relaxed))
			break;
		if (ahead > 0)
			at = atomic_load_explicit(&box->tail, memory_order_relaxed);
	}
	cell->mail = mail;
	atomic_store_explicit(&cell->turn, at + 1, memory_order_release);
	wake(box);
	return 0;
}

void tsr_mailbox_drain(struct tsr_mailbox *box)
{
	struct tsr_mail mail;
	size_t n = 0;

	if (box->is_draining)
		return;
	box->is_draining = true;
	atomic_exchange(&box->is_signalled, false); /* before looking: later mail signals anew */
	while (!box->is_closed && n++ <= box->mask && take(box, &mail))
		mail.run(mail.to, mail.item, mail.number);
	box->is_draining = false;
	if (box->is_closed)
		free_box(box);
	else if (n > box->mask)
		wake(box); /* others of the loop get their turn before the rest */
}

void tsr_mailbox_close(struct tsr_mailbox **box_)
{
	struct tsr_mailbox *box = *box_;

	*box_ = NULL;
	if (!box)
		return;
	tsr_poll_close(&box->poll);
	box->is_closed = true;
	if (!box->is_draining)
		free_box(box);
}
