#ifndef CONCORD_CINTENSITIES_H
#define CONCORD_CINTENSITIES_H

// Sums of intensities, in C for versions by processor (see CFourier.h).

// Lowest and highest of some numbers, and the sums of every fourth one as they are and rounded to whole ones (below
// 2^22, of two as near to the even one).
typedef struct {
    float low, high;
    double sums[4], whole[4];
} cintensities_summary;

cintensities_summary cintensities_summarise(const float *numbers, long count);

// Adds to each of `width` sums the differences high - low of running sums, at their offsets from `running`, for each of
// `rows` rows.
void cintensities_windows(
    const double *const *low, const double *const *high, long rows, long width, double *sums);

#endif
