/* The board: QEMU's riscv32 `virt` machine. Addresses from its device tree. */
#ifndef FLIPSIDE_BOARD_H
#define FLIPSIDE_BOARD_H

#include <stddef.h>
#include <stdint.h>

/* What the host has written beside the program. Numbers that JavaScript may ask for are by index from `ram_size` on. */
struct settings {
	char magic[4];		/* "FXST" */
	uint32_t ram_size;	/* 0: bytes of RAM */
	uint32_t arena_size;	/* 1: bytes for slots, chunks and stack of the engine */
	uint32_t stack_count;	/* 2: slots of the engine's stack */
	uint32_t freeze;	/* 3: not 0: make the frozen realm, and send it */
	uint32_t firmware_size;	/* 4: bytes of the firmware's archive; with what makes the realm, where it is to be made */
	uint32_t slot_sectors;	/* 5 */
	uint32_t write_unit;	/* 6: bytes that the driver programs as one unit */
	uint32_t watchdog;	/* 7: seconds, 0: none */
	uint32_t clock;		/* 8: 0: none, 1: uptime, 2: trusted */
	uint32_t trace;		/* 9: not 0: says each operation of the second bank */
	uint32_t fault_operation;	/* 10: one fault: at which operation since the power came, from 1 on; 0: none */
	uint32_t fault_way;	/* 11: fault.h */
	uint32_t fault_cause;	/* 12: of a reset that is the fault */
	uint32_t unreadable_from;	/* 13: offset of a place that cannot be read until it is erased */
	uint32_t unreadable_size;	/* 14: its bytes; 0: none */
	uint32_t trial_window;	/* 15: seconds; 0: as the agent has it */
	uint32_t census;	/* 16: not 0: where the memory is full, says what fills it */
};
#define SETTINGS_COUNT ((sizeof(struct settings) - 4) / 4)

#define SETTINGS ((const struct settings*)0x200f0000u)
#define FROZEN ((char*)0x20100000u)
#define FIRMWARE ((const char*)0x20300000u)
#define NOR ((volatile uint8_t*)0x22000000u)
#define NOR_SIZE 0x02000000u
#define NOR_SECTOR 0x40000u
#define RAM 0x80000000u

/* agent/codes.ts `Reset` */
enum cause { CAUSE_POWER = 0, CAUSE_BROWN_OUT, CAUSE_PIN, CAUSE_WAKE, CAUSE_REQUESTED, CAUSE_WATCHDOG, CAUSE_CRASH, CAUSE_UNKNOWN };

/* The last words of RAM: a reset leaves RAM as it is, and a new machine begins with zeros. */
struct retained {
	uint32_t magic;
	uint32_t cause;
	uint32_t operations;	/* of the second bank, since the power came */
	uint32_t readable;	/* the place that could not be read was erased */
};
struct retained* board_retained(void);

/* Exit codes of the emulation. */
enum { EXIT_BROKEN = 2, EXIT_RECOVERY = 3, EXIT_STOPPED = 4 };

void board_open(void);
int board_cause(void);
void board_reset(int cause) __attribute__((noreturn));
/* Ends the emulation with an exit code: what a device has no word for. */
void board_exit(int code) __attribute__((noreturn));
uint64_t board_microseconds(void);
void board_feed(uint32_t seconds);

void serial_put(uint8_t byte);
int serial_get(void);
void serial_text(const char* text);
/* In hexadecimal. */
void serial_number(uint32_t number);
void serial_byte(uint8_t byte);

/* 0, or -1: out of bounds, not aligned, a unit that is not erased, or the flash says no. */
int nor_read(uint32_t offset, void* into, uint32_t size);
int nor_program(uint32_t offset, const void* bytes, uint32_t size);
int nor_erase(uint32_t offset);

/* functions.c */
struct decided {
	int slot;
	uint32_t offset;
	uint32_t size;
};
extern struct decided decided;
/* A machine is made: it has none yet. */
void hashes_free(void);

struct sha256 {
	uint32_t state[8];
	uint64_t length;
	uint8_t block[64];
};
void sha256_begin(struct sha256* hash);
void sha256_update(struct sha256* hash, const uint8_t* bytes, size_t size);
void sha256_finish(struct sha256* hash, uint8_t* digest);

#endif
