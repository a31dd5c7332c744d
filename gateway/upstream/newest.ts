/** The newest release of a class that a folder has led to, and whether a device is to have it. */
import type { DeviceRecord, Digest, Wanted, Work } from '../contract.ts';

/** Proven, but for the place where it was found. */
export interface Newest {
  /** Of the release. */
  readonly id: Digest;
  readonly vendor: string;
  readonly classId: string;
  readonly sequence: number;
  readonly manifestDigest: Digest;
  readonly envelope: Wanted;
  /** Where it came from, and its sequence: for people, and for counting failures. */
  readonly title: string;
}

/** The names of its works begin so. */
export const WORK_MARK = 'folder ';

/** The manifest is what it is known by: an envelope with a signature more is the same work. */
export const workIdOf = ({ sequence, manifestDigest }: Newest): string =>
  `${WORK_MARK}${sequence} ${manifestDigest}`;

export const workOfNewest = (newest: Newest): Work => ({
  id: workIdOf(newest),
  source: { envelope: newest.envelope, files: [] },
  download: 'forced',
  update: 'forced',
  title: newest.title,
});

/**
 * It proved that it runs less. What is on trial is seen to its end first; what it went back from, and what is called off,
 * is not wanted again under the same manifest.
 */
export const offersOf = ({ vendor, report, work }: DeviceRecord, newest: Newest): boolean => {
  if (report === undefined || work?.state === 'trial') return false;
  if (vendor !== undefined && vendor !== newest.vendor) return false;
  if (Math.max(report.sequence, report.accepted) >= newest.sequence) return false;
  return work?.work.id !== workIdOf(newest) || work.work.source.envelope.url !== newest.envelope.url;
};

export const newestText = (newest: Newest): string => JSON.stringify(newest);

/** Undefined: it is none, and what the folder says counts alone. */
export const newestRead = (text: string): Newest | undefined => {
  try {
    const { id, vendor, classId, sequence, manifestDigest, title, envelope } = JSON.parse(text) as Newest;
    const texts = [id, vendor, classId, manifestDigest, title, envelope.url, envelope.name];
    if (!Number.isSafeInteger(sequence) || texts.some((one) => typeof one !== 'string')) return undefined;
    return { id, vendor, classId, sequence, manifestDigest, title, envelope };
  } catch {
    return undefined;
  }
};
