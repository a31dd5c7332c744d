/* What the headers of IDF's hardware layer declare, as far as the bootloader's choice of an app needs it to compile. */
#ifndef FLIPSIDE_HARDWARE_H
#define FLIPSIDE_HARDWARE_H

#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <strings.h>

#include "esp_rom_spiflash.h"
#include "hal/mmu_types.h"
#include "sdkconfig.h"

#define ESP_LOG_ATTR_TAG(name, text) static const char *name = text
#define ESP_LOG_ATTR_STR(text) text
#define ESP_LOGE(...) do {} while (0)
#define ESP_LOGW(...) do {} while (0)
#define ESP_LOGI(...) do {} while (0)
#define ESP_LOGD(...) do {} while (0)
#define ESP_LOGV(...) do {} while (0)
#define ESP_EARLY_LOGE(...) do {} while (0)
#define ESP_EARLY_LOGD(...) do {} while (0)
#define ESP_EARLY_LOGV(...) do {} while (0)

#define SPI_FLASH_SEC_SIZE 0x1000
#define SPI_FLASH_MMU_PAGE_SIZE CONFIG_MMU_PAGE_SIZE

/* main.c has these. */
void bootloader_console_deinit(void);
bool efuse_hal_get_disable_blk_version_major(void);
bool efuse_hal_get_disable_wafer_version_major(void);
uint32_t efuse_hal_blk_version(void);
uint32_t efuse_hal_chip_revision(void);
bool esp_cpu_dbgr_is_attached(void);
void *esp_cpu_get_sp(void);
bool esp_efuse_is_flash_encryption_enabled(void);
__attribute__((noreturn)) void esp_rom_software_reset_system(void);

/* Whoever calls this has chosen an app. It does not return, so the compiler leaves out what maps and starts the app. */
__attribute__((noreturn)) void bootloader_random_disable(void);

/* Of what is left out. */
#define CACHE_LL_LEVEL_EXT_MEM 0
void Cache_Flush(int core);
void Cache_Read_Disable(int core);
void Cache_Read_Enable(int core);
int cache_flash_mmu_set(int core, int process, uint32_t address, uint32_t offset, int page_size, int pages);
void cache_hal_disable(int level, int type);
void cache_hal_enable(int level, int type);
void cache_ll_l1_enable_bus(int core, int mask);
int cache_ll_l1_get_bus(int core, uint32_t address, uint32_t length);
void mmu_hal_map_region(int id, int target, uint32_t address, uint32_t offset, uint32_t length, uint32_t *mapped);
void mmu_hal_unmap_all(void);
void mmu_ll_set_page_size(int id, uint32_t size);

#endif
