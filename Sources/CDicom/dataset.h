#pragma once
#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>

#include <cstdint>
#include <string>
#include <vector>

#include "cdicom.h"

namespace cdicom {

// First value of an attribute, or the fallback when it is absent.
std::string text(DcmItem &item, const DcmTagKey &key);
long integer(DcmItem &item, const DcmTagKey &key, long fallback);
// Throws Fault when present but not a finite number.
double number(DcmItem &item, const DcmTagKey &key, const char *keyword, double fallback);
// Whether all `count` values are there; throws Fault when one is not finite.
bool numbers(DcmItem &item, const DcmTagKey &key, const char *keyword, double *values, int count);

// First item of a sequence, or null.
DcmItem *first_item(DcmItem &item, const DcmTagKey &sequence);

// Where the attributes of one frame are: its functional groups, the shared ones, the data set itself.
std::vector<DcmItem *> frame_scopes(DcmItem &dataset, int frame, const DcmTagKey &macro);

// Attributes that do not identify a patient.
std::vector<cdicom_tag> acquisition_tags(DcmDataset &dataset);

cdicom_frame frame_place(DcmDataset &dataset, int frame);

// 2D regions calibrated in centimetres: the largest first, then others of the same calibration (a split screen).
std::vector<cdicom_region> ultrasound_regions(DcmDataset &dataset, int columns, int rows);

// Decoded frames: rescaled values, or grey 0...255 for colour and ultrasound images.
std::vector<float> decode_frames(DcmDataset &dataset, int columns, int rows, int frames);

}  // namespace cdicom
