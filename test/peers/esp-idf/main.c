/*
 * Boots of ESP-IDF's bootloader: one a record, from standard input to standard output, little endian.
 *
 *   in:  u32 length of the flash; u32 number of a flash operation, from 0, or all ones; u32 what comes of it: 0 the
 *        power goes before it, 1 it fails; the flash
 *   out: u32 how the boot ended: 0 an app runs, 1 the board resets, 2 cut, 3 it crashed, 9 a call that the flash does
 *        not take; u32 how many apps were tried; u32 the offset of each, TRIED_MAX of them; the flash
 */
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bootloader_flash_priv.h"
#include "bootloader_sha.h"
#include "bootloader_utility.h"
#include "common.h"
#include "esp_image_format.h"
#include "esp_rom_sys.h"
#include "sha256_i.h"
#include "soc/soc.h"

#define FLASH_MAX 0x100000
#define TRIED_MAX 32
#define FREE_PAGES 50
#define PATIENCE 10 /* seconds */

enum { RUNS, RESET, CUT, CRASHED, MISUSED = 9 };

/* In memory that the process that boots shares with the one that does not. */
static struct {
    uint32_t ended;
    uint32_t count;
    uint32_t tried[TRIED_MAX];
} *told;
static uint8_t *flash;

static struct {
    uint32_t size;
    uint32_t operation;
    uint32_t fails;
} order;

static uint32_t operations;

/* A chip's ROM has the size of the flash in one of two ways. */
#ifdef g_rom_flashchip
static esp_rom_spiflash_legacy_data_t legacy;
esp_rom_spiflash_legacy_data_t *rom_spiflash_legacy_data = &legacy;
#else
esp_rom_spiflash_chip_t g_rom_flashchip;
#endif

void call_start_cpu0(void);

__attribute__((noreturn)) static void leave(uint32_t ended)
{
    told->ended = ended;
    _exit(0);
}

static bool within(size_t offset, size_t length)
{
    return offset <= order.size && length <= order.size - offset;
}

static esp_err_t begin(void)
{
    if (operations++ != order.operation) return ESP_OK;
    if (!order.fails) leave(CUT);
    return ESP_FAIL;
}

esp_err_t bootloader_flash_read(size_t offset, void *into, size_t length, bool decrypt)
{
    (void)decrypt;
    if (offset % 4 != 0 || length % 4 != 0) leave(MISUSED);
    if (!within(offset, length)) return ESP_FAIL;
    memcpy(into, flash + offset, length);
    return ESP_OK;
}

esp_err_t bootloader_flash_write(size_t offset, void *from, size_t length, bool encrypt)
{
    if (encrypt || offset % 4 != 0 || length % 4 != 0 || !within(offset, length)) leave(MISUSED);
    esp_err_t error = begin();
    if (error != ESP_OK) return error;
    for (size_t at = 0; at < length; at++) flash[offset + at] &= ((uint8_t *)from)[at];
    return ESP_OK;
}

esp_err_t bootloader_flash_erase_sector(size_t sector)
{
    if (!within(sector * FLASH_SECTOR_SIZE, FLASH_SECTOR_SIZE)) leave(MISUSED);
    esp_err_t error = begin();
    if (error == ESP_OK) memset(flash + sector * FLASH_SECTOR_SIZE, 0xff, FLASH_SECTOR_SIZE);
    return error;
}

const void *bootloader_mmap(uint32_t offset, uint32_t length) { return within(offset, length) ? flash + offset : NULL; }

void bootloader_munmap(const void *mapping) { (void)mapping; }

uint32_t bootloader_mmap_get_free_pages(void) { return FREE_PAGES; }

bootloader_sha256_handle_t bootloader_sha256_start(void)
{
    static struct sha256_state state;

    sha256_init(&state);
    return &state;
}

void bootloader_sha256_data(bootloader_sha256_handle_t handle, const void *data, size_t length)
{
    sha256_process(handle, data, length);
}

void bootloader_sha256_finish(bootloader_sha256_handle_t handle, uint8_t *digest)
{
    uint8_t unasked[ESP_IMAGE_HASH_LEN];

    sha256_done(handle, digest != NULL ? digest : unasked);
}

esp_err_t __real_bootloader_load_image(const esp_partition_pos_t *part, esp_image_metadata_t *data);

esp_err_t __wrap_bootloader_load_image(const esp_partition_pos_t *part, esp_image_metadata_t *data)
{
    told->tried[told->count++] = part->offset;
    return __real_bootloader_load_image(part, data);
}

void bootloader_random_disable(void) { leave(RUNS); }

void esp_rom_software_reset_system(void) { leave(RESET); }

/* Zero would be asked for again. */
void bootloader_fill_random(void *into, size_t length) { memset(into, 0x5a, length); }

esp_err_t bootloader_init(void) { return ESP_OK; }
void bootloader_console_deinit(void) {}
void esp_rom_delay_us(uint32_t microseconds) { (void)microseconds; }
soc_reset_reason_t esp_rom_get_reset_reason(int cpu)
{
    (void)cpu;
    return RESET_REASON_CHIP_POWER_ON;
}

bool esp_efuse_is_flash_encryption_enabled(void) { return false; }
bool esp_cpu_dbgr_is_attached(void) { return false; }
void *esp_cpu_get_sp(void) { return (void *)(intptr_t)(SOC_ROM_STACK_START - 0x100); }
uint32_t efuse_hal_chip_revision(void) { return 0; }
uint32_t efuse_hal_blk_version(void) { return 0; }
bool efuse_hal_get_disable_wafer_version_major(void) { return false; }
bool efuse_hal_get_disable_blk_version_major(void) { return false; }

/* The chip's memory, where it is on the chip: images are loaded into it. */
static void memory(uintptr_t low, uintptr_t high)
{
    uintptr_t from = low & ~(uintptr_t)(FLASH_SECTOR_SIZE - 1);
    int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED;

    if (mmap((void *)from, high - from, PROT_READ | PROT_WRITE, flags, -1, 0) == MAP_FAILED) _exit(1);
}

static bool boot(void)
{
    int status;
    pid_t child;

    memset(told, 0, sizeof *told);
    child = fork();
    if (child == 0) {
        alarm(PATIENCE);
        call_start_cpu0();
    }
    if (child < 0 || waitpid(child, &status, 0) != child) return false;
    if (!WIFEXITED(status)) told->ended = CRASHED;
    return fwrite(told, sizeof *told, 1, stdout) == 1 && fwrite(flash, order.size, 1, stdout) == 1;
}

int main(void)
{
    uint8_t *shared = mmap(NULL, FLASH_MAX + sizeof *told, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    flash = shared;
    told = (void *)(shared + FLASH_MAX);
    memory(SOC_DRAM_LOW, SOC_DRAM_HIGH);
    memory(SOC_IRAM_LOW, SOC_IRAM_HIGH);
    memory(SOC_RTC_DATA_LOW, SOC_RTC_DATA_HIGH);
    while (fread(&order, sizeof order, 1, stdin) == 1) {
        if (order.size > FLASH_MAX || fread(flash, order.size, 1, stdin) != 1) return 1;
        g_rom_flashchip.chip_size = order.size;
        if (!boot()) return 1;
        fflush(stdout);
    }
    return 0;
}
