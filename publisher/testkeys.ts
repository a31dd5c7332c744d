/**
 * SHA-256 over the public key bytes of keys whose private half is published. Whoever signs with one of them lets
 * everybody sign.
 */
export const publishedKeys: readonly string[] = [
  '71999a19337d65131ed00f1e984c2e61c77c5ff230a3a0dd91913b9c6d1ee935', // libcsuit, device
  '3792794e86d38e2e0423d1d7820ddef10065049a6443c37a5eabea880ef76d92', // SUIT manifest draft, appendix B
  '948dd647524c203edda80193b30ab9e997c533c7fecbde77aa6f40b1b87356a4', // libcsuit, tam
  '21fe31dfa154a261626bf854046fd2271b7bed4b6abe45aa58877ef47f9721b9', // RFC 8032 section 7.1, test 1
  '39f713d0a644253f04529421b9f51b9b08979d08295959c4f3990ee617f5139f', // RFC 8032 section 7.1, test 2
  'dac073e0123bdea59dd9b3bda9cf6037f63aca82627d7abcd5c4ac29dd74003e', // RFC 8032 section 7.1, test 3
  '91384c411e5af29648f17f922b402655b11ecaec1b33fc45796241963f95f202', // RFC 8032 section 7.1, test 1024
  '5f9b247e2a654719f198e4f241d6b0df9a1a937a13ef5ef899f64d9285fce224', // RFC 8032 section 7.1, test SHA(abc)
  'b18b86ce1389e46de87aa4a5131ce83c1160fa33c087ab15b863574d31d8ff3c', // RFC 6979 appendix A.2.5
];
