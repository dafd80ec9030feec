#ifndef CONCORD_CDICOM_H
#define CONCORD_CDICOM_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// Reads and writes DICOM image files with DCMTK and OpenJPEG. No C++ type and no exception crosses this header.

enum {
    CDICOM_OK = 0,
    CDICOM_UNREADABLE = 1,   // not a DICOM file, or it cannot be opened
    CDICOM_MALFORMED = 2,    // a value is missing, contradicts another or cannot be decoded
    CDICOM_UNSUPPORTED = 3,  // a valid file of a kind that is not read
    CDICOM_TOO_LARGE = 4,    // more samples than allowed
    CDICOM_NOT_WRITTEN = 5,  // the file cannot be created
};

// Why a call failed: the attribute's keyword and a fixed text. Never holds a value from the file.
typedef struct {
    int32_t code;
    char field[64];
    char detail[160];
} cdicom_fault;

// One acquisition attribute that does not identify a patient: DICOM keyword and printable value.
typedef struct {
    char keyword[40];
    char value[72];
} cdicom_tag;

// Place of one frame in the patient, in millimetres (LPS).
typedef struct {
    double position[3];     // ImagePositionPatient
    double orientation[6];  // ImageOrientationPatient: direction of a row, direction of a column
    double spacing[2];      // PixelSpacing: between rows, between columns
    int32_t has_position;
    int32_t has_orientation;
    int32_t has_spacing;
} cdicom_frame;

// A calibrated 2D region of an ultrasound image; bounds are inclusive pixels.
typedef struct {
    int32_t left, top, right, bottom;
    double delta_x_mm, delta_y_mm;
} cdicom_region;

typedef struct {
    int32_t columns, rows, frame_count;
    float *pixels;         // frame_count x rows x columns: rescaled values, or grey 0...255 of an ultrasound image
    cdicom_frame *frames;  // frame_count
    int32_t tag_count;
    cdicom_tag *tags;
    int32_t region_count;
    cdicom_region *regions;  // the largest first, then others with the same calibration
    double slice_step;  // SpacingBetweenSlices, else SliceThickness, else 0
    char modality[20];
    char series[72];  // SeriesInstanceUID, to tell series apart; must not leave the process
} cdicom_image;

// Reads a file and decodes its frames. On success `*image` belongs to the caller: free it with cdicom_free.
int32_t cdicom_read(const char *path, int64_t sample_limit, cdicom_image **image, cdicom_fault *fault);

void cdicom_free(cdicom_image *image);

// Attributes of a secondary ultrasound image. Texts may be NULL or empty, numbers NaN when unknown.
typedef struct {
    const char *patient_id;
    const char *manufacturer;
    const char *model;
    const char *transducer_type;
    double transducer_frequency_khz;
    double depth_mm;
    double gain_db;
    double dynamic_range_db;
    double delta_x_mm, delta_y_mm;           // 0 for an image without calibration
    int32_t left, top, right, bottom;        // region, inclusive pixels
    const char *study_uid, *series_uid, *instance_uid;
} cdicom_ultrasound;

// Writes a single-frame 8-bit MONOCHROME2 Ultrasound Image Storage file (explicit little endian).
int32_t cdicom_write_ultrasound(
    const char *path, int32_t columns, int32_t rows, const uint8_t *pixels, const cdicom_ultrasound *attributes,
    cdicom_fault *fault);

#ifdef __cplusplus
}
#endif
#endif
