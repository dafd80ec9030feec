#pragma once
#include <vector>

#include "dataset.h"

namespace cdicom {

// Grey value of an 8-bit colour.
inline float grey(int32_t red, int32_t green, int32_t blue) {
    return float((299 * red + 587 * green + 114 * blue + 500) / 1000);
}

// Grey values of samples that index the palette of a PALETTE COLOR image (PS3.3 C.7.9, plain or segmented).
std::vector<float> palette_grey(DcmDataset &dataset, const std::vector<int32_t> &samples);

}  // namespace cdicom
