/** Text that devices and servers have written, made fit to be shown. */

/** Characters of a title, a check's name, a profile. */
export const TEXT_MOST = 120;
/** Characters of a reason in words. */
export const WORDS_MOST = 400;

const Replacement = '\uFFFD';
/** Controls, what turns or hides the text beside it, and halves of surrogate pairs. */
const unfit =
  // eslint-disable-next-line no-control-regex
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]|\p{Cs}/gu;
/** Of a URL, and what stands behind a word that announces a credential. */
const userinfo = /(\/\/)[^/\s@]+@/g;
const credential = /\b(TargetToken|GatewayToken|Bearer|Basic)\s+\S+/gi;

/** At most `most` characters; whatever is no text is ''. */
export const shown = (value: unknown, most: number = TEXT_MOST): string => {
  if (typeof value !== 'string') return '';
  // A character is at most two units: more than that need not be looked at.
  const head = value.slice(0, most * 2 + 2).replace(unfit, Replacement);
  const characters = Array.from(head);
  return characters.length <= most ? head : `${characters.slice(0, most - 1).join('')}\u2026`;
};

/** Words of a server or of a driver, in which an address may stand, and a credential with it. */
export const shownWords = (value: unknown): string =>
  typeof value === 'string'
    ? shown(
        value
          .slice(0, WORDS_MOST * 4)
          .replace(userinfo, '$1')
          .replace(credential, '$1 (not shown)'),
        WORDS_MOST,
      )
    : '';

const digest = /^[0-9a-f]{64}$/;
export const shownDigest = (value: unknown): string | null =>
  typeof value === 'string' && digest.test(value) ? value : null;

/** NaN, Infinity and what is no number do not stand in JSON. */
export const shownNumber = (value: unknown): number | null =>
  typeof value === 'number' && Number.isFinite(value) ? value : null;

/** JSON that is harmless even where a browser takes it for HTML. */
export const jsonText = (value: unknown): string => JSON.stringify(value).replaceAll('<', '\\u003c');
