/** The device's identity and what it proves by it; in the device dialect. */
export {
  ALGORITHM_ED25519,
  ALGORITHM_ESP256,
  ALGORITHM_HMAC_256,
  ALGORITHM_HMAC_256_64,
} from './algorithms.ts';
export { deviceIdentity } from './device-identity.ts';
export type { DeviceIdentityOptions, DeviceSecret, Signing } from './device-identity.ts';
export { openLedger } from './ledger.ts';
export type { Ledger } from './ledger.ts';
export type { Identity } from './port.ts';
export { openReporter, REPORT_MAX } from './report.ts';
export type { ReportCounter, Reporter, ReporterOptions, ReportFacts } from './report.ts';
