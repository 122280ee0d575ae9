export { Application, type ApplicationOptions } from './application.js';
export { type Agent, bridge } from './bridge.js';
export { formatSip, parseSip, type SipMessage } from './sip-message.js';
export { IncomingCall, SipServer } from './sip-server.js';
