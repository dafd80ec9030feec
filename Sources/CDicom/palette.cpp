#include "palette.h"

#include <algorithm>
#include <array>

#include "fault.h"

namespace cdicom {
namespace {

struct Channel {
    DcmTagKey descriptor, data, segments;
};

const Channel channels[] = {
    {DCM_RedPaletteColorLookupTableDescriptor, DCM_RedPaletteColorLookupTableData,
     DCM_SegmentedRedPaletteColorLookupTableData},
    {DCM_GreenPaletteColorLookupTableDescriptor, DCM_GreenPaletteColorLookupTableData,
     DCM_SegmentedGreenPaletteColorLookupTableData},
    {DCM_BluePaletteColorLookupTableDescriptor, DCM_BluePaletteColorLookupTableData,
     DCM_SegmentedBluePaletteColorLookupTableData},
};

Fault damaged() { return Fault(CDICOM_MALFORMED, "RedPaletteColorLookupTableData", "contradicts its descriptor"); }

using Words = std::vector<int32_t>;

Words words(DcmDataset &dataset, const DcmTagKey &key) {
    const Uint16 *values = nullptr;
    unsigned long count = 0;
    if (dataset.findAndGetUint16Array(key, values, &count).bad() || !values) return {};
    return Words(values, values + count);
}

// Appends the segments from `position` on; an indirect segment repeats earlier ones, once deep.
void expand(const Words &source, size_t position, size_t segments, bool indirect, size_t size, Words &table) {
    for (size_t number = 0; number < segments && position + 1 < source.size(); ++number) {
        const int32_t kind = source[position];
        const size_t length = size_t(source[position + 1]);
        if (table.size() + (kind == 2 ? 0 : length) > size) throw damaged();
        if (kind == 0) {
            if (position + 2 + length > source.size()) throw damaged();
            table.insert(table.end(), source.begin() + position + 2, source.begin() + position + 2 + length);
            position += 2 + length;
        } else if (kind == 1) {
            if (position + 2 >= source.size() || table.empty()) throw damaged();
            const int32_t from = table.back(), to = source[position + 2];
            for (size_t step = 1; step <= length; ++step) {
                table.push_back(from + int32_t((int64_t(to - from) * int64_t(step)) / int64_t(length)));
            }
            position += 3;
        } else if (kind == 2 && indirect) {
            if (position + 3 >= source.size()) throw damaged();
            const size_t target = size_t(source[position + 2]) | size_t(source[position + 3]) << 16;
            if (target % 2 != 0) throw damaged();
            expand(source, target / 2, length, false, size, table);
            position += 4;
        } else {
            throw damaged();
        }
    }
}

Words table(DcmDataset &dataset, const Channel &channel, int32_t &start) {
    Uint16 count = 0, first = 0, bits = 0;
    if (dataset.findAndGetUint16(channel.descriptor, count, 0).bad() ||
        dataset.findAndGetUint16(channel.descriptor, first, 1).bad() ||
        dataset.findAndGetUint16(channel.descriptor, bits, 2).bad() || (bits != 8 && bits != 16)) {
        throw damaged();
    }
    start = first;
    const size_t size = count == 0 ? 65536 : count;
    Words entries = words(dataset, channel.data);
    if (entries.empty()) {
        const Words source = words(dataset, channel.segments);
        expand(source, 0, source.size(), true, size, entries);
    } else if (bits == 8 && entries.size() < size) {
        Words bytes;
        for (const int32_t word : entries) {
            bytes.push_back(word & 0xFF);
            bytes.push_back(word >> 8);
        }
        entries = bytes;
    }
    if (entries.size() < size) throw damaged();
    for (int32_t &entry : entries) entry = bits == 16 ? entry >> 8 : entry & 0xFF;
    return entries;
}

}  // namespace

std::vector<float> palette_grey(DcmDataset &dataset, const std::vector<int32_t> &samples) {
    std::array<Words, 3> entries;
    int32_t start = 0;
    for (int channel = 0; channel < 3; ++channel) entries[channel] = table(dataset, channels[channel], start);
    const int32_t last = int32_t(std::min({entries[0].size(), entries[1].size(), entries[2].size()})) - 1;
    std::vector<float> result(samples.size());
    for (size_t index = 0; index < samples.size(); ++index) {
        const int32_t entry = std::min(std::max(samples[index] - start, 0), last);
        result[index] = grey(entries[0][entry], entries[1][entry], entries[2][entry]);
    }
    return result;
}

}  // namespace cdicom
