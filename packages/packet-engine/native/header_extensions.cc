#include "header_extensions.h"

#include <cstring>

#include "dependency_descriptor.h"
#include "layout.h"

namespace rivero {

namespace {

constexpr uint16_t kOneByteProfile = 0xbede;
constexpr uint16_t kTwoByteProfile = 0x1000;  // the low four bits are "appbits"
constexpr size_t kBlockHeader = 4;

bool IsTwoByteProfile(uint16_t profile) { return (profile & 0xfff0) == kTwoByteProfile; }

// Length of id and length in front of an element's data.
size_t ElementHeaderLength(const uint8_t* block) { return IsTwoByteProfile(ReadU16(block)) ? 2 : 1; }

ByteView FindElement(const uint8_t* packet, size_t header_length, uint32_t wanted) {
  size_t position = 12 + 4 * static_cast<size_t>(packet[0] & 0x0f);
  if ((packet[0] & 0x10) == 0 || position + kBlockHeader > header_length) return {};
  const uint16_t profile = ReadU16(packet + position);
  const bool two_byte = IsTwoByteProfile(profile);
  if (!two_byte && profile != kOneByteProfile) return {};
  size_t end = position + kBlockHeader + 4 * static_cast<size_t>(ReadU16(packet + position + 2));
  if (end > header_length) end = header_length;
  position += kBlockHeader;
  while (position < end) {
    const uint8_t first = packet[position++];
    if (first == 0) continue;  // padding
    uint32_t id = first;
    size_t length;
    if (two_byte) {
      if (position == end) return {};
      length = packet[position++];
    } else {
      id = first >> 4;
      length = (first & 0x0f) + size_t{1};
      if (id == 15) return {};  // RFC 8285 section 4.2: stop here
    }
    if (length > end - position) return {};
    if (id == wanted) return {packet + position, length};
    position += length;
  }
  return {};
}

}  // namespace

void BlankExtension(uint8_t* block, size_t block_length, size_t offset, size_t data_length) {
  const size_t header = ElementHeaderLength(block);
  if (offset < kBlockHeader + header || offset + data_length > block_length) return;
  memset(block + offset - header, 0, header + data_length);
}

void CopyExtensions(const uint8_t* received, size_t received_header_length, const uint32_t* copies, uint8_t* block,
                    size_t block_length) {
  for (uint32_t i = 0; i < layout::consumer::kCopyExtensionCount; i++) {
    const uint32_t copy = copies[i];  // read once: it is shared memory
    if (copy == 0) continue;
    const uint32_t id = copy & 0xff;
    const size_t offset = copy >> 8 & 0xff;
    const size_t room = copy >> 16;
    const size_t header = ElementHeaderLength(block);
    if (offset < kBlockHeader + header || offset + room > block_length) continue;
    const ByteView element = FindElement(received, received_header_length, id);
    const bool empty = element.length == 0 && header == 1;  // the one-byte form has no empty elements
    if (!element.data || element.length > room || empty) {
      BlankExtension(block, block_length, offset, room);
      continue;
    }
    memcpy(block + offset, element.data, element.length);
    if (element.length == room) continue;
    memset(block + offset + element.length, 0, room - element.length);
    uint8_t* length_field = block + offset - 1;
    *length_field = header == 1 ? static_cast<uint8_t>((*length_field & 0xf0) | (element.length - 1))
                                : static_cast<uint8_t>(element.length);
  }
}

size_t AppendExtension(const uint8_t* received, size_t received_header_length, uint32_t append, int32_t frame_number,
                       uint32_t targets, uint32_t mask, uint8_t* block, size_t block_length) {
  const ByteView element = FindElement(received, received_header_length, append & 0xff);
  if (!element.data || !IsTwoByteProfile(ReadU16(block))) return block_length;
  uint8_t* const data = block + block_length + 2;
  data[-2] = static_cast<uint8_t>(append >> 8);
  size_t data_length = targets > 0 ? WriteActiveTargets(element.data, element.length, targets, mask, data) : 0;
  if (data_length == 0) {
    data_length = element.length;
    memcpy(data, element.data, data_length);
  }
  data[-1] = static_cast<uint8_t>(data_length);
  if (frame_number >= 0 && data_length >= 3) WriteU16(data + 1, static_cast<uint16_t>(frame_number));
  size_t length = block_length + 2 + data_length;
  while (length % 4 != 0) block[length++] = 0;
  WriteU16(block + 2, static_cast<uint16_t>(length / 4 - 1));
  return length;
}

}  // namespace rivero
