#include "CRecursive.h"

// Vectors wider than the baseline's registers are passed to functions that are always inlined.
#pragma clang diagnostic ignored "-Wpsabi"
#pragma STDC FP_CONTRACT OFF

#if defined(__x86_64__) && defined(__linux__)
#define VERSIONS __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define VERSIONS
#endif

#define INLINE static inline __attribute__((always_inline))

// Lines that are filtered together, one a lane: each sample waits for the response before it, so that a line alone leaves
// the processor idle.
enum { LANES = 8 };
typedef double lanes __attribute__((vector_size(64), aligned(16)));
typedef float samples __attribute__((vector_size(32), aligned(4)));
typedef float quad __attribute__((vector_size(16), aligned(4)));

#define LOW(a, b) __builtin_shufflevector(a, b, 0, 4, 1, 5)
#define HIGH(a, b) __builtin_shufflevector(a, b, 2, 6, 3, 7)

// Four lines of four samples become four samples of four lines.
INLINE void transpose(quad r[4]) {
    quad a = LOW(r[0], r[2]), b = HIGH(r[0], r[2]), c = LOW(r[1], r[3]), d = HIGH(r[1], r[3]);
    r[0] = LOW(a, c), r[1] = HIGH(a, c), r[2] = LOW(b, d), r[3] = HIGH(b, d);
}

// The samples of up to eight lines, side by side; lanes without a line repeat the last one.
INLINE void gather(const float *source, crecursive_steps steps, long present, long count, lanes *line) {
    if (steps.line == 1 && present == LANES) {
        for (long i = 0; i < count; i++)
            line[i] = __builtin_convertvector(*(const samples *)(source + i * steps.sample), lanes);
        return;
    }
    long i = 0;
    if (steps.sample == 1 && present == LANES)
        for (; i + 4 <= count; i += 4) {
            quad low[4], high[4];
            for (int k = 0; k < 4; k++) {
                low[k] = *(const quad *)(source + k * steps.line + i);
                high[k] = *(const quad *)(source + (k + 4) * steps.line + i);
            }
            transpose(low);
            transpose(high);
            for (int k = 0; k < 4; k++)
                line[i + k] = __builtin_convertvector(
                    __builtin_shufflevector(low[k], high[k], 0, 1, 2, 3, 4, 5, 6, 7), lanes);
        }
    for (; i < count; i++)
        for (long lane = 0; lane < LANES; lane++)
            line[i][lane] = source[(lane < present ? lane : present - 1) * steps.line + i * steps.sample];
}

// The inverse of `gather`, in single precision.
INLINE void scatter(const lanes *line, long present, long count, float *target, crecursive_steps steps) {
    if (steps.line == 1 && present == LANES) {
        for (long i = 0; i < count; i++)
            *(samples *)(target + i * steps.sample) = __builtin_convertvector(line[i], samples);
        return;
    }
    long i = 0;
    if (steps.sample == 1 && present == LANES)
        for (; i + 4 <= count; i += 4) {
            quad low[4], high[4];
            for (int k = 0; k < 4; k++) {
                samples all = __builtin_convertvector(line[i + k], samples);
                low[k] = __builtin_shufflevector(all, all, 0, 1, 2, 3);
                high[k] = __builtin_shufflevector(all, all, 4, 5, 6, 7);
            }
            transpose(low);
            transpose(high);
            for (int k = 0; k < 4; k++) {
                *(quad *)(target + k * steps.line + i) = low[k];
                *(quad *)(target + (k + 4) * steps.line + i) = high[k];
            }
        }
    for (; i < count; i++)
        for (long lane = 0; lane < present; lane++)
            target[lane * steps.line + i * steps.sample] = (float)line[i][lane];
}

// The responses of all lanes to the samples `first` to `end - 1`; others are not defined.
INLINE void respond(
    const crecursive_filter *filter, const lanes *line, long count, lanes *response, long first, long end) {
    const double f0 = filter->forward[0], f1 = filter->forward[1], f2 = filter->forward[2], f3 = filter->forward[3];
    const double b1 = filter->backward[0], b2 = filter->backward[1], b3 = filter->backward[2], b4 = filter->backward[3];
    const double d1 = filter->feedback[0], d2 = filter->feedback[1], d3 = filter->feedback[2], d4 = filter->feedback[3];
    lanes x1 = line[0], x2 = x1, x3 = x1;
    lanes y1 = x1 * filter->forward_sum / filter->gain, y2 = y1, y3 = y1, y4 = y1;
    for (long i = 0; i < end; i++) {
        lanes x = line[i];
        lanes y = x * f0 + x1 * f1 + x2 * f2 + x3 * f3 - (y1 * d1 + y2 * d2 + y3 * d3 + y4 * d4);
        response[i] = y;
        y4 = y3, y3 = y2, y2 = y1, y1 = y;
        x3 = x2, x2 = x1, x1 = x;
    }
    lanes n1 = line[count - 1], n2 = n1, n3 = n1, n4 = n1;
    y1 = n1 * filter->backward_sum / filter->gain, y2 = y1, y3 = y1, y4 = y1;
    for (long i = count - 1; i >= first; i--) {
        lanes y = n1 * b1 + n2 * b2 + n3 * b3 + n4 * b4 - (y1 * d1 + y2 * d2 + y3 * d3 + y4 * d4);
        if (i < end) response[i] += y;
        y4 = y3, y3 = y2, y2 = y1, y1 = y;
        n4 = n3, n3 = n2, n2 = n1, n1 = line[i];
    }
}

VERSIONS void crecursive_run(
    const crecursive_filter *filter, const float *source, crecursive_steps from, long lines, long count, double *scratch,
    float *target, crecursive_steps to, long first, long kept) {
    lanes *line = (lanes *)scratch, *response = line + count;
    for (long next = 0; next < lines; next += LANES) {
        // The last lines go together with some that are done: the same values again.
        long start = next + LANES <= lines ? next : lines < LANES ? 0 : lines - LANES;
        long present = lines < LANES ? lines : LANES;
        gather(source + start * from.line, from, present, count, line);
        respond(filter, line, count, response, first, first + kept);
        scatter(response + first, present, kept, target + start * to.line, to);
    }
}
