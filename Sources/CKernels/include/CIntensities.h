#ifndef CONCORD_CINTENSITIES_H
#define CONCORD_CINTENSITIES_H

#include <stdint.h>

// Sums of intensities, in C for versions by processor (see CFourier.h).

// Lowest and highest of some numbers, and the sums of every fourth one as they are and rounded to whole ones (below
// 2^22, of two as near to the even one).
typedef struct {
    float low, high;
    double sums[4], whole[4];
} cintensities_summary;

cintensities_summary cintensities_summarise(const float *numbers, long count);

// Adds the differences high - low of `rows` rows of running sums to each of `width` sums; returns the highest of those
// whose mask is not 0.
double cintensities_windows(
    const double *const *low, const double *const *high, long rows, long width, const uint8_t *mask, double *sums);

// The first of `count` bytes that is not 0 and the last, or `count` and -1.
void cintensities_extent(const uint8_t *bytes, long count, long *first, long *last);

#endif
