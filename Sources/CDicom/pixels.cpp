#include <dcmtk/dcmdata/dcpixel.h>
#include <dcmtk/dcmdata/dcpixseq.h>
#include <dcmtk/dcmdata/dcpxitem.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "dataset.h"
#include "fault.h"
#include "jpeg2000.h"
#include "palette.h"

namespace cdicom {
namespace {

// How the samples of a frame are coded.
struct Coding {
    int columns, rows, frames, samples, allocated, stored, high_bit;
    bool is_signed, planar;
    std::string photometric;
    std::string modality;

    size_t pixels() const { return size_t(columns) * rows; }
};

Coding coding(DcmDataset &dataset, int columns, int rows, int frames) {
    Coding result{};
    result.columns = columns;
    result.rows = rows;
    result.frames = frames;
    result.samples = int(integer(dataset, DCM_SamplesPerPixel, 1));
    result.allocated = int(integer(dataset, DCM_BitsAllocated, 0));
    result.stored = int(integer(dataset, DCM_BitsStored, result.allocated));
    result.high_bit = int(integer(dataset, DCM_HighBit, result.stored - 1));
    result.is_signed = integer(dataset, DCM_PixelRepresentation, 0) == 1;
    result.planar = integer(dataset, DCM_PlanarConfiguration, 0) == 1;
    result.photometric = text(dataset, DCM_PhotometricInterpretation);
    result.modality = text(dataset, DCM_Modality);
    if (result.samples != 1 && result.samples != 3) {
        throw Fault(CDICOM_UNSUPPORTED, "SamplesPerPixel", "must be 1 or 3");
    }
    if (result.allocated != 8 && result.allocated != 16 && result.allocated != 32) {
        throw Fault(CDICOM_UNSUPPORTED, "BitsAllocated", "must be 8, 16 or 32");
    }
    if (result.stored < 1 || result.stored > result.allocated || result.high_bit < result.stored - 1 ||
        result.high_bit >= result.allocated) {
        throw Fault(CDICOM_MALFORMED, "BitsStored", "contradicts BitsAllocated and HighBit");
    }
    if (result.samples == 3 && result.allocated != 8) {
        throw Fault(CDICOM_UNSUPPORTED, "BitsAllocated", "colour images must have 8 bits a sample");
    }
    return result;
}

using Samples = std::vector<int32_t>;

// Raw words of native pixel data to samples, all frames.
Samples unpack(DcmDataset &dataset, const Coding &form) {
    DcmElement *element = nullptr;
    if (dataset.findAndGetElement(DCM_PixelData, element).bad() || !element) {
        throw Fault(CDICOM_MALFORMED, "PixelData", "is missing");
    }
    const bool halved = form.photometric == "YBR_FULL_422" && form.samples == 3;
    const size_t words = form.pixels() * form.frames * (halved ? 2 : form.samples);
    const size_t available = element->getLength() / (form.allocated / 8);
    if (available < words) throw Fault(CDICOM_MALFORMED, "PixelData", "is shorter than Rows x Columns x frames");
    Samples samples(words);
    const int drop = form.high_bit + 1 - form.stored;
    const uint32_t mask = form.stored == 32 ? 0xFFFFFFFFu : (1u << form.stored) - 1;
    const uint32_t sign = form.is_signed ? 1u << (form.stored - 1) : 0;
    auto convert = [&](const auto *source) {
        for (size_t index = 0; index < words; ++index) {
            const uint32_t value = (uint32_t(source[index]) >> drop) & mask;
            samples[index] = int32_t((value ^ sign) - sign);
        }
    };
    bool read = false;
    if (form.allocated == 8) {
        Uint8 *source = nullptr;
        read = element->getUint8Array(source).good() && source;
        if (read) convert(source);
    } else if (form.allocated == 16) {
        Uint16 *source = nullptr;
        read = element->getUint16Array(source).good() && source;
        if (read) convert(source);
    } else {
        Uint16 *halves = nullptr;
        read = element->getUint16Array(halves).good() && halves;
        if (read) {
            std::vector<uint32_t> source(words);
            for (size_t index = 0; index < words; ++index) {
                source[index] = uint32_t(halves[2 * index]) | uint32_t(halves[2 * index + 1]) << 16;
            }
            convert(source.data());
        }
    }
    if (!read) throw Fault(CDICOM_MALFORMED, "PixelData", "cannot be read");
    return samples;
}

// The fragments of the JPEG 2000 frames, joined by frame.
std::vector<std::vector<uint8_t>> code_streams(DcmDataset &dataset, E_TransferSyntax syntax, int frames) {
    DcmElement *element = nullptr;
    dataset.findAndGetElement(DCM_PixelData, element);
    auto *data = dynamic_cast<DcmPixelData *>(element);
    DcmPixelSequence *sequence = nullptr;
    if (!data || data->getEncapsulatedRepresentation(syntax, nullptr, sequence).bad() || !sequence) {
        throw Fault(CDICOM_MALFORMED, "PixelData", "has no encapsulated frames");
    }
    const size_t fragments = sequence->card() > 0 ? sequence->card() - 1 : 0;
    if (fragments < size_t(frames)) throw Fault(CDICOM_MALFORMED, "PixelData", "has fewer fragments than frames");
    if (frames > 1 && fragments != size_t(frames)) {
        throw Fault(CDICOM_UNSUPPORTED, "PixelData", "several JPEG 2000 frames in several fragments each are not read");
    }
    std::vector<std::vector<uint8_t>> streams(frames);
    for (size_t index = 0; index < fragments; ++index) {
        DcmPixelItem *item = nullptr;
        Uint8 *bytes = nullptr;
        if (sequence->getItem(item, index + 1).bad() || !item || item->getUint8Array(bytes).bad()) {
            throw Fault(CDICOM_MALFORMED, "PixelData", "has a fragment that cannot be read");
        }
        auto &stream = streams[frames == 1 ? 0 : index];
        if (bytes) stream.insert(stream.end(), bytes, bytes + item->getLength());
    }
    return streams;
}

int32_t clamped(double value) { return int32_t(std::min(255.0, std::max(0.0, std::floor(value + 0.5)))); }

// ITU-R BT.601 full range, as DICOM PS3.3 C.7.6.3.1.2.
float grey_of_ybr(int32_t luma, int32_t blue, int32_t red) {
    const double cb = blue - 128, cr = red - 128;
    return grey(
        clamped(luma + 1.402 * cr), clamped(luma - 0.344136 * cb - 0.714136 * cr), clamped(luma + 1.772 * cb));
}

std::vector<float> colour(const Samples &samples, const Coding &form) {
    const size_t count = form.pixels();
    const bool ybr = form.photometric.rfind("YBR_FULL", 0) == 0;
    if (!ybr && form.photometric != "RGB") {
        throw Fault(CDICOM_UNSUPPORTED, "PhotometricInterpretation", "must be RGB, YBR_FULL or YBR_FULL_422");
    }
    std::vector<float> result(count * form.frames);
    const bool halved = samples.size() == 2 * result.size();
    for (int frame = 0; frame < form.frames; ++frame) {
        const int32_t *source = samples.data() + size_t(frame) * count * (halved ? 2 : 3);
        float *target = result.data() + size_t(frame) * count;
        for (size_t index = 0; index < count; ++index) {
            if (halved) {
                const int32_t *pair = source + index / 2 * 4;
                target[index] = grey_of_ybr(pair[index % 2], pair[2], pair[3]);
                continue;
            }
            const size_t first = form.planar ? index : 3 * index, step = form.planar ? count : 1;
            const int32_t a = source[first], b = source[first + step], c = source[first + 2 * step];
            target[index] = ybr ? grey_of_ybr(a, b, c) : grey(a, b, c);
        }
    }
    return result;
}

std::vector<float> rescaled(DcmDataset &dataset, const Samples &samples, const Coding &form) {
    std::vector<float> result(samples.size());
    const bool inverted = form.photometric == "MONOCHROME1" && form.modality == "US";
    if (!inverted && form.photometric != "MONOCHROME1" && form.photometric != "MONOCHROME2") {
        throw Fault(CDICOM_UNSUPPORTED, "PhotometricInterpretation", "is not read");
    }
    for (int frame = 0; frame < form.frames; ++frame) {
        double slope = 1, intercept = 0;
        for (DcmItem *item : frame_scopes(dataset, frame, DCM_PixelValueTransformationSequence)) {
            if (!numbers(*item, DCM_RescaleSlope, "RescaleSlope", &slope, 1)) continue;
            intercept = number(*item, DCM_RescaleIntercept, "RescaleIntercept", 0);
            break;
        }
        if (slope == 0) throw Fault(CDICOM_MALFORMED, "RescaleSlope", "must not be zero");
        const double top = inverted ? double((1u << std::min(form.stored, 31)) - 1) : 0;
        const size_t count = form.pixels();
        for (size_t index = frame * count; index < (frame + 1) * count; ++index) {
            const double value = inverted ? top - samples[index] : samples[index];
            result[index] = float(value * slope + intercept);
        }
    }
    return result;
}

}  // namespace

std::vector<float> decode_frames(DcmDataset &dataset, int columns, int rows, int frames) {
    const E_TransferSyntax syntax = dataset.getOriginalXfer();
    Samples samples;
    Coding form{};
    const bool wavelet = syntax == EXS_JPEG2000 || syntax == EXS_JPEG2000LosslessOnly;
    if (wavelet) {
        form = coding(dataset, columns, rows, frames);
        const FrameShape shape{columns, rows, form.samples, form.is_signed};
        samples.reserve(form.pixels() * frames * form.samples);
        for (const auto &stream : code_streams(dataset, syntax, frames)) {
            const Samples decoded = decode_jpeg2000(stream, shape);
            samples.insert(samples.end(), decoded.begin(), decoded.end());
        }
        form.planar = false;
        // The decoder has already inverted the multi-component transform of the code stream.
        if (form.photometric == "YBR_RCT" || form.photometric == "YBR_ICT") form.photometric = "RGB";
    } else {
        if (dataset.chooseRepresentation(EXS_LittleEndianExplicit, nullptr).bad()) {
            throw Fault(CDICOM_UNSUPPORTED, "TransferSyntaxUID", "the pixel data cannot be decompressed");
        }
        form = coding(dataset, columns, rows, frames);
        samples = unpack(dataset, form);
    }
    if (form.samples == 3) return colour(samples, form);
    if (form.photometric == "PALETTE COLOR") return palette_grey(dataset, samples);
    return rescaled(dataset, samples, form);
}

}  // namespace cdicom
