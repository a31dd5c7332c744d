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
  '74115199ef7f45757385a414cb34f3e968168fdf41dead6e251850fa97377dd2', // RFC 8554 appendix F, test case 2
  '382c5bdfed2a8ef6b0413afe29695623597a08d685b9d5bd8842de5804862f3b', // RFC 9858 appendix A
  '27ec620f4a61aaa115c11af8330d477f8d10007a7dbad8d9662f88e0dda68bd1', // COSE working group, example hsssig-sig-01
  'ddf318f6442f1d68981d6130d88495bf755b886901b7d2e0d17da7b358badc21', // test/vectors/signatures.json
  '4551cd77d761b3f034b66e8318017f1b8a769f246fcf63353fa034f3b48432e7', // test/vectors/signatures.json
  '14cd84d9898a2b63864af11dc58e682dfb8af4940c29241b023c1f346a73140a', // test/vectors/signatures.json
  '363bc597133aeae1425d81009afff00f1f678d5ced456ad29579acb40a8499bf', // test/vectors/signatures.json
  '3fc2e1764aea6620ad047b959d8b2edb9644aa5e1d445fb84fdbea5bb434ce15', // test/vectors/signatures.json
  '3e37fb0ef39a49f03223c6b29fd337c08b1e709629bb11b546069c16416c9076', // test/vectors/signatures.json
  'fe82c281f803e6e651186297a279abede096f69d4bad6e63bde3253c248079d5', // test/vectors/signatures.json
  'ae194a1e78ede2f15d4317db4da5c2c15030199fe62e55262448e4d82b21fb60', // test/vectors/signatures.json
  '43d4eb880d7b60f302ef4f524f8fbaad72a01654e8420964e5e5726eca81eb3f', // test/vectors/signatures.json
  '45249df65fd48249e1065b874000c3ce80ee42c62df6efd6c5b2890cd9706929', // test/vectors/signatures.json
  'c4ff2ae4662d13235024bd4815a0fabaadcfb9f5c53d63d7721429061dd852cf', // test/vectors/signatures.json
  '698bea63dc44a344663ff1429aea10842df27b6b991ef25866b2c6c02cdcc5be', // test/vectors/signatures.json
  'a9f300eb5960e89133af7362011a1e26f0e2ea2e36dc402a04af6c192b891a8c', // test/vectors/signatures.json
  '54739c7bcf8af7edeae610a61892427534a507b5522b12495d5ca54a24b35e60', // test/vectors/signatures.json
  'd3aebddff4de50ccc79069037cd84c667bb47a57bb7f3ade1966eb6dab9df0e2', // test/vectors/signatures.json
  '6e137f53f9db4a74e295f3684727ce5420f552dd99905595ebaff3b4608126d8', // test/vectors/formats.json
];
