#pragma once
#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>

#include "cdicom.h"

namespace cdicom {

// The attributes of a PET slice that standardised uptake needs, as they stand in the file.
cdicom_pet pet_attributes(DcmDataset &dataset);

}  // namespace cdicom
