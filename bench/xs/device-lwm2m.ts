/** The LwM2M client and its endpoint: how much byte code it is. */
import { openEndpoint } from '../../hal/coap/endpoint.ts';
import { LWM2M_OUTGOING, openLwm2m } from '../../hal/lwm2m/index.ts';

(globalThis as unknown as { lwm2m: unknown }).lwm2m = [openEndpoint, openLwm2m, LWM2M_OUTGOING];
