#ifndef CONCORD_CFOURIER_H
#define CONCORD_CFOURIER_H

// One stage of Stockham's transform of `radix * groups * stride` samples, each the complex numbers of eight transforms
// that run together: eight real parts, then eight imaginary ones. `twiddles` holds cosine and sine of `radix - 1` angles
// for each group. `source` and `target` are 16-byte aligned and do not overlap. Radix 2, 3, 4 or 5.
//
// In C because Swift has no versions of a function by processor: there is one for AVX2 and one for the baseline. No
// multiplication and addition are fused, so that all give the same bits.
void cfourier_stage(
    int radix, long groups, long stride, const float *twiddles, const float *source, float *target);

#endif
