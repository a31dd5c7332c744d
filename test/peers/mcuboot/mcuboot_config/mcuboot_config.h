/* Built as bootloader-sim/mcuboot models it, with a digest and no signature. */
#ifndef FLIPSIDE_MCUBOOT_CONFIG_H
#define FLIPSIDE_MCUBOOT_CONFIG_H

#define MCUBOOT_SWAP_USING_OFFSET 1
#define MCUBOOT_USE_TINYCRYPT 1
#define MCUBOOT_VALIDATE_PRIMARY_SLOT 1
#define MCUBOOT_IMAGE_NUMBER 1
#define MCUBOOT_USE_FLASH_AREA_GET_SECTORS 1
#define MCUBOOT_FIH_PROFILE_OFF 1
#define MCUBOOT_MAX_IMG_SECTORS 16
#define MCUBOOT_BOOT_MAX_ALIGN FLIPSIDE_MAX_ALIGN /* given to the compiler */
#define MCUBOOT_WATCHDOG_FEED() do {} while (0)
#define MCUBOOT_CPU_IDLE() do {} while (0)

#endif
