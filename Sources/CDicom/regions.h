#pragma once
#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>

#include <vector>

#include "cdicom.h"

namespace cdicom {

// The items of a sequence, none when it is absent. Throws Fault when there are more than `limit`.
std::vector<DcmItem *> items(DcmItem &parent, const DcmTagKey &sequence, const char *keyword, int64_t limit);

// Number and name of the segments or regions of interest that a sequence lists, which must have different numbers.
std::vector<cdicom_region_name> region_names(
    const std::vector<DcmItem *> &items, const DcmTagKey &number, const DcmTagKey &name, const char *keyword);

}  // namespace cdicom
