#include "pet.h"

#include <cmath>
#include <cstdio>
#include <limits>
#include <string>

#include "dataset.h"
#include "fault.h"

namespace cdicom {
namespace {

template <size_t Size>
void put(char (&target)[Size], const std::string &value) {
    std::snprintf(target, Size, "%s", value.c_str());
}

double optional(DcmItem &item, const DcmTagKey &key, const char *keyword) {
    return number(item, key, keyword, std::numeric_limits<double>::quiet_NaN());
}

// The text of an element in a private block of a maker; with implicit VR it is read from the bytes.
std::string private_text(DcmItem &item, Uint16 group, const char *creator, Uint16 element) {
    for (Uint16 block = 0x10; block <= 0xFF; ++block) {
        if (text(item, DcmTagKey(group, block)) != creator) continue;
        const DcmTagKey key(group, Uint16(block << 8 | element));
        DcmElement *found = nullptr;
        if (item.findAndGetElement(key, found).bad() || !found) return "";
        if (found->ident() != EVR_UN && found->ident() != EVR_OB) return text(item, key);
        Uint8 *bytes = nullptr;
        if (found->getUint8Array(bytes).bad() || !bytes) return "";
        std::string value(reinterpret_cast<const char *>(bytes), found->getLength());
        const size_t last = value.find_last_not_of(std::string(" \0", 2));
        return last == std::string::npos ? "" : value.substr(0, last + 1);
    }
    return "";
}

double private_number(DcmItem &item, Uint16 group, const char *creator, Uint16 element) {
    const std::string value = private_text(item, group, creator, element);
    if (value.empty()) return std::numeric_limits<double>::quiet_NaN();
    OFBool converted = OFFalse;
    const double result = OFStandard::atof(value.c_str(), &converted);
    if (!converted || !std::isfinite(result)) throw Fault(CDICOM_MALFORMED, creator, "is not a finite number");
    return result;
}

}  // namespace

cdicom_pet pet_attributes(DcmDataset &dataset) {
    cdicom_pet pet{};
    put(pet.units, text(dataset, DCM_Units));
    put(pet.decay_correction, text(dataset, DCM_DecayCorrection));
    put(pet.suv_type, text(dataset, DCM_SUVType));
    OFString corrections;
    if (dataset.findAndGetOFStringArray(DCM_CorrectedImage, corrections).good()) {
        put(pet.corrections, corrections.c_str());
    }
    put(pet.sex, text(dataset, DCM_PatientSex));
    put(pet.series_date, text(dataset, DCM_SeriesDate));
    put(pet.series_time, text(dataset, DCM_SeriesTime));
    put(pet.acquisition_date, text(dataset, DCM_AcquisitionDate));
    put(pet.acquisition_time, text(dataset, DCM_AcquisitionTime));
    put(pet.utc_offset, text(dataset, DCM_TimezoneOffsetFromUTC));
    put(pet.scan_moment, private_text(dataset, 0x0009, "GEMS_PETD_01", 0x0D));
    pet.frame_reference_ms = optional(dataset, DCM_FrameReferenceTime, "FrameReferenceTime");
    pet.frame_duration_ms = optional(dataset, DCM_ActualFrameDuration, "ActualFrameDuration");
    pet.weight_kg = optional(dataset, DCM_PatientWeight, "PatientWeight");
    pet.height_m = optional(dataset, DCM_PatientSize, "PatientSize");
    pet.uptake_factor = private_number(dataset, 0x7053, "Philips PET Private Group", 0x00);
    pet.activity_factor = private_number(dataset, 0x7053, "Philips PET Private Group", 0x09);
    pet.half_life_s = pet.dose_bq = std::numeric_limits<double>::quiet_NaN();
    DcmSequenceOfItems *injections = nullptr;
    if (dataset.findAndGetSequence(DCM_RadiopharmaceuticalInformationSequence, injections).bad() || !injections) {
        return pet;
    }
    pet.injection_count = int32_t(injections->card());
    if (DcmItem *injection = pet.injection_count > 0 ? injections->getItem(0) : nullptr) {
        put(pet.injection_time, text(*injection, DCM_RadiopharmaceuticalStartTime));
        put(pet.injection_moment, text(*injection, DCM_RadiopharmaceuticalStartDateTime));
        pet.half_life_s = optional(*injection, DCM_RadionuclideHalfLife, "RadionuclideHalfLife");
        pet.dose_bq = optional(*injection, DCM_RadionuclideTotalDose, "RadionuclideTotalDose");
    }
    return pet;
}

}  // namespace cdicom
