/* SPDX-License-Identifier: MIT */
/* quick_op - what a compiled expression looks like; internal to lib/expr */
#ifndef SH_EXPR_QUICK_OP_H
#define SH_EXPR_QUICK_OP_H

#include <stdbool.h>
#include <stdint.h>

/* Places below this are not in the program: they are its answers. */
#define SH_QUICK_ANSWERS 4

enum sh_opcode {
	SH_OP_LESS, /* value[slot] < c: three kinds of test in one step each */
	SH_OP_AT_MOST,
	SH_OP_EQUAL,
	SH_OP_TRUTH, /* value[slot] */
	SH_OP_HAS,   /* value[slot] */
	SH_OP_TOP_LESS, /* the top of the stack, with its right operand; both go */
	SH_OP_TOP_AT_MOST,
	SH_OP_TOP_EQUAL,
	SH_OP_IN, /* the top of the stack, which goes */
	SH_OP_PUSH,
	SH_OP_ADD, /* the top with its right operand */
	SH_OP_SUBTRACT,
	SH_OP_MULTIPLY,
	SH_OP_DIVIDE,
	SH_OP_GREATEST,
	SH_OP_LEAST,
	SH_OP_NEGATE,
	SH_OP_ABS,
};

/* Where a right operand, or what is pushed, comes from. */
enum sh_from {
	SH_FROM_STACK,
	SH_FROM_SLOT,
	SH_FROM_CONST,
};

struct sh_op {
	double c;
	uint32_t slot;  /* SH_OP_IN: the first of the numbers */
	uint32_t count; /* SH_OP_IN: how many */
	uint8_t code, from;
	uint16_t to[3]; /* by answer; what is no test goes to to[SH_QUICK_TRUE] */
};

struct sh_quick {
	const double *set; /* behind the program */
	uint16_t entry;
	bool has_stack;
	struct sh_op op[];
};

#endif
