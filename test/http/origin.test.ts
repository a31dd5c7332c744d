import test from 'ava';
import * as Err from '../../agent/err.ts';
import { COAP_SCHEMES, credentialsBelong, HTTP_SCHEMES, originAdmit } from '../../hal/http/origin.ts';
import type { OriginPolicy } from '../../hal/http/origin.ts';
import { placeNew, uriRead } from '../../hal/http/uri.ts';
import type { Place } from '../../hal/http/uri.ts';

const placeOf = (text: string): Place => {
  const place = placeNew();
  if (uriRead(place, text) !== 0) throw new Error(text);
  return place;
};

const ALLOWED = ['cdn.example.com', 'store:9000', 'https://only.example.com', 'http://old.example.com:8080'];
const policyOf = (trusted: string, schemes = HTTP_SCHEMES): OriginPolicy => ({
  trusted: placeOf(trusted),
  allowed: ALLOWED,
  schemes,
});

const OPEN = 'http://example.com/x';
const SECURE = 'https://example.com/x';
const O = Err.OriginRefused;
const S = Err.SchemeRefused;

// the configured place, where it is led to, code, may credentials go
const ROWS: readonly (readonly [string, string, number, boolean])[] = [
  [OPEN, 'http://example.com/y', 0, true],
  [OPEN, 'http://example.com:80/y', 0, true],
  [OPEN, 'http://example.com:8080/y', O, false],
  [OPEN, 'https://example.com/y', 0, false],
  [OPEN, 'https://example.com:8443/y', O, false],
  [OPEN, 'http://other.com/y', O, false],
  [OPEN, 'http://sub.example.com/y', O, false],
  [OPEN, 'http://example.com.other.com/y', O, false],
  [OPEN, 'http://cdn.example.com/y', 0, false],
  [OPEN, 'https://cdn.example.com/y', 0, false],
  [OPEN, 'https://cdn.example.com:444/y', O, false],
  [OPEN, 'http://store:9000/y', 0, false],
  [OPEN, 'https://store:9000/y', 0, false],
  [OPEN, 'http://store/y', O, false],
  [OPEN, 'https://only.example.com/y', 0, false],
  [OPEN, 'http://only.example.com/y', O, false],
  [OPEN, 'http://old.example.com:8080/y', 0, false],
  [OPEN, 'coap://example.com/y', S, false],
  ['http://example.com:8080/x', 'https://example.com/y', O, false],
  [SECURE, 'https://example.com/y', 0, true],
  [SECURE, 'http://example.com/y', S, false],
  [SECURE, 'http://example.com:443/y', S, false],
  [SECURE, 'https://example.com:444/y', O, false],
  [SECURE, 'http://cdn.example.com/y', S, false],
  [SECURE, 'http://old.example.com:8080/y', S, false],
  [SECURE, 'https://only.example.com/y', 0, false],
];
for (const [trusted, to, code, credentials] of ROWS)
  test(`from ${trusted} to ${to}: ${code}`, (t) => {
    const policy = policyOf(trusted);
    t.is(originAdmit(policy, placeOf(to)), code);
    t.is(credentialsBelong(policy, placeOf(to)), credentials);
  });

test('a driver of CoAP goes by its own schemes', (t) => {
  const policy = policyOf('coaps://example.com/x', COAP_SCHEMES);
  t.is(originAdmit(policy, placeOf('coaps://example.com/y')), 0);
  t.is(originAdmit(policy, placeOf('coaps://cdn.example.com/y')), 0);
  t.is(originAdmit(policy, placeOf('coap://example.com/y')), S);
  t.is(originAdmit(policy, placeOf('https://example.com/y')), S);
});
