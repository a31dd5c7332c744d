/** Checking in with a gateway: docs/SPEC.md section 14; in the device dialect. */
export { checkInWrite } from './check-in.ts';
export type { CheckInFacts } from './check-in.ts';
export { Act, actOf, timeTake, wakeAfter, wakeRetry, WAKE_BOUNDS } from './decide.ts';
export type { Standing, TimeTaker, WakeBounds } from './decide.ts';
export { CHECK_IN_MAX, ORDERS_MAX, Permission } from './numbers.ts';
export { ordersNew, ordersRead } from './orders.ts';
export type { OrdersRead } from './orders.ts';
