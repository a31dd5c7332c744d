#include "fault.h"
#include "board.h"

static int low;

static void say(const char* what, uint32_t operation, uint32_t offset, uint32_t size)
{
	serial_text(what);
	serial_number(operation);
	serial_put(' ');
	serial_number(offset);
	serial_put(' ');
	serial_number(size);
}

static void stop(uint32_t operation, uint32_t offset, const uint8_t* bytes, uint32_t size)
{
	say(bytes ? "stopped at program " : "stopped at erase ", operation, offset, size);
	serial_put(' ');
	for (uint32_t at = 0; bytes && at < size; at++)
		serial_byte(bytes[at]);
	serial_put('\n');
	board_exit(EXIT_STOPPED);
}

enum fate fault_before(uint32_t offset, const uint8_t* bytes, uint32_t size)
{
	uint32_t operation = ++board_retained()->operations;
	if (SETTINGS->trace) {
		say(bytes ? "program " : "erase ", operation, offset, size);
		serial_put('\n');
	}
	if (low)
		return FATE_REFUSED;
	if (operation != SETTINGS->fault_operation)
		return FATE_DONE;
	switch (SETTINGS->fault_way) {
	case FAULT_BEFORE:
		stop(operation, offset, bytes, size);
		break;
	case FAULT_RESET:
		board_reset((int)SETTINGS->fault_cause);
	case FAULT_IGNORED:
		return FATE_IGNORED;
	case FAULT_LOW:
		low = 1;
		return FATE_REFUSED;
	case FAULT_REFUSED:
		return FATE_REFUSED;
	}
	return FATE_DONE;
}

void fault_after(uint32_t offset, const uint8_t* bytes, uint32_t size)
{
	struct retained* kept = board_retained();
	if (!bytes && SETTINGS->unreadable_from - offset < size)
		kept->readable = 1;
	if (kept->operations == SETTINGS->fault_operation && SETTINGS->fault_way == FAULT_AFTER)
		stop(kept->operations, offset, bytes, size);
}

int fault_readable(uint32_t offset, uint32_t size)
{
	uint32_t from = SETTINGS->unreadable_from;
	uint32_t length = SETTINGS->unreadable_size;
	if (length == 0 || board_retained()->readable)
		return 1;
	return offset >= from + length || offset + size <= from;
}
