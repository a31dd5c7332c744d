#!/usr/bin/env bash
# Builds the boot of ESP-IDF for this computer: build.sh SOURCE OUT CHIP, SOURCE being a clone of espressif/esp-idf.
set -eu -o pipefail

readonly parts=$1/components out=$2 chip=$3
here=$(cd "$(dirname "$0")" && pwd)
readonly here

# What the hardware's headers declare is in hardware.h; here they are empty.
readonly empty=$out.headers
rm -rf "$empty"
for name in bootloader_console esp_cpu esp_efuse esp_fault esp_flash_encrypt esp_log esp_rom_gpio esp_secure_boot \
  spi_flash_mmap esp_private/spi_flash_os hal/{cache_hal,cache_ll,efuse_hal,gpio_ll,mmu_hal,mmu_ll} includes \
  "$chip/rom/cache" soc/{efuse_periph,efuse_reg,rtc,rtc_periph} utils/{common,wpabuf}; do
  mkdir -p "$(dirname "$empty/$name.h")"
  : >"$empty/$name.h"
done

folders=()
for name in bootloader_support/{,private_,bootloader_flash/}include bootloader/subproject/components/*/include \
  esp_common/include esp_rom/include "esp_rom/$chip"{,/include,"/include/$chip"} "soc/$chip"/{include,register} \
  soc/include hal/include esp_hw_support/include esp_app_format/include esp_hal_security/include \
  wpa_supplicant/src/crypto; do
  folders+=(-I "$parts/$name")
done

sources=("$parts/bootloader/subproject/main/bootloader_start.c")
for name in bootloader_common_loader bootloader_utility esp_image_format flash_partitions; do
  sources+=("$parts/bootloader_support/src/$name.c")
done
sources+=("$parts"/esp_rom/linux/esp_rom_{crc,md5}.c "$parts/wpa_supplicant/src/crypto/sha256-internal.c")

# The memory of the bootloader itself is out of every image's way.
readonly nowhere=(_dram_start=0x1000 _dram_end=0x1004 _loader_text_start=0x1008 _loader_text_end=0x100c)

gcc -O1 -w -no-pie -ffunction-sections -DBOOTLOADER_BUILD=1 -DNON_OS_BUILD=1 "-DCONFIG_IDF_TARGET_${chip^^}=1" \
  "-DCONFIG_IDF_FIRMWARE_CHIP_ID=ESP_CHIP_ID_${chip^^}" -I "$here" -I "$empty" "${folders[@]}" \
  -include "$here/hardware.h" -o "$out" "$here/main.c" "${sources[@]}" \
  -Wl,--gc-sections,--wrap=bootloader_load_image "${nowhere[@]/#/-Wl,--defsym=}"
