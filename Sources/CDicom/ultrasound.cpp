#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>

#include <cmath>
#include <memory>
#include <string>

#include "fault.h"

namespace {

using cdicom::Fault;

void check(OFCondition condition, const char *field) {
    if (condition.bad()) throw Fault(CDICOM_NOT_WRITTEN, field, "is not a value that DICOM allows");
}

std::string decimal(double value) {
    char text[17];
    std::snprintf(text, sizeof text, "%.10g", value);
    return text;
}

void put_text(DcmItem &item, const DcmTagKey &key, const char *keyword, const char *value) {
    check(item.putAndInsertString(key, value ? value : ""), keyword);
}

void put_number(DcmItem &item, const DcmTagKey &key, const char *keyword, double value) {
    if (std::isfinite(value)) check(item.putAndInsertString(key, decimal(value).c_str()), keyword);
}

void put_calibration(DcmDataset &dataset, const cdicom_ultrasound &attributes) {
    DcmItem *region = nullptr;
    check(
        dataset.findOrCreateSequenceItem(DCM_SequenceOfUltrasoundRegions, region, -2), "SequenceOfUltrasoundRegions");
    check(region->putAndInsertUint16(DCM_RegionSpatialFormat, 1), "RegionSpatialFormat");
    check(region->putAndInsertUint16(DCM_RegionDataType, 1), "RegionDataType");
    check(region->putAndInsertUint32(DCM_RegionFlags, 0), "RegionFlags");
    check(region->putAndInsertUint32(DCM_RegionLocationMinX0, attributes.left), "RegionLocationMinX0");
    check(region->putAndInsertUint32(DCM_RegionLocationMinY0, attributes.top), "RegionLocationMinY0");
    check(region->putAndInsertUint32(DCM_RegionLocationMaxX1, attributes.right), "RegionLocationMaxX1");
    check(region->putAndInsertUint32(DCM_RegionLocationMaxY1, attributes.bottom), "RegionLocationMaxY1");
    check(region->putAndInsertUint16(DCM_PhysicalUnitsXDirection, 3), "PhysicalUnitsXDirection");
    check(region->putAndInsertUint16(DCM_PhysicalUnitsYDirection, 3), "PhysicalUnitsYDirection");
    check(region->putAndInsertFloat64(DCM_PhysicalDeltaX, attributes.delta_x_mm / 10), "PhysicalDeltaX");
    check(region->putAndInsertFloat64(DCM_PhysicalDeltaY, attributes.delta_y_mm / 10), "PhysicalDeltaY");
    if (std::isfinite(attributes.transducer_frequency_khz)) {
        check(
            region->putAndInsertUint32(
                DCM_TransducerFrequency, Uint32(std::lround(attributes.transducer_frequency_khz))),
            "TransducerFrequency");
    }
}

void write(
    const char *path, int columns, int rows, const uint8_t *pixels, const cdicom_ultrasound &attributes) {
    DcmFileFormat file;
    DcmDataset &dataset = *file.getDataset();
    put_text(dataset, DCM_SOPClassUID, "SOPClassUID", UID_UltrasoundImageStorage);
    put_text(dataset, DCM_SOPInstanceUID, "SOPInstanceUID", attributes.instance_uid);
    put_text(dataset, DCM_StudyInstanceUID, "StudyInstanceUID", attributes.study_uid);
    put_text(dataset, DCM_SeriesInstanceUID, "SeriesInstanceUID", attributes.series_uid);
    put_text(dataset, DCM_ImageType, "ImageType", "DERIVED\\SECONDARY");
    put_text(dataset, DCM_Modality, "Modality", "US");
    put_text(dataset, DCM_PatientID, "PatientID", attributes.patient_id);
    put_text(dataset, DCM_Manufacturer, "Manufacturer", attributes.manufacturer);
    put_text(dataset, DCM_ManufacturerModelName, "ManufacturerModelName", attributes.model);
    if (attributes.transducer_type && *attributes.transducer_type) {
        put_text(dataset, DCM_TransducerType, "TransducerType", attributes.transducer_type);
    }
    if (std::isfinite(attributes.depth_mm)) {
        put_number(dataset, DCM_DepthOfScanField, "DepthOfScanField", std::round(attributes.depth_mm));
    }
    put_number(dataset, DCM_RETIRED_TotalGain, "TotalGain", attributes.gain_db);
    put_number(dataset, DCM_RETIRED_DynamicRange, "DynamicRange", attributes.dynamic_range_db);
    // Present and empty, as type 2 attributes without a value must be.
    for (const DcmTagKey &key :
         {DCM_PatientName, DCM_PatientBirthDate, DCM_PatientSex, DCM_StudyTime, DCM_ReferringPhysicianName,
          DCM_StudyID, DCM_AccessionNumber, DCM_SeriesNumber, DCM_InstanceNumber, DCM_PatientOrientation}) {
        check(dataset.insertEmptyElement(key), "PatientName");
    }
    check(dataset.putAndInsertUint16(DCM_SamplesPerPixel, 1), "SamplesPerPixel");
    put_text(dataset, DCM_PhotometricInterpretation, "PhotometricInterpretation", "MONOCHROME2");
    check(dataset.putAndInsertUint16(DCM_Columns, Uint16(columns)), "Columns");
    check(dataset.putAndInsertUint16(DCM_Rows, Uint16(rows)), "Rows");
    check(dataset.putAndInsertUint16(DCM_BitsAllocated, 8), "BitsAllocated");
    check(dataset.putAndInsertUint16(DCM_BitsStored, 8), "BitsStored");
    check(dataset.putAndInsertUint16(DCM_HighBit, 7), "HighBit");
    check(dataset.putAndInsertUint16(DCM_PixelRepresentation, 0), "PixelRepresentation");
    if (attributes.delta_x_mm > 0 && attributes.delta_y_mm > 0) put_calibration(dataset, attributes);
    check(
        dataset.putAndInsertUint8Array(DCM_PixelData, pixels, static_cast<unsigned long>(columns) * rows), "PixelData");
    if (file.saveFile(path, EXS_LittleEndianExplicit).bad()) {
        throw Fault(CDICOM_NOT_WRITTEN, "", "cannot be created");
    }
}

}  // namespace

int32_t cdicom_write_ultrasound(
    const char *path, int32_t columns, int32_t rows, const uint8_t *pixels, const cdicom_ultrasound *attributes,
    cdicom_fault *fault) {
    return cdicom::guarded(fault, [&] {
        if (columns < 1 || rows < 1 || columns > 65535 || rows > 65535) {
            throw Fault(CDICOM_NOT_WRITTEN, "Rows", "must be from 1 to 65535");
        }
        write(path, columns, rows, pixels, *attributes);
    });
}
