/* Built as bootloader-sim/esp-idf models it. The chip is named to the compiler. */
#ifndef FLIPSIDE_SDKCONFIG_H
#define FLIPSIDE_SDKCONFIG_H

#define CONFIG_BOOTLOADER_APP_ROLLBACK_ENABLE 1
#define CONFIG_PARTITION_TABLE_OFFSET 0x8000
#define CONFIG_BOOTLOADER_OFFSET_IN_FLASH 0x1000
#define CONFIG_MMU_PAGE_SIZE 0x10000

#endif
