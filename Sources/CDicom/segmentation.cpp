#include <cstdlib>
#include <memory>
#include <string>

#include "dataset.h"
#include "fault.h"
#include "file.h"
#include "regions.h"

namespace {

using cdicom::Fault;

struct Deleter {
    void operator()(cdicom_segmentation *segmentation) const { cdicom_free_segmentation(segmentation); }
};

int32_t coding(DcmDataset &dataset) {
    const std::string type = cdicom::text(dataset, DCM_SegmentationType);
    if (type == "BINARY") return CDICOM_BINARY;
    if (type == "FRACTIONAL") return CDICOM_FRACTIONAL;
    if (type == "LABELMAP") return CDICOM_LABEL_MAP;
    throw Fault(CDICOM_UNSUPPORTED, "SegmentationType", "must be BINARY, FRACTIONAL or LABELMAP");
}

void describe_samples(DcmDataset &dataset, const cdicom_limits &limits, cdicom_segmentation &result) {
    const long columns = cdicom::integer(dataset, DCM_Columns, 0), rows = cdicom::integer(dataset, DCM_Rows, 0);
    const long frames = cdicom::integer(dataset, DCM_NumberOfFrames, 1);
    const long bits = cdicom::integer(dataset, DCM_BitsAllocated, 0);
    if (columns < 1 || rows < 1 || columns > 65535 || rows > 65535) {
        throw Fault(CDICOM_MALFORMED, "Rows", "and Columns must be from 1 to 65535");
    }
    if (frames < 1) throw Fault(CDICOM_MALFORMED, "NumberOfFrames", "must be positive");
    if (frames > limits.frames) throw Fault(CDICOM_TOO_LARGE, "NumberOfFrames", "is too large");
    if (bits != 1 && bits != 8 && bits != 16) {
        throw Fault(CDICOM_UNSUPPORTED, "BitsAllocated", "must be 1, 8 or 16");
    }
    if (bits == 1 && result.coding != CDICOM_BINARY) {
        throw Fault(CDICOM_MALFORMED, "BitsAllocated", "1 is for a binary segmentation");
    }
    if (cdicom::integer(dataset, DCM_SamplesPerPixel, 1) != 1) {
        throw Fault(CDICOM_MALFORMED, "SamplesPerPixel", "must be 1");
    }
    // Divided, because the product of a damaged header can pass the range of 64 bits.
    if (frames > limits.bytes * 8 / (columns * rows * bits)) {
        throw Fault(CDICOM_TOO_LARGE, "PixelData", "is too large");
    }
    result.columns = int32_t(columns);
    result.rows = int32_t(rows);
    result.frame_count = int32_t(frames);
    result.bits = int32_t(bits);
    result.maximum = 1;
    if (result.coding == CDICOM_FRACTIONAL) {
        const long maximum = cdicom::integer(dataset, DCM_MaximumFractionalValue, 0);
        if (maximum < 1 || maximum > 65535) {
            throw Fault(CDICOM_MALFORMED, "MaximumFractionalValue", "must be from 1 to 65535");
        }
        result.maximum = int32_t(maximum);
    }
}

void read_samples(DcmDataset &dataset, cdicom_segmentation &result) {
    if (dataset.chooseRepresentation(EXS_LittleEndianExplicit, nullptr).bad()) {
        throw Fault(CDICOM_UNSUPPORTED, "TransferSyntaxUID", "the pixel data cannot be decompressed");
    }
    DcmElement *element = nullptr;
    Uint8 *bytes = nullptr;
    if (dataset.findAndGetElement(DCM_PixelData, element).bad() || !element) {
        throw Fault(CDICOM_MALFORMED, "PixelData", "is missing");
    }
    const uint64_t samples = uint64_t(result.columns) * uint64_t(result.rows) * uint64_t(result.frame_count);
    const uint64_t needed = (samples * uint64_t(result.bits) + 7) / 8;
    if (element->getLength() < needed) {
        throw Fault(CDICOM_MALFORMED, "PixelData", "is shorter than Rows x Columns x frames");
    }
    if (element->getUint8Array(bytes).bad() || !bytes) throw Fault(CDICOM_MALFORMED, "PixelData", "cannot be read");
    result.samples = cdicom::copied<uint8_t>(bytes, needed);
    result.byte_count = int64_t(needed);
}

// The segment that each frame shows, from its functional groups or the shared ones.
std::vector<int32_t> shown_segments(DcmDataset &dataset, const cdicom_segmentation &segmentation) {
    std::vector<int32_t> shown(size_t(segmentation.frame_count), 0);
    if (segmentation.coding == CDICOM_LABEL_MAP) return shown;
    for (int frame = 0; frame < segmentation.frame_count; ++frame) {
        for (DcmItem *item : cdicom::frame_scopes(dataset, frame, DCM_SegmentIdentificationSequence)) {
            if (shown[frame] > 0) break;
            shown[frame] = int32_t(cdicom::integer(*item, DCM_ReferencedSegmentNumber, 0));
        }
        if (shown[frame] < 1) throw Fault(CDICOM_MALFORMED, "ReferencedSegmentNumber", "is missing");
    }
    return shown;
}

cdicom_segmentation *read(const char *path, const cdicom_limits &limits) {
    DcmFileFormat file;
    cdicom::load(file, path);
    DcmDataset &dataset = *file.getDataset();
    // Labels that cannot be converted stay as they are; their numbers still choose them.
    dataset.convertToUTF8();
    std::unique_ptr<cdicom_segmentation, Deleter> result(
        static_cast<cdicom_segmentation *>(std::calloc(1, sizeof(cdicom_segmentation))));
    if (!result) throw std::bad_alloc();
    result->coding = coding(dataset);
    describe_samples(dataset, limits, *result);
    const auto names = cdicom::region_names(
        cdicom::items(dataset, DCM_SegmentSequence, "SegmentSequence", limits.regions), DCM_SegmentNumber,
        DCM_SegmentLabel, "SegmentNumber");
    if (names.empty()) throw Fault(CDICOM_MALFORMED, "SegmentSequence", "is missing");
    result->names = cdicom::copied(names);
    result->segment_count = int32_t(names.size());
    result->segments = cdicom::copied(shown_segments(dataset, *result));
    std::vector<cdicom_frame> places;
    for (int frame = 0; frame < result->frame_count; ++frame) places.push_back(cdicom::frame_place(dataset, frame));
    result->frames = cdicom::copied(places);
    read_samples(dataset, *result);
    return result.release();
}

}  // namespace

int32_t cdicom_read_segmentation(
    const char *path, const cdicom_limits *limits, cdicom_segmentation **segmentation, cdicom_fault *fault) {
    return cdicom::guarded(fault, [&] { *segmentation = read(path, *limits); });
}

void cdicom_free_segmentation(cdicom_segmentation *segmentation) {
    if (!segmentation) return;
    std::free(segmentation->samples);
    std::free(segmentation->frames);
    std::free(segmentation->segments);
    std::free(segmentation->names);
    std::free(segmentation);
}
