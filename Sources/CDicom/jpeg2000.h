#pragma once
#include <cstdint>
#include <vector>

namespace cdicom {

// What the data set says a frame holds.
struct FrameShape {
    int columns, rows, samples;
    bool is_signed;
};

// Decodes one JPEG 2000 code stream to interleaved samples; throws Fault when it does not have the stated shape.
std::vector<int32_t> decode_jpeg2000(const std::vector<uint8_t> &stream, const FrameShape &shape);

}  // namespace cdicom
