/* MCUboot's flash map over two slots in memory: main.c. */
#ifndef FLIPSIDE_FLASH_MAP_BACKEND_H
#define FLIPSIDE_FLASH_MAP_BACKEND_H

#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/types.h>

struct flash_area {
    uint8_t id;
    uint32_t size;
};

struct flash_sector {
    uint32_t fs_off;
    uint32_t fs_size;
};

static inline uint32_t flash_area_get_off(const struct flash_area *area) { (void)area; return 0; }
static inline uint32_t flash_area_get_size(const struct flash_area *area) { return area->size; }
static inline uint8_t flash_area_get_id(const struct flash_area *area) { return area->id; }
static inline uint8_t flash_area_get_device_id(const struct flash_area *area) { (void)area; return 0; }
static inline uint32_t flash_sector_get_off(const struct flash_sector *sector) { return sector->fs_off; }
static inline uint32_t flash_sector_get_size(const struct flash_sector *sector) { return sector->fs_size; }

int flash_area_open(uint8_t id, const struct flash_area **area);
void flash_area_close(const struct flash_area *area);
int flash_area_read(const struct flash_area *area, uint32_t offset, void *into, uint32_t length);
int flash_area_write(const struct flash_area *area, uint32_t offset, const void *from, uint32_t length);
int flash_area_erase(const struct flash_area *area, uint32_t offset, uint32_t length);
uint32_t flash_area_align(const struct flash_area *area);
uint8_t flash_area_erased_val(const struct flash_area *area);
int flash_area_get_sectors(int id, uint32_t *count, struct flash_sector *sectors);
int flash_area_get_sector(const struct flash_area *area, off_t offset, struct flash_sector *sector);
int flash_area_id_from_image_slot(int slot);
int flash_area_id_from_multi_image_slot(int image, int slot);
int flash_area_id_to_multi_image_slot(int image, int id);
int flash_device_base(uint8_t device, uintptr_t *base);

#endif
