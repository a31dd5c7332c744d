/** The devices that a gateway knows: a list in a file, without secrets. */
import { existsSync } from 'node:fs';
import { writeWhole } from '../../publisher/files.ts';
import { isReportKey, reportKeyParse } from '../../publisher/report-key.ts';
import type { ReportKey } from '../../publisher/report-key.ts';
import type { DeviceEntry } from '../contract.ts';
import { documentOf, fieldTrouble, listOf, matching, optionalTextOf, recordOf } from './field.ts';
import type { Field } from './field.ts';

/** It stands in paths, also in those of the provider's server: one of dots alone would lead elsewhere. */
export const DEVICE_ID: RegExp = /^(?!\.+$)[\w.-]{1,32}$/;
/** In DeviceEntry.reportKey: the key is secret, and lies in the sealed file. */
export const SEALED_KEY = 'sealed';
const DEVICES_MAX = 1_000_000;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

const uuidOf = (field: Field): string | undefined =>
  field.value === undefined ? undefined : matching(field, UUID, 'Give a UUID').toLowerCase();

/** A report key stands in the list as its file has it. */
const reportKeyOf = (field: Field): string => {
  if (field.value === SEALED_KEY) return SEALED_KEY;
  const text = JSON.stringify(field.value ?? null);
  if (!isReportKey(text)) {
    const remedy = `Give the content of a *.report-key.json of flipside identity, or "${SEALED_KEY}"`;
    throw fieldTrouble(field, 'is no report key', remedy);
  }
  reportKeyParse(text, `${field.file}: ${field.path}`);
  return text;
};

const entryOf = (item: Field): DeviceEntry => {
  const fields = recordOf(item, ['id', 'group', 'vendor', 'classId', 'reportKey']);
  const [vendor, classId] = [uuidOf(fields['vendor']!), uuidOf(fields['classId']!)];
  return {
    id: matching(fields['id']!, DEVICE_ID, 'Give 1 to 32 letters, digits, . _ -'),
    group: optionalTextOf(fields['group']!) ?? '',
    ...(vendor === undefined ? {} : { vendor }),
    ...(classId === undefined ? {} : { classId }),
    reportKey: reportKeyOf(fields['reportKey']!),
  };
};

/** None where there is no file yet. */
export const devicesLoad = (file: string): DeviceEntry[] => {
  if (!existsSync(file)) return [];
  const { version, devices } = recordOf(documentOf(file, 'devices'), ['version', 'devices']);
  if (version!.value !== 1) throw fieldTrouble(version!, 'is not 1', 'This flipside reads version 1');
  const entries = listOf(devices!, entryOf);
  if (!(entries.length <= DEVICES_MAX))
    throw fieldTrouble(devices!, `has ${entries.length}`, `One gateway takes ${DEVICES_MAX}`);
  const seen = new Set<string>();
  for (const { id } of entries) {
    if (seen.has(id)) throw fieldTrouble(devices!, `has ${id} twice`, 'Leave one of them out');
    seen.add(id);
  }
  return entries;
};

export const devicesSave = (file: string, entries: readonly DeviceEntry[]): void => {
  const devices = entries.map(({ reportKey, group, ...entry }) => ({
    ...entry,
    ...(group === '' ? {} : { group }),
    reportKey: reportKey === SEALED_KEY ? SEALED_KEY : (JSON.parse(reportKey) as unknown),
  }));
  writeWhole(file, `${JSON.stringify({ version: 1, devices }, null, 2)}\n`, 'devices');
};

/** What verifies the reports of a device; `sealed` gives the text of those that are secret. */
export const reportKeyOfEntry = (
  entry: DeviceEntry,
  sealed: (id: string) => string | undefined,
): ReportKey | undefined => {
  const text = entry.reportKey === SEALED_KEY ? sealed(entry.id) : entry.reportKey;
  return text === undefined ? undefined : reportKeyParse(text, `report key of ${entry.id}`);
};
