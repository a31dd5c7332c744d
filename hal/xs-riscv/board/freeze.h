/*
 * The frozen realm: the engine's built-in objects, the host functions and the firmware, as they are after the firmware's
 * script has run, in flash. A machine that is made of it needs next to no RAM.
 *
 *   FROZEN   size u32 | crc of the firmware's archive u32 | address of the txPreparation u32 | 0 | the objects
 */
#ifndef FLIPSIDE_FREEZE_H
#define FLIPSIDE_FREEZE_H

#include "xsAll.h"

struct frozen {
	uint32_t size;
	uint32_t firmware_crc;
	uint32_t preparation;
	uint32_t unused;
};

/* Makes it and sends it over the serial line, as lines of hexadecimal digits after "FROZEN". */
void freeze(void);

#endif
