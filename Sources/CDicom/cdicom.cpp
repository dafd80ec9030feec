#include "cdicom.h"

#include <cstdlib>
#include <memory>

#include "dataset.h"
#include "fault.h"
#include "file.h"
#include "pet.h"

namespace {

using cdicom::Fault;

struct Deleter {
    void operator()(cdicom_image *image) const { cdicom_free(image); }
};

cdicom_image *read(const char *path, int64_t sample_limit) {
    DcmFileFormat file;
    cdicom::load(file, path);
    DcmDataset &dataset = *file.getDataset();
    if (cdicom::text(dataset, DCM_Modality) == "SEG") {
        throw Fault(CDICOM_UNSUPPORTED, "SOPClassUID", "a segmentation is no image; read it as a mask on its image");
    }
    const long columns = cdicom::integer(dataset, DCM_Columns, 0), rows = cdicom::integer(dataset, DCM_Rows, 0);
    const long frames = cdicom::integer(dataset, DCM_NumberOfFrames, 1);
    if (columns == 0 || rows == 0 || !dataset.tagExists(DCM_PixelData)) {
        throw Fault(CDICOM_UNSUPPORTED, "SOPClassUID", "the file holds no image");
    }
    const long samples = cdicom::integer(dataset, DCM_SamplesPerPixel, 1);
    if (columns < 1 || rows < 1 || frames < 1 || columns > 65535 || rows > 65535 || samples < 1 || samples > 4 ||
        frames > sample_limit / (columns * rows * samples)) {
        throw Fault(CDICOM_TOO_LARGE, "Rows", "Rows x Columns x NumberOfFrames is not possible or too large");
    }
    std::unique_ptr<cdicom_image, Deleter> image(static_cast<cdicom_image *>(std::calloc(1, sizeof(cdicom_image))));
    if (!image) throw std::bad_alloc();
    image->columns = int32_t(columns);
    image->rows = int32_t(rows);
    image->frame_count = int32_t(frames);
    const auto modality = cdicom::text(dataset, DCM_Modality), series = cdicom::text(dataset, DCM_SeriesInstanceUID);
    std::snprintf(image->modality, sizeof image->modality, "%s", modality.c_str());
    std::snprintf(image->series, sizeof image->series, "%s", series.c_str());
    std::vector<cdicom_frame> places;
    for (int frame = 0; frame < frames; ++frame) places.push_back(cdicom::frame_place(dataset, frame));
    image->frames = cdicom::copied(places);
    for (const DcmTagKey &key : {DCM_SpacingBetweenSlices, DCM_SliceThickness}) {
        for (DcmItem *item : cdicom::frame_scopes(dataset, 0, DCM_PixelMeasuresSequence)) {
            if (image->slice_step > 0) break;
            image->slice_step = cdicom::number(*item, key, "SliceThickness", 0);
        }
    }
    if (modality == "PT") {
        const cdicom_pet pet = cdicom::pet_attributes(dataset);
        image->pet = cdicom::copied(&pet, 1);
    }
    const auto tags = cdicom::acquisition_tags(dataset);
    image->tags = cdicom::copied(tags);
    image->tag_count = int32_t(tags.size());
    const auto regions = cdicom::ultrasound_regions(dataset, int(columns), int(rows));
    image->regions = cdicom::copied(regions);
    image->region_count = int32_t(regions.size());
    image->pixels = cdicom::copied(cdicom::decode_frames(dataset, int(columns), int(rows), int(frames)));
    return image.release();
}

}  // namespace

int32_t cdicom_read(const char *path, int64_t sample_limit, cdicom_image **image, cdicom_fault *fault) {
    return cdicom::guarded(fault, [&] { *image = read(path, sample_limit); });
}

void cdicom_free(cdicom_image *image) {
    if (!image) return;
    std::free(image->pixels);
    std::free(image->frames);
    std::free(image->tags);
    std::free(image->regions);
    std::free(image->pet);
    std::free(image);
}
