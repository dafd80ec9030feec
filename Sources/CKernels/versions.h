#ifndef CONCORD_VERSIONS_H
#define CONCORD_VERSIONS_H

// Vectors wider than the baseline's registers are passed to functions that are always inlined.
#pragma clang diagnostic ignored "-Wpsabi"
#pragma STDC FP_CONTRACT OFF

// Versions of a function by processor, of the same bits: nothing is fused, and sums have a fixed order of lanes.
#if defined(__x86_64__) && defined(__linux__)
#define VERSIONS __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define VERSIONS
#endif

#define INLINE static inline __attribute__((always_inline))

#endif
