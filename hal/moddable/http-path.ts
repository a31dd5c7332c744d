/** Where the payload is, on the host of the envelope. */

/** A request has one line for it: nothing that could end the line, or the path in it. */
function plain(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code <= 0x20 || code >= 0x7f || code === 0x23) return false;
  }
  return text.length > 0;
}

/** The path of `uri`, which is relative to `base` (a path), or of this host; empty when it is neither. */
export function payloadPath(uri: string, base: string, host: string, port: number): string {
  if (!plain(uri)) return '';
  const scheme = uri.indexOf('://');
  if (scheme >= 0) {
    const start = uri.indexOf('/', scheme + 3);
    const authority = start < 0 ? uri.substring(scheme + 3) : uri.substring(scheme + 3, start);
    const standard = port === 80 || port === 443;
    if (authority !== host + ':' + port && !(standard && authority === host)) return '';
    return start < 0 ? '/' : uri.substring(start);
  }
  if (uri.charAt(0) === '/') return uri.charAt(1) === '/' ? '' : uri;
  const query = base.indexOf('?');
  const path = query < 0 ? base : base.substring(0, query);
  return path.substring(0, path.lastIndexOf('/') + 1) + uri;
}
