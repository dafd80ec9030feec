#include "jpeg2000.h"

#include <openjpeg-2.5/openjpeg.h>

#include <algorithm>
#include <cstring>
#include <memory>

#include "fault.h"

namespace cdicom {
namespace {

struct Cursor {
    const uint8_t *bytes;
    size_t count;
    size_t position;
};

OPJ_SIZE_T read_bytes(void *buffer, OPJ_SIZE_T wanted, void *data) {
    auto *cursor = static_cast<Cursor *>(data);
    const size_t left = cursor->count - cursor->position;
    if (left == 0) return static_cast<OPJ_SIZE_T>(-1);
    const size_t taken = std::min<size_t>(wanted, left);
    std::memcpy(buffer, cursor->bytes + cursor->position, taken);
    cursor->position += taken;
    return taken;
}

OPJ_OFF_T skip_bytes(OPJ_OFF_T wanted, void *data) {
    auto *cursor = static_cast<Cursor *>(data);
    if (wanted < 0) return -1;
    const size_t taken = std::min<size_t>(static_cast<size_t>(wanted), cursor->count - cursor->position);
    cursor->position += taken;
    return static_cast<OPJ_OFF_T>(taken);
}

OPJ_BOOL seek_bytes(OPJ_OFF_T position, void *data) {
    auto *cursor = static_cast<Cursor *>(data);
    if (position < 0 || static_cast<size_t>(position) > cursor->count) return OPJ_FALSE;
    cursor->position = static_cast<size_t>(position);
    return OPJ_TRUE;
}

struct ImageDeleter {
    void operator()(opj_image_t *image) const { opj_image_destroy(image); }
};

void silent(const char *, void *) {}

}  // namespace

std::vector<int32_t> decode_jpeg2000(const std::vector<uint8_t> &bytes, const FrameShape &shape) {
    auto malformed = [] { return Fault(CDICOM_MALFORMED, "PixelData", "the JPEG 2000 stream cannot be decoded"); };
    static const uint8_t jp2[] = {0x00, 0x00, 0x00, 0x0C, 0x6A, 0x50, 0x20, 0x20};
    const bool boxed = bytes.size() > sizeof jp2 && std::memcmp(bytes.data(), jp2, sizeof jp2) == 0;
    std::unique_ptr<opj_codec_t, void (*)(opj_codec_t *)> codec(
        opj_create_decompress(boxed ? OPJ_CODEC_JP2 : OPJ_CODEC_J2K), opj_destroy_codec);
    if (!codec) throw malformed();
    opj_set_error_handler(codec.get(), silent, nullptr);
    opj_set_warning_handler(codec.get(), silent, nullptr);
    opj_set_info_handler(codec.get(), silent, nullptr);
    opj_dparameters_t parameters;
    opj_set_default_decoder_parameters(&parameters);
    if (!opj_setup_decoder(codec.get(), &parameters)) throw malformed();
    std::unique_ptr<opj_stream_t, void (*)(opj_stream_t *)> stream(opj_stream_default_create(OPJ_TRUE), [](auto *s) {
        opj_stream_destroy(s);
    });
    if (!stream) throw malformed();
    Cursor cursor{bytes.data(), bytes.size(), 0};
    opj_stream_set_user_data(stream.get(), &cursor, nullptr);
    opj_stream_set_user_data_length(stream.get(), bytes.size());
    opj_stream_set_read_function(stream.get(), read_bytes);
    opj_stream_set_skip_function(stream.get(), skip_bytes);
    opj_stream_set_seek_function(stream.get(), seek_bytes);
    opj_image_t *raw = nullptr;
    const bool header = opj_read_header(stream.get(), codec.get(), &raw);
    std::unique_ptr<opj_image_t, ImageDeleter> image(raw);
    if (!header || !image) throw malformed();
    // Checked before decoding, so that a forged header allocates nothing.
    const auto width = image->x1 - image->x0, height = image->y1 - image->y0;
    if (width != static_cast<OPJ_UINT32>(shape.columns) || height != static_cast<OPJ_UINT32>(shape.rows) ||
        image->numcomps != static_cast<OPJ_UINT32>(shape.samples)) {
        throw Fault(CDICOM_MALFORMED, "PixelData", "the JPEG 2000 stream has another size than Rows and Columns");
    }
    if (!opj_decode(codec.get(), stream.get(), image.get())) throw malformed();
    const size_t count = static_cast<size_t>(shape.columns) * shape.rows;
    std::vector<int32_t> samples(count * shape.samples);
    for (int component = 0; component < shape.samples; ++component) {
        const opj_image_comp_t &plane = image->comps[component];
        if (!plane.data || plane.w != width || plane.h != height) {
            throw Fault(CDICOM_UNSUPPORTED, "PixelData", "sub-sampled JPEG 2000 components are not read");
        }
        const int32_t half = plane.prec < 32 ? int32_t(1) << (plane.prec - 1) : 0;
        const int32_t shift = plane.sgnd && !shape.is_signed ? half : 0;
        for (size_t index = 0; index < count; ++index) {
            samples[index * shape.samples + component] = plane.data[index] + shift;
        }
    }
    return samples;
}

}  // namespace cdicom
