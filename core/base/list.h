/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TSR_BASE_LIST_H
#define TSR_BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>

/*
 * list: doubly linked, intrusive, circular. A head says in a comment what it holds:
 * struct tsr_list members; / * tsr_member.link * /
 */
struct tsr_list {
	struct tsr_list *prev;
	struct tsr_list *next;
};

/* The struct that contains the link ptr as its member. */
#define tsr_list_entry(ptr, type, member) ((type *)(void *)((char *)(ptr)-offsetof(type, member)))

/* Walks the list; the element at hand may be removed. */
#define tsr_list_each(pos, next_, head) \
	for (struct tsr_list *pos = (head)->next, *next_ = pos->next; pos != (head); \
		pos = next_, next_ = pos->next)

static inline void tsr_list_init(struct tsr_list *head)
{
	head->prev = head->next = head;
}
static inline bool tsr_list_is_empty(const struct tsr_list *head)
{
	return head->next == head;
}
static inline void tsr_list_append(struct tsr_list *head, struct tsr_list *link)
{
	link->prev = head->prev;
	link->next = head;
	head->prev->next = link;
	head->prev = link;
}
/* Leaves link as an empty list of its own, so removing twice is fine. */
static inline void tsr_list_remove(struct tsr_list *link)
{
	link->prev->next = link->next;
	link->next->prev = link->prev;
	tsr_list_init(link);
}

#endif
