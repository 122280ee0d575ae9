// A UDP port of a worker thread, for RTP in batches: datagrams are received into memory of JavaScript, and sent from there as they
// are after JavaScript has changed them. Nothing is copied.
#pragma once

#include <napi.h>

namespace rivero::packet_ports {

// The environment of a worker thread: openPackets(slab, table, listener), see src/packet-port.ts.
void ExportToWorker(Napi::Env env, Napi::Object exports);

}  // namespace rivero::packet_ports
