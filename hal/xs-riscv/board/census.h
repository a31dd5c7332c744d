#ifndef FLIPSIDE_CENSUS_H
#define FLIPSIDE_CENSUS_H

/* Says what is in the memory of a machine. */
void census(txMachine* the);

#endif
