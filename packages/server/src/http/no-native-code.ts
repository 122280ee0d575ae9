// The signaling plane loads no native code, not even the helper that ws uses when it finds one installed. This
// must be imported before ws.
process.env.WS_NO_BUFFER_UTIL = '1';
