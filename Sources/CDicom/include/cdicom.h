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

// What turns the values of a PET slice into standardised uptake. Texts are empty and numbers NaN when absent. Dates and
// measures of a patient among them must not leave the process.
typedef struct {
    char units[20];               // Units
    char decay_correction[20];    // DecayCorrection
    char suv_type[20];            // SUVType
    char corrections[100];        // CorrectedImage, separated by backslashes
    char sex[4];                  // PatientSex
    char series_date[20], series_time[20];
    char acquisition_date[20], acquisition_time[20];
    char injection_time[20];      // RadiopharmaceuticalStartTime
    char injection_moment[32];    // RadiopharmaceuticalStartDateTime
    char utc_offset[8];           // TimezoneOffsetFromUTC
    char scan_moment[32];         // start of the scan in GE's private group GEMS_PETD_01, element 0D
    int32_t injection_count;      // items of RadiopharmaceuticalInformationSequence
    double frame_reference_ms, frame_duration_ms;
    double half_life_s, dose_bq, weight_kg, height_m;
    double uptake_factor;         // Philips PET Private Group, element 00: to g/ml by body weight
    double activity_factor;       // Philips PET Private Group, element 09: to Bq/ml
} cdicom_pet;

typedef struct {
    int32_t columns, rows, frame_count;
    float *pixels;         // frame_count x rows x columns: rescaled values, or grey 0...255 of an ultrasound image
    cdicom_frame *frames;  // frame_count
    int32_t tag_count;
    cdicom_tag *tags;
    int32_t region_count;
    cdicom_region *regions;  // the largest first, then others with the same calibration
    cdicom_pet *pet;  // of a PET slice, else NULL
    double slice_step;  // SpacingBetweenSlices, else SliceThickness, else 0
    char modality[20];
    char series[72];  // SeriesInstanceUID, to tell series apart; must not leave the process
} cdicom_image;

// Reads a file and decodes its frames. On success `*image` belongs to the caller: free it with cdicom_free.
int32_t cdicom_read(const char *path, int64_t sample_limit, cdicom_image **image, cdicom_fault *fault);

void cdicom_free(cdicom_image *image);

// What a file holds, by its SOPClassUID.
enum {
    CDICOM_KIND_OTHER = 0,
    CDICOM_KIND_SEGMENTATION = 1,  // Segmentation or Label Map Segmentation Storage
    CDICOM_KIND_STRUCTURES = 2,    // RT Structure Set Storage
};

// Tells the kind of a file without reading what it holds.
int32_t cdicom_kind(const char *path, int32_t *kind, cdicom_fault *fault);

// What a file of regions may hold; beyond that it is refused with CDICOM_TOO_LARGE.
typedef struct {
    int64_t bytes;     // native pixel data
    int32_t frames;
    int32_t regions;   // segments or regions of interest
    int32_t contours;
    int64_t points;    // of all contours
} cdicom_limits;

// A segment or a region of interest.
typedef struct {
    int32_t number;  // SegmentNumber or ROINumber
    char name[260];  // SegmentLabel or ROIName in UTF-8, without control characters; empty when absent
} cdicom_region_name;

enum {
    CDICOM_BINARY = 0,      // a sample is 1 in the segment of its frame
    CDICOM_FRACTIONAL = 1,  // a sample is the share of the segment of its frame, of `maximum`
    CDICOM_LABEL_MAP = 2,   // a sample is the number of a segment; frames belong to no segment
};

typedef struct {
    int32_t columns, rows, frame_count;
    int32_t coding;
    int32_t bits;           // of a sample: 1 (lowest bit of a byte first, frames follow without padding), 8 or 16
    int32_t maximum;        // MaximumFractionalValue of a fractional segmentation, else 1
    int64_t byte_count;     // of `samples`, at least columns x rows x frame_count x bits / 8
    uint8_t *samples;       // little endian
    cdicom_frame *frames;   // frame_count
    int32_t *segments;      // frame_count: the segment that a frame shows, 0 in a label map
    int32_t segment_count;
    cdicom_region_name *names;  // segment_count
} cdicom_segmentation;

// Reads a segmentation. On success `*segmentation` belongs to the caller: free it with cdicom_free_segmentation.
int32_t cdicom_read_segmentation(
    const char *path, const cdicom_limits *limits, cdicom_segmentation **segmentation, cdicom_fault *fault);

void cdicom_free_segmentation(cdicom_segmentation *segmentation);

// ContourGeometricType.
enum {
    CDICOM_CONTOUR_CLOSED = 0,  // CLOSED_PLANAR, or CLOSEDPLANAR_XOR whose rule is even-odd as well
    CDICOM_CONTOUR_POINT = 1,
    CDICOM_CONTOUR_OPEN = 2,  // OPEN_PLANAR or OPEN_NONPLANAR
    CDICOM_CONTOUR_OTHER = 3,
};

typedef struct {
    int32_t region;  // number of the region it belongs to
    int32_t kind;
    int64_t first, count;  // its points
} cdicom_contour;

typedef struct {
    int32_t region_count;
    cdicom_region_name *names;  // region_count
    int32_t contour_count;
    cdicom_contour *contours;  // contour_count
    int64_t point_count;
    double *points;  // point_count x 3, in millimetres (LPS)
} cdicom_structures;

// Reads a structure set. On success `*structures` belongs to the caller: free it with cdicom_free_structures.
int32_t cdicom_read_structures(
    const char *path, const cdicom_limits *limits, cdicom_structures **structures, cdicom_fault *fault);

void cdicom_free_structures(cdicom_structures *structures);

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
