#include "file.h"

#include <dcmtk/dcmdata/dcrledrg.h>
#include <dcmtk/dcmjpeg/djdecode.h>
#include <dcmtk/dcmjpls/djdecode.h>
#include <dcmtk/oflog/oflog.h>

#include <mutex>
#include <string>

#include "dataset.h"
#include "fault.h"

namespace cdicom {

void prepare() {
    static std::once_flag once;
    std::call_once(once, [] {
        // DCMTK's messages quote attribute values: none may reach a log.
        OFLog::configure(OFLogger::OFF_LOG_LEVEL);
        DJDecoderRegistration::registerCodecs();
        DJLSDecoderRegistration::registerCodecs();
        DcmRLEDecoderRegistration::registerCodecs();
    });
}

void load(DcmFileFormat &file, const char *path) {
    prepare();
    if (file.loadFile(path, EXS_Unknown, EGL_noChange, DCM_MaxReadLength, ERM_fileOnly).bad()) {
        throw Fault(CDICOM_UNREADABLE, "", "is not a complete DICOM file");
    }
}

namespace {

// Younger than the list of DCMTK 3.6.7.
const char label_map_storage[] = "1.2.840.10008.5.1.4.1.1.66.7";

int32_t kind(const char *path) {
    prepare();
    DcmFileFormat file;
    // A file that ends behind this attribute is told from others here and refused where it is read.
    const OFCondition loaded = file.loadFileUntilTag(
        path, EXS_Unknown, EGL_noChange, DCM_MaxReadLength, ERM_fileOnly, DCM_SOPInstanceUID);
    if (loaded.bad()) throw Fault(CDICOM_UNREADABLE, "", "is not a complete DICOM file");
    const std::string uid = text(*file.getDataset(), DCM_SOPClassUID);
    if (uid == UID_SegmentationStorage || uid == label_map_storage) return CDICOM_KIND_SEGMENTATION;
    return uid == UID_RTStructureSetStorage ? CDICOM_KIND_STRUCTURES : CDICOM_KIND_OTHER;
}

}  // namespace
}  // namespace cdicom

int32_t cdicom_kind(const char *path, int32_t *result, cdicom_fault *fault) {
    return cdicom::guarded(fault, [&] { *result = cdicom::kind(path); });
}
