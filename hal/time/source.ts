/** Where a time comes from, by how far it is to be trusted. */
export const Rank = {
  None: 0,
  /** Whoever answers: the Date of HTTP, SNTP, a beacon. Over TLS too, where the server is not the device's own. */
  Server: 1,
  /** A gateway that has authenticated itself. */
  Gateway: 2,
  /** The server that manages the device, over a secured link: LwM2M object 3, Current Time. */
  Management: 3,
  /** Signed time with the device's nonce, or a real-time clock that software cannot set back. */
  Secure: 4,
} as const;

/** Seconds since 1970 that four bytes hold: to 2106. */
export const TIME_MAX = 0xffffffff;
