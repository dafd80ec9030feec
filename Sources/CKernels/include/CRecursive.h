#ifndef CONCORD_CRECURSIVE_H
#define CONCORD_CRECURSIVE_H

// A symmetric recursive filter of fourth order: a causal pass, an anti-causal one, and their sum.
typedef struct {
    // Of the causal pass, for the samples 0 to 3 before; of the anti-causal one, for the samples 1 to 4 after.
    double forward[4], backward[4];
    // For the responses 1 to 4 before (or after).
    double feedback[4];
    // The sums of the weights above, and 1 plus that of the feedback: the steady response to the constant beyond the ends.
    double forward_sum, backward_sum, gain;
} crecursive_filter;

// Where lines lie: the distance from sample to sample and from line to line.
typedef struct {
    long sample, line;
} crecursive_steps;

// Filters `lines` lines of `count` samples each, in double precision, and writes the responses to the samples `first` to
// `first + kept - 1` of each. Beyond its ends a line continues with its first and its last value. `scratch` has room for
// 24 `count` numbers and is 16-byte aligned; source and target do not overlap.
//
// In C because Swift has no versions of a function by processor: there is one for AVX-512, one for AVX2 and one for the
// baseline. No multiplication and addition are fused, so that all give the same bits.
void crecursive_run(
    const crecursive_filter *filter, const float *source, crecursive_steps from, long lines, long count, double *scratch,
    float *target, crecursive_steps to, long first, long kept);

#endif
