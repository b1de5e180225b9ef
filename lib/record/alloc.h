/* SPDX-License-Identifier: MIT */
/*
 * alloc - a faster allocator for jansson values
 *
 * Building a record makes some forty small allocations and frees them together
 * soon after; free lists by size answer them in a few instructions each. Memory
 * is reused, never given back: a program holds what its largest moment needed.
 * Jansson's hook has no argument, so the lists are the one exception to "no
 * mutable statics" here. Under a sanitizer plain malloc stays, so that nothing
 * is hidden from it.
 */
#ifndef SH_RECORD_ALLOC_H
#define SH_RECORD_ALLOC_H

/*
 * Let jansson allocate through the lists, and let it call sh_mem's handler when
 * there is no memory. Only the start of a program calls this, before any json_t is
 * made. What json_dumps(3) gives cannot go to free() any more: sh_json_text() can.
 */
void sh_json_use_lists(void);

#endif
