/* Reset and its cause, time and the watchdog, the serial line. */
#include "board.h"

#define UART ((volatile uint8_t*)0x10000000u)
#define UART_QUEUE 2
#define UART_QUEUE_ON 1
#define UART_STATUS 5
#define UART_READY 1
#define UART_EMPTY 0x20
#define MTIMECMP ((volatile uint32_t*)0x02004000u)
#define MTIME ((volatile uint32_t*)0x0200bff8u)
#define TICKS_PER_SECOND 10000000u
#define FINISHER ((volatile uint32_t*)0x00100000u)
#define FINISH_PASS 0x5555u
#define FINISH_FAIL 0x3333u
#define FINISH_RESET 0x7777u
#define TIMER_INTERRUPT 0x80000007u

#define RETAINED_MAGIC 0x464c4950u

static int cause;

struct retained* board_retained(void)
{
	return (struct retained*)(RAM + SETTINGS->ram_size - 16);
}

void board_open(void)
{
	struct retained* kept = board_retained();
	cause = kept->magic == RETAINED_MAGIC ? (int)kept->cause : CAUSE_POWER;
	/* Whatever resets the board without a word of ours is not known to be innocent. */
	kept->magic = RETAINED_MAGIC;
	kept->cause = CAUSE_UNKNOWN;
	UART[UART_QUEUE] = UART_QUEUE_ON;
	board_feed(SETTINGS->watchdog);
	if (SETTINGS->watchdog) {
		__asm__ volatile("csrs mie, %0" :: "r"(0x80));
		__asm__ volatile("csrs mstatus, %0" :: "r"(0x8));
	}
}

int board_cause(void)
{
	return cause;
}

void board_reset(int why)
{
	/* A realm that could not be made would be made again, for ever. */
	if (SETTINGS->freeze)
		board_exit(EXIT_BROKEN);
	board_retained()->cause = (uint32_t)why;
	*FINISHER = FINISH_RESET;
	for (;;)
		;
}

void board_exit(int code)
{
	*FINISHER = code ? ((uint32_t)code << 16) | FINISH_FAIL : FINISH_PASS;
	for (;;)
		;
}

static uint64_t ticks(void)
{
	uint32_t high, low;
	do {
		high = MTIME[1];
		low = MTIME[0];
	} while (high != MTIME[1]);
	return ((uint64_t)high << 32) | low;
}

uint64_t board_microseconds(void)
{
	return ticks() / (TICKS_PER_SECOND / 1000000u);
}

void board_feed(uint32_t seconds)
{
	static uint64_t last;
	uint64_t at = seconds ? ticks() + (uint64_t)seconds * TICKS_PER_SECOND : UINT64_MAX;
	/* Setting the comparison is slow in the emulator, and the main loop is quick. */
	if (at - last < TICKS_PER_SECOND / 16)
		return;
	last = at;
	/* The high word first to all ones, so that the comparison does not hold in between. */
	MTIMECMP[1] = 0xffffffffu;
	MTIMECMP[0] = (uint32_t)at;
	MTIMECMP[1] = (uint32_t)(at >> 32);
}

static void serial_digits(uint32_t number, int shift)
{
	for (; shift >= 0; shift -= 4)
		serial_put((uint8_t)"0123456789abcdef"[number >> shift & 15]);
}

void serial_number(uint32_t number)
{
	serial_digits(number, 28);
}

void serial_byte(uint8_t byte)
{
	serial_digits(byte, 4);
}

void board_trap(uint32_t what, uint32_t where, uint32_t value)
{
	if (what == TIMER_INTERRUPT)
		board_reset(CAUSE_WATCHDOG);
	serial_text("trap ");
	serial_number(what);
	serial_text(" at ");
	serial_number(where);
	serial_text(" of ");
	serial_number(value);
	serial_text("\n");
	board_reset(CAUSE_CRASH);
}

void serial_put(uint8_t byte)
{
	while (!(UART[UART_STATUS] & UART_EMPTY))
		;
	UART[0] = byte;
}

int serial_get(void)
{
	return UART[UART_STATUS] & UART_READY ? UART[0] : -1;
}

void serial_text(const char* text)
{
	while (*text)
		serial_put((uint8_t)*text++);
}
