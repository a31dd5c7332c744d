/* MCUboot says nothing. */
#define MCUBOOT_LOG_MODULE_DECLARE(name)
#define MCUBOOT_LOG_MODULE_REGISTER(name)
#define MCUBOOT_LOG_ERR(...) do {} while (0)
#define MCUBOOT_LOG_WRN(...) do {} while (0)
#define MCUBOOT_LOG_INF(...) do {} while (0)
#define MCUBOOT_LOG_DBG(...) do {} while (0)
#define MCUBOOT_LOG_SIM(...) do {} while (0)
