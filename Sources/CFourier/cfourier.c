#include "CFourier.h"

// Vectors wider than the baseline's registers are passed to functions that are always inlined.
#pragma clang diagnostic ignored "-Wpsabi"
#pragma STDC FP_CONTRACT OFF

#if defined(__x86_64__) && defined(__linux__)
#define VERSIONS __attribute__((target_clones("avx2", "default")))
#else
#define VERSIONS
#endif

#define INLINE static inline __attribute__((always_inline))

// Swift aligns its vectors to 16 bytes.
typedef float lanes __attribute__((vector_size(32), aligned(16)));

typedef struct {
    lanes re, im;
} sample;

INLINE sample add(sample a, sample b) { return (sample){a.re + b.re, a.im + b.im}; }
INLINE sample subtract(sample a, sample b) { return (sample){a.re - b.re, a.im - b.im}; }
INLINE sample scale(sample a, float factor) { return (sample){a.re * factor, a.im * factor}; }
// Product with -i.
INLINE sample turn(sample a) { return (sample){a.im, -a.re}; }
INLINE sample rotate(sample a, const float *w) {
    return (sample){a.re * w[0] - a.im * w[1], a.re * w[1] + a.im * w[0]};
}

INLINE void radix2(long groups, long stride, const float *w, const sample *source, sample *target) {
    long half = stride * groups;
    for (long group = 0; group < groups; group++, w += 2, source += stride, target += 2 * stride)
        for (long i = 0; i < stride; i++) {
            sample a = source[i], b = source[i + half];
            target[i] = add(a, b);
            target[i + stride] = rotate(subtract(a, b), w);
        }
}

INLINE void radix3(long groups, long stride, const float *w, const sample *source, sample *target) {
    long third = stride * groups;
    for (long group = 0; group < groups; group++, w += 4, source += stride, target += 3 * stride)
        for (long i = 0; i < stride; i++) {
            sample a = source[i], b = source[i + third], c = source[i + 2 * third];
            sample sum = add(b, c);
            sample turned = scale(turn(subtract(b, c)), 0.8660254037844386f);
            sample centre = subtract(a, scale(sum, 0.5f));
            target[i] = add(a, sum);
            target[i + stride] = rotate(add(centre, turned), w);
            target[i + 2 * stride] = rotate(subtract(centre, turned), w + 2);
        }
}

INLINE void radix4(long groups, long stride, const float *w, const sample *source, sample *target) {
    long quarter = stride * groups;
    for (long group = 0; group < groups; group++, w += 6, source += stride, target += 4 * stride)
        for (long i = 0; i < stride; i++) {
            sample a = source[i], b = source[i + quarter];
            sample c = source[i + 2 * quarter], d = source[i + 3 * quarter];
            sample sum_ac = add(a, c), sum_bd = add(b, d);
            sample difference = subtract(a, c), turned = turn(subtract(b, d));
            target[i] = add(sum_ac, sum_bd);
            target[i + stride] = rotate(add(difference, turned), w);
            target[i + 2 * stride] = rotate(subtract(sum_ac, sum_bd), w + 2);
            target[i + 3 * stride] = rotate(subtract(difference, turned), w + 4);
        }
}

INLINE void radix5(long groups, long stride, const float *w, const sample *source, sample *target) {
    long fifth = stride * groups;
    // Cosines and sines of 72 and 144 degrees.
    const float c1 = 0.3090169943749474f, c2 = -0.8090169943749474f;
    const float s1 = 0.9510565162951536f, s2 = 0.5877852522924731f;
    for (long group = 0; group < groups; group++, w += 8, source += stride, target += 5 * stride)
        for (long i = 0; i < stride; i++) {
            sample a = source[i], b = source[i + fifth], c = source[i + 2 * fifth];
            sample d = source[i + 3 * fifth], e = source[i + 4 * fifth];
            sample sum_be = add(b, e), sum_cd = add(c, d);
            sample turn_be = turn(subtract(b, e)), turn_cd = turn(subtract(c, d));
            sample near = add(add(a, scale(sum_be, c1)), scale(sum_cd, c2));
            sample far = add(add(a, scale(sum_be, c2)), scale(sum_cd, c1));
            sample near_turn = add(scale(turn_be, s1), scale(turn_cd, s2));
            sample far_turn = subtract(scale(turn_be, s2), scale(turn_cd, s1));
            target[i] = add(add(a, sum_be), sum_cd);
            target[i + stride] = rotate(add(near, near_turn), w);
            target[i + 2 * stride] = rotate(add(far, far_turn), w + 2);
            target[i + 3 * stride] = rotate(subtract(far, far_turn), w + 4);
            target[i + 4 * stride] = rotate(subtract(near, near_turn), w + 6);
        }
}

VERSIONS void cfourier_stage(
    int radix, long groups, long stride, const float *twiddles, const float *source, float *target) {
    const sample *from = (const sample *)source;
    sample *to = (sample *)target;
    switch (radix) {
    case 4: radix4(groups, stride, twiddles, from, to); break;
    case 5: radix5(groups, stride, twiddles, from, to); break;
    case 3: radix3(groups, stride, twiddles, from, to); break;
    default: radix2(groups, stride, twiddles, from, to); break;
    }
}
