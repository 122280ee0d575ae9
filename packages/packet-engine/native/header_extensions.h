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

// Puts the element with id `append & 0xff` of the received packet, as element `append >> 8`, behind a block in the
// two-byte form. `frame_number`: goes into the second and third byte of it, -1: none. `targets`: how many decode targets
// it tells of, 0: none; `mask`: which of them are active. Returns the length of the block.
size_t AppendExtension(const uint8_t* received, size_t received_header_length, uint32_t append, int32_t frame_number,
                       uint32_t targets, uint32_t mask, uint8_t* block, size_t block_length);

}  // namespace rivero
