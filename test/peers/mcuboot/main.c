/*
 * One boot of MCUboot over two files, with its power cut before one of its flash operations.
 *
 *   boot PRIMARY SECONDARY CUT SECTOR UNIT
 *
 * CUT is the number of the operation, from 0, or -1. The files are left as the boot left the flash. Exit code: 0 the
 * image runs, 1 it does not, 2 cut, 3 an assert of MCUboot failed, 9 a call that the flash does not take.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "bootutil/bootutil.h"
#include "bootutil/fault_injection_hardening.h"
#include "bootutil/sign_key.h"
#include "flash_map_backend/flash_map_backend.h"

#define SLOT_MAX 0x10000
#define ERASED 0xff

enum { RUNS, REFUSED, CUT, ASSERTED, MISUSED = 9 };

static const char *names[2];
static uint8_t content[2][SLOT_MAX];
static struct flash_area areas[2] = {{1, 0}, {2, 0}};
static uint32_t sector_size;
static uint32_t unit;
static long cut;
static long operations;

const struct bootutil_key bootutil_keys[1];
const int bootutil_key_cnt = 0;

/* Ends the process: no destructor of MCUboot's runs on in a board without power. */
static void leave(int code)
{
    for (int slot = 0; slot < 2; slot++) {
        FILE *file = fopen(names[slot], "wb");
        if (file == NULL || fwrite(content[slot], 1, areas[slot].size, file) != areas[slot].size) _Exit(MISUSED);
        fclose(file);
    }
    _Exit(code);
}

static void asserted(int signal)
{
    (void)signal;
    leave(ASSERTED);
}

static void begin(void)
{
    if (operations == cut) leave(CUT);
    operations++;
}

static bool within(const struct flash_area *area, uint32_t offset, uint32_t length)
{
    return (uint64_t)offset + length <= area->size;
}

static uint8_t *at(const struct flash_area *area, uint32_t offset)
{
    return content[area->id - 1] + offset;
}

int flash_area_open(uint8_t id, const struct flash_area **area)
{
    if (id < 1 || id > 2) return -1;
    *area = &areas[id - 1];
    return 0;
}

void flash_area_close(const struct flash_area *area) { (void)area; }

int flash_area_read(const struct flash_area *area, uint32_t offset, void *into, uint32_t length)
{
    if (!within(area, offset, length)) return -1;
    memcpy(into, at(area, offset), length);
    return 0;
}

int flash_area_write(const struct flash_area *area, uint32_t offset, const void *from, uint32_t length)
{
    if (offset % unit != 0 || length % unit != 0) leave(MISUSED);
    if (!within(area, offset, length)) return -1;
    begin();
    for (uint32_t i = 0; i < length; i++) at(area, offset)[i] &= ((const uint8_t *)from)[i];
    return 0;
}

int flash_area_erase(const struct flash_area *area, uint32_t offset, uint32_t length)
{
    if (offset % sector_size != 0 || length % sector_size != 0 || !within(area, offset, length)) leave(MISUSED);
    for (uint32_t done = 0; done < length; done += sector_size) {
        begin();
        memset(at(area, offset + done), ERASED, sector_size);
    }
    return 0;
}

uint32_t flash_area_align(const struct flash_area *area)
{
    (void)area;
    return unit;
}

uint8_t flash_area_erased_val(const struct flash_area *area)
{
    (void)area;
    return ERASED;
}

int flash_area_get_sector(const struct flash_area *area, off_t offset, struct flash_sector *sector)
{
    if (!within(area, (uint32_t)offset, 1)) return -1;
    sector->fs_off = (uint32_t)offset / sector_size * sector_size;
    sector->fs_size = sector_size;
    return 0;
}

int flash_area_get_sectors(int id, uint32_t *count, struct flash_sector *sectors)
{
    uint32_t all = areas[id - 1].size / sector_size;
    if (all > *count) return -1;
    *count = all;
    for (uint32_t i = 0; i < all; i++) flash_area_get_sector(&areas[id - 1], i * sector_size, &sectors[i]);
    return 0;
}

int flash_area_id_from_multi_image_slot(int image, int slot)
{
    (void)image;
    return slot + 1;
}

int flash_area_id_from_image_slot(int slot) { return slot + 1; }

int flash_area_id_to_multi_image_slot(int image, int id)
{
    (void)image;
    return id - 1;
}

int flash_device_base(uint8_t device, uintptr_t *base)
{
    (void)device;
    *base = 0;
    return 0;
}

int main(int count, char **values)
{
    struct boot_rsp response;

    if (count != 6) return MISUSED;
    cut = atol(values[3]);
    sector_size = (uint32_t)atol(values[4]);
    unit = (uint32_t)atol(values[5]);
    for (int slot = 0; slot < 2; slot++) {
        names[slot] = values[1 + slot];
        FILE *file = fopen(names[slot], "rb");
        if (file == NULL) return MISUSED;
        areas[slot].size = (uint32_t)fread(content[slot], 1, SLOT_MAX, file);
        fclose(file);
    }
    signal(SIGABRT, asserted);
    leave(FIH_EQ(boot_go(&response), FIH_SUCCESS) ? RUNS : REFUSED);
}
