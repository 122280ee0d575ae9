// Header extension blocks (RFC 8285) of outgoing packets: the consumer's template with its moving parts filled in.
#pragma once

#include <cstdint>

#include "bytes.h"

namespace rivero {

// Copies the elements named by the four CopyExtensions words of a consumer record from the received packet into the
// block. An element that did not come, or is too long for its place, is turned into padding; a shorter one shortens
// its place. Offsets outside of the block are ignored.
void CopyExtensions(const uint8_t* received, size_t received_header_length, const uint32_t* copies, uint8_t* block,
                    size_t block_length);

// Turns the element whose data begin at offset into padding.
void BlankExtension(uint8_t* block, size_t block_length, size_t offset, size_t data_length);

}  // namespace rivero
