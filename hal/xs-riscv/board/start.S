# From reset to main: the stack at the end of what RAM the settings say, .data copied, .bss cleared.
.section .start, "ax"
.globl _start
_start:
	.option push
	.option norelax
	la gp, __global_pointer$
	.option pop
	la t0, 0x200f0000
	lw t1, 4(t0)
	li t0, 0x80000000
	add sp, t0, t1
	addi sp, sp, -32
	la tp, __tls
	la t0, trap
	csrw mtvec, t0
	la t0, __data_load
	la t1, __data
	la t2, __data_end
1:	bgeu t1, t2, 2f
	lw t3, 0(t0)
	sw t3, 0(t1)
	addi t0, t0, 4
	addi t1, t1, 4
	j 1b
2:	la t1, __tls
	la t2, __bss_end
3:	bgeu t1, t2, 4f
	sw zero, 0(t1)
	addi t1, t1, 4
	j 3b
4:	call main
5:	j 5b

# The timer is the watchdog; any other trap is a crash. Neither goes back.
.align 4
trap:
	csrr a0, mcause
	csrr a1, mepc
	csrr a2, mtval
	call board_trap
