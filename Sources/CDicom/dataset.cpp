#include "dataset.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstring>

#include "fault.h"

namespace cdicom {

std::string text(DcmItem &item, const DcmTagKey &key) {
    OFString value;
    if (item.findAndGetOFString(key, value).bad()) return "";
    const size_t first = value.find_first_not_of(' ');
    if (first == OFString_npos) return "";
    const size_t last = value.find_last_not_of(' ');
    return std::string(value.c_str() + first, last - first + 1);
}

long integer(DcmItem &item, const DcmTagKey &key, long fallback) {
    const std::string value = text(item, key);
    if (value.empty()) return fallback;
    char *end = nullptr;
    const long result = std::strtol(value.c_str(), &end, 10);
    return end == value.c_str() ? fallback : result;
}

double number(DcmItem &item, const DcmTagKey &key, const char *keyword, double fallback) {
    double value = fallback;
    return numbers(item, key, keyword, &value, 1) ? value : fallback;
}

bool numbers(DcmItem &item, const DcmTagKey &key, const char *keyword, double *values, int count) {
    for (int index = 0; index < count; ++index) {
        OFString part;
        if (item.findAndGetOFString(key, part, index).bad() || part.empty()) return false;
        OFBool converted = OFFalse;
        const double value = OFStandard::atof(part.c_str(), &converted);
        if (!converted || !std::isfinite(value)) throw Fault(CDICOM_MALFORMED, keyword, "is not a finite number");
        values[index] = value;
    }
    return true;
}

DcmItem *first_item(DcmItem &item, const DcmTagKey &sequence) {
    DcmItem *found = nullptr;
    return item.findAndGetSequenceItem(sequence, found, 0).good() ? found : nullptr;
}

std::vector<DcmItem *> frame_scopes(DcmItem &dataset, int frame, const DcmTagKey &macro) {
    std::vector<DcmItem *> scopes;
    DcmItem *own = nullptr;
    if (dataset.findAndGetSequenceItem(DCM_PerFrameFunctionalGroupsSequence, own, frame).good() && own) {
        if (DcmItem *item = first_item(*own, macro)) scopes.push_back(item);
    }
    if (DcmItem *shared = first_item(dataset, DCM_SharedFunctionalGroupsSequence)) {
        if (DcmItem *item = first_item(*shared, macro)) scopes.push_back(item);
    }
    scopes.push_back(&dataset);
    return scopes;
}

cdicom_frame frame_place(DcmDataset &dataset, int frame) {
    cdicom_frame place{};
    for (DcmItem *item : frame_scopes(dataset, frame, DCM_PlanePositionSequence)) {
        if (place.has_position) break;
        place.has_position =
            numbers(*item, DCM_ImagePositionPatient, "ImagePositionPatient", place.position, 3);
    }
    for (DcmItem *item : frame_scopes(dataset, frame, DCM_PlaneOrientationSequence)) {
        if (place.has_orientation) break;
        place.has_orientation =
            numbers(*item, DCM_ImageOrientationPatient, "ImageOrientationPatient", place.orientation, 6);
    }
    for (DcmItem *item : frame_scopes(dataset, frame, DCM_PixelMeasuresSequence)) {
        if (place.has_spacing) break;
        place.has_spacing = numbers(*item, DCM_PixelSpacing, "PixelSpacing", place.spacing, 2);
    }
    if (place.has_spacing && (place.spacing[0] <= 0 || place.spacing[1] <= 0)) {
        throw Fault(CDICOM_MALFORMED, "PixelSpacing", "must be positive");
    }
    return place;
}

std::vector<cdicom_region> ultrasound_regions(DcmDataset &dataset, int columns, int rows) {
    std::vector<cdicom_region> regions;
    for (unsigned long index = 0; index < 64; ++index) {
        DcmItem *item = nullptr;
        if (dataset.findAndGetSequenceItem(DCM_SequenceOfUltrasoundRegions, item, index).bad() || !item) break;
        const bool planar = integer(*item, DCM_RegionSpatialFormat, 0) == 1;
        const bool centimetres = integer(*item, DCM_PhysicalUnitsXDirection, 0) == 3 &&
                                 integer(*item, DCM_PhysicalUnitsYDirection, 0) == 3;
        if (!planar || !centimetres) continue;
        const double x = std::fabs(number(*item, DCM_PhysicalDeltaX, "PhysicalDeltaX", 0)) * 10;
        const double y = std::fabs(number(*item, DCM_PhysicalDeltaY, "PhysicalDeltaY", 0)) * 10;
        if (x <= 0 || y <= 0) continue;
        const long left = integer(*item, DCM_RegionLocationMinX0, 0);
        const long top = integer(*item, DCM_RegionLocationMinY0, 0);
        const long right = std::min<long>(integer(*item, DCM_RegionLocationMaxX1, columns - 1), columns - 1);
        const long bottom = std::min<long>(integer(*item, DCM_RegionLocationMaxY1, rows - 1), rows - 1);
        if (left < 0 || top < 0 || left > right || top > bottom) {
            throw Fault(CDICOM_MALFORMED, "RegionLocationMinX0", "the ultrasound region lies outside the image");
        }
        regions.push_back({int32_t(left), int32_t(top), int32_t(right), int32_t(bottom), x, y});
    }
    auto area = [](const cdicom_region &region) {
        return double(region.right - region.left + 1) * double(region.bottom - region.top + 1);
    };
    std::stable_sort(
        regions.begin(), regions.end(), [&](const auto &left, const auto &right) { return area(left) > area(right); });
    if (regions.empty()) return regions;
    const cdicom_region first = regions.front();
    auto other = [&](const cdicom_region &region) {
        return std::fabs(region.delta_x_mm - first.delta_x_mm) > 1e-6 * first.delta_x_mm ||
               std::fabs(region.delta_y_mm - first.delta_y_mm) > 1e-6 * first.delta_y_mm;
    };
    regions.erase(std::remove_if(regions.begin(), regions.end(), other), regions.end());
    return regions;
}

namespace {

struct Keyword {
    DcmTagKey key;
    const char *name;
};

// Scanner, protocol and reconstruction. Nothing here is about a patient, a date, a place or a UID; what people type
// (names of protocols, agents and probes) passes `names_somebody` below.
const Keyword keywords[] = {
    {DCM_Modality, "Modality"},
    {DCM_Manufacturer, "Manufacturer"},
    {DCM_ManufacturerModelName, "ManufacturerModelName"},
    {DCM_SoftwareVersions, "SoftwareVersions"},
    {DCM_BodyPartExamined, "BodyPartExamined"},
    {DCM_ImageType, "ImageType"},
    {DCM_PhotometricInterpretation, "PhotometricInterpretation"},
    {DCM_LossyImageCompression, "LossyImageCompression"},
    {DCM_PixelSpacing, "PixelSpacing"},
    {DCM_SliceThickness, "SliceThickness"},
    {DCM_SpacingBetweenSlices, "SpacingBetweenSlices"},
    {DCM_KVP, "KVP"},
    {DCM_XRayTubeCurrent, "XRayTubeCurrent"},
    {DCM_Exposure, "Exposure"},
    {DCM_ExposureTime, "ExposureTime"},
    {DCM_ConvolutionKernel, "ConvolutionKernel"},
    {DCM_FilterType, "FilterType"},
    {DCM_ReconstructionDiameter, "ReconstructionDiameter"},
    {DCM_SpiralPitchFactor, "SpiralPitchFactor"},
    {DCM_CTDIvol, "CTDIvol"},
    {DCM_MagneticFieldStrength, "MagneticFieldStrength"},
    {DCM_ScanningSequence, "ScanningSequence"},
    {DCM_SequenceVariant, "SequenceVariant"},
    {DCM_MRAcquisitionType, "MRAcquisitionType"},
    {DCM_RepetitionTime, "RepetitionTime"},
    {DCM_EchoTime, "EchoTime"},
    {DCM_InversionTime, "InversionTime"},
    {DCM_FlipAngle, "FlipAngle"},
    {DCM_EchoTrainLength, "EchoTrainLength"},
    {DCM_PixelBandwidth, "PixelBandwidth"},
    {DCM_NumberOfAverages, "NumberOfAverages"},
    {DCM_Units, "Units"},
    {DCM_DecayCorrection, "DecayCorrection"},
    {DCM_ReconstructionMethod, "ReconstructionMethod"},
    {DCM_TransducerType, "TransducerType"},
    {DCM_TransducerFrequency, "TransducerFrequency"},
    {DCM_DepthOfScanField, "DepthOfScanField"},
    {DCM_FocusDepth, "FocusDepth"},
    {DCM_RETIRED_TotalGain, "TotalGain"},
    {DCM_RETIRED_DynamicRange, "DynamicRange"},
    {DCM_MechanicalIndex, "MechanicalIndex"},
    {DCM_SoftTissueThermalIndex, "SoftTissueThermalIndex"},
    {DCM_ProcessingFunction, "ProcessingFunction"},
    {DCM_RETIRED_PostprocessingFunction, "PostprocessingFunction"},
    {DCM_PulseRepetitionFrequency, "PulseRepetitionFrequency"},
    {DCM_TransducerData, "TransducerData"},
    {DCM_ProtocolName, "ProtocolName"},
    {DCM_ContrastBolusAgent, "ContrastBolusAgent"},
    {DCM_ContrastBolusVolume, "ContrastBolusVolume"},
    {DCM_BurnedInAnnotation, "BurnedInAnnotation"},
    {DCM_PatientIdentityRemoved, "PatientIdentityRemoved"},
};

// What somebody or an examination is called; a value that holds a part of it does not leave the reader.
const DcmTagKey identities[] = {
    DCM_PatientName,    DCM_PatientID,           DCM_PatientBirthDate,          DCM_RETIRED_OtherPatientIDs,
    DCM_AccessionNumber, DCM_StudyID,            DCM_ReferringPhysicianName,    DCM_OperatorsName,
    DCM_InstitutionName, DCM_StationName,        DCM_PerformingPhysicianName,
};

std::string lower(std::string text) {
    for (char &letter : text) letter = static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
    return text;
}

// Parts of identities, in lower case. Shorter ones than three letters occur in any text.
std::vector<std::string> identity_parts(DcmDataset &dataset) {
    std::vector<std::string> parts;
    for (const DcmTagKey &key : identities) {
        OFString value;
        if (dataset.findAndGetOFStringArray(key, value).bad()) continue;
        std::string part;
        for (const char letter : lower(value.c_str()) + "^") {
            if (std::strchr("^\\ ,=", letter)) {
                if (part.size() >= 3) parts.push_back(part);
                part.clear();
            } else {
                part.push_back(letter);
            }
        }
    }
    return parts;
}

bool names_somebody(const std::string &value, const std::vector<std::string> &parts) {
    const std::string text = lower(value);
    for (const std::string &part : parts) {
        if (text.find(part) != std::string::npos) return true;
    }
    return false;
}

std::string printable(const OFString &value) {
    std::string result;
    for (const char *byte = value.c_str(); *byte && result.size() < sizeof(cdicom_tag::value) - 1; ++byte) {
        if (*byte >= 0x20 && *byte < 0x7F) result.push_back(*byte);
    }
    const size_t last = result.find_last_not_of(' ');
    return last == std::string::npos ? "" : result.substr(0, last + 1);
}

}  // namespace

std::vector<cdicom_tag> acquisition_tags(DcmDataset &dataset) {
    DcmItem *shared = first_item(dataset, DCM_SharedFunctionalGroupsSequence);
    DcmItem *frame = first_item(dataset, DCM_PerFrameFunctionalGroupsSequence);
    DcmItem *region = first_item(dataset, DCM_SequenceOfUltrasoundRegions);
    const std::vector<std::string> parts = identity_parts(dataset);
    std::vector<cdicom_tag> tags;
    for (const Keyword &keyword : keywords) {
        OFString value;
        bool found = dataset.findAndGetOFStringArray(keyword.key, value).good() && !value.empty();
        for (DcmItem *nested : {shared, frame, region}) {
            if (found || !nested) continue;
            DcmElement *element = nullptr;
            found = nested->findAndGetElement(keyword.key, element, OFTrue).good() && element &&
                    element->getOFStringArray(value).good() && !value.empty();
        }
        const std::string shown = found ? printable(value) : "";
        const bool typed = keyword.key == DCM_ProtocolName || keyword.key == DCM_ContrastBolusAgent ||
                           keyword.key == DCM_TransducerData;
        if (shown.empty() || (typed && names_somebody(shown, parts))) continue;
        cdicom_tag tag{};
        std::snprintf(tag.keyword, sizeof tag.keyword, "%s", keyword.name);
        std::snprintf(tag.value, sizeof tag.value, "%s", shown.c_str());
        tags.push_back(tag);
    }
    return tags;
}

}  // namespace cdicom
