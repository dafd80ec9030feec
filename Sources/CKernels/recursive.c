#include "CRecursive.h"

#include "versions.h"

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
        for (long i = 0; i < count; i++) {
            const float *sample = source + i * steps.sample;
            // Far apart, so that the processor does not guess what comes next: the samples of the lines after these.
            __builtin_prefetch(sample + 2 * LANES);
            line[i] = __builtin_convertvector(*(const samples *)sample, lanes);
        }
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

// Writes the sums of two responses in single precision: the inverse of `gather`.
INLINE void scatter(
    const lanes *causal, const lanes *anticausal, long present, long count, float *target, crecursive_steps steps) {
    if (steps.line == 1 && present == LANES) {
        for (long i = 0; i < count; i++)
            *(samples *)(target + i * steps.sample) = __builtin_convertvector(causal[i] + anticausal[i], samples);
        return;
    }
    long i = 0;
    if (steps.sample == 1 && present == LANES)
        for (; i + 4 <= count; i += 4) {
            quad low[4], high[4];
            for (int k = 0; k < 4; k++) {
                samples all = __builtin_convertvector(causal[i + k] + anticausal[i + k], samples);
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
            target[lane * steps.line + i * steps.sample] = (float)(causal[i][lane] + anticausal[i][lane]);
}

// What a pass remembers: samples and responses, the latest first.
typedef struct {
    lanes x1, x2, x3, x4, y1, y2, y3, y4;
} state;

// The response of the causal pass to a sample.
INLINE lanes forward(state *s, const crecursive_filter *f, lanes x) {
    lanes y = x * f->forward[0] + s->x1 * f->forward[1] + s->x2 * f->forward[2] + s->x3 * f->forward[3]
        - (s->y1 * f->feedback[0] + s->y2 * f->feedback[1] + s->y3 * f->feedback[2] + s->y4 * f->feedback[3]);
    s->y4 = s->y3, s->y3 = s->y2, s->y2 = s->y1, s->y1 = y;
    s->x3 = s->x2, s->x2 = s->x1, s->x1 = x;
    return y;
}

// The response of the anti-causal pass where the sample is `x`, which counts from the next response on.
INLINE lanes backward(state *s, const crecursive_filter *f, lanes x) {
    lanes y = s->x1 * f->backward[0] + s->x2 * f->backward[1] + s->x3 * f->backward[2] + s->x4 * f->backward[3]
        - (s->y1 * f->feedback[0] + s->y2 * f->feedback[1] + s->y3 * f->feedback[2] + s->y4 * f->feedback[3]);
    s->y4 = s->y3, s->y3 = s->y2, s->y2 = s->y1, s->y1 = y;
    s->x4 = s->x3, s->x3 = s->x2, s->x2 = s->x1, s->x1 = x;
    return y;
}

INLINE state steady(lanes x, double sum, double gain) {
    lanes y = x * sum / gain;
    return (state){x, x, x, x, y, y, y, y};
}

// The responses of all lanes to `kept` samples from `first` on. The passes take turns, so that one works while the other
// waits for its last response.
INLINE void respond(
    const crecursive_filter *filter, const lanes *line, long count, lanes *causal, lanes *anticausal, long first,
    long kept) {
    const crecursive_filter f = *filter;
    state left = steady(line[0], f.forward_sum, f.gain), right = steady(line[count - 1], f.backward_sum, f.gain);
    const long end = first + kept, forwards = end, backwards = count - first;
    const long both = forwards < backwards ? forwards : backwards;
    for (long k = 0; k < both; k++) {
        long i = k, j = count - 1 - k;
        lanes y = forward(&left, &f, line[i]), z = backward(&right, &f, line[j]);
        if (i >= first) causal[i - first] = y;
        if (j < end) anticausal[j - first] = z;
    }
    for (long i = both; i < forwards; i++) {
        lanes y = forward(&left, &f, line[i]);
        if (i >= first) causal[i - first] = y;
    }
    for (long j = count - 1 - both; j >= first; j--) {
        lanes z = backward(&right, &f, line[j]);
        if (j < end) anticausal[j - first] = z;
    }
}

VERSIONS void crecursive_run(
    const crecursive_filter *filter, const float *source, crecursive_steps from, long lines, long count, double *scratch,
    float *target, crecursive_steps to, long first, long kept) {
    lanes *line = (lanes *)scratch, *causal = line + count, *anticausal = causal + kept;
    for (long next = 0; next < lines; next += LANES) {
        // The last lines go together with some that are done: the same values again.
        long start = next + LANES <= lines ? next : lines < LANES ? 0 : lines - LANES;
        long present = lines < LANES ? lines : LANES;
        gather(source + start * from.line, from, present, count, line);
        respond(filter, line, count, causal, anticausal, first, kept);
        scatter(causal, anticausal, present, kept, target + start * to.line, to);
    }
}
