#ifndef CONCORD_CKERNELS_H
#define CONCORD_CKERNELS_H

// Inner loops with a version for AVX-512, one for AVX2 and one for the baseline, of the same bits (versions.h).
#include "CDistances.h"
#include "CFourier.h"
#include "CIntensities.h"
#include "CProducts.h"
#include "CRecursive.h"
#include "CSurfaces.h"

#endif
