export { EmulatedNetwork, type EmulatedNetworkOptions, type EmulatedPeer } from './emulated-network.js';
export { type LinkCounters, type LinkProfile, NetworkLink } from './network-link.js';
export { NETWORK_PROFILES, type NetworkProfile, type NetworkProfileName } from './profiles.js';
export { seededRandom } from './seeded-random.js';
