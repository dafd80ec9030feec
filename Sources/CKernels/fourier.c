#include "CFourier.h"

#include <math.h>

#include "versions.h"

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

// The first stage of a line whose second half is 0.
INLINE void radix4_half(long groups, const float *w, const sample *source, sample *target) {
    for (long group = 0; group < groups; group++, w += 6, target += 4) {
        sample a = source[group], b = source[group + groups], turned = turn(b);
        target[0] = add(a, b);
        target[1] = rotate(add(a, turned), w);
        target[2] = rotate(subtract(a, b), w + 2);
        target[3] = rotate(subtract(a, turned), w + 4);
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

INLINE void stage(const cfourier_stage *stage, const sample *source, sample *target) {
    switch (stage->radix) {
    case 4: radix4(stage->groups, stage->stride, stage->twiddles, source, target); break;
    case 5: radix5(stage->groups, stage->stride, stage->twiddles, source, target); break;
    case 3: radix3(stage->groups, stage->stride, stage->twiddles, source, target); break;
    default: radix2(stage->groups, stage->stride, stage->twiddles, source, target); break;
    }
}

// Transforms a line of which the first `present` of `length` samples are given; the others are 0.
INLINE sample *run(
    const cfourier_stage *stages, long count, long present, long length, sample *data, sample *scratch) {
    const int half = count > 0 && stages->radix == 4 && present <= length / 2;
    for (long i = present; i < (half ? length / 2 : length); i++) data[i] = (sample){};
    for (long i = 0; i < count; i++) {
        if (i == 0 && half)
            radix4_half(stages->groups, stages->twiddles, data, scratch);
        else
            stage(stages + i, data, scratch);
        sample *swap = data;
        data = scratch;
        scratch = swap;
    }
    return data;
}

VERSIONS float *cfourier_transform(
    const cfourier_stage *stages, long count, long present, long length, float *data, float *scratch) {
    return (float *)run(stages, count, present, length, (sample *)data, (sample *)scratch);
}

enum { LANES = CFOURIER_LANES };
typedef float loose __attribute__((vector_size(32), aligned(4)));

// Number j of vector i becomes number i of vector j: three rounds of perfect shuffles.
INLINE void transpose(loose rows[LANES]) {
    for (int round = 0; round < 3; round++) {
        loose other[LANES];
        for (int i = 0; i < LANES / 2; i++) {
            other[2 * i] = __builtin_shufflevector(rows[i], rows[i + 4], 0, 8, 1, 9, 2, 10, 3, 11);
            other[2 * i + 1] = __builtin_shufflevector(rows[i], rows[i + 4], 4, 12, 5, 13, 6, 14, 7, 15);
        }
        for (int i = 0; i < LANES; i++) rows[i] = other[i];
    }
}

// Eight neighbours of each of eight rows, transposed; zero for rows that are missing and beyond the count.
INLINE void gather(const float *source, long rows, long step, long x, long count, loose square[LANES]) {
    long present = count - x < LANES ? count - x : LANES;
    for (long row = 0; row < LANES; row++) {
        square[row] = (loose){};
        if (row >= rows) continue;
        const float *numbers = source + row * step + x;
        if (present == LANES)
            square[row] = *(const loose *)numbers;
        else
            for (long i = 0; i < present; i++) square[row][i] = numbers[i];
    }
    transpose(square);
}

VERSIONS void cfourier_gather(
    const float *re, long re_rows, const float *im, long im_rows, long step, long count, float *line) {
    for (long x = 0; x < count; x += LANES) {
        loose real[LANES], imaginary[LANES];
        gather(re, re_rows, step, x, count, real);
        gather(im, im_rows, step, x, count, imaginary);
        for (long i = 0; i < LANES && x + i < count; i++) {
            sample *target = (sample *)line + x + i;
            target->re = real[i];
            target->im = imaginary[i];
        }
    }
}

VERSIONS void cfourier_scatter(const float *line, int imaginary, long rows, long step, long count, float *target) {
    for (long x = 0; x < count; x += LANES) {
        loose square[LANES];
        for (long i = 0; i < LANES; i++) {
            square[i] = (loose){};
            if (x + i >= count) continue;
            const sample *source = (const sample *)line + x + i;
            square[i] = imaginary ? source->im : source->re;
        }
        transpose(square);
        for (long row = 0; row < rows && row < LANES; row++) {
            float *numbers = target + row * step + x;
            if (count - x >= LANES)
                *(loose *)numbers = square[row];
            else
                for (long i = 0; i < count - x; i++) numbers[i] = square[row][i];
        }
    }
}

VERSIONS void cfourier_separate(
    const float *line, long length, int imaginary, long rows, long blocks, float *spectrum) {
    const sample *numbers = (const sample *)line;
    sample *target = (sample *)spectrum;
    for (long block = 0; block < blocks; block++) {
        loose re[LANES], im[LANES];
        for (long i = 0; i < LANES; i++) {
            long frequency = block * LANES + i;
            re[i] = im[i] = (loose){};
            if (frequency > length / 2) continue;
            sample a = numbers[frequency], b = numbers[frequency == 0 ? 0 : length - frequency];
            re[i] = (imaginary ? a.im + b.im : a.re + b.re) * 0.5f;
            im[i] = (imaginary ? b.re - a.re : a.im - b.im) * 0.5f;
        }
        transpose(re);
        transpose(im);
        for (long row = 0; row < rows && row < LANES; row++) {
            target[row * blocks + block].re = re[row];
            target[row * blocks + block].im = im[row];
        }
    }
}

VERSIONS void cfourier_columns(
    const cfourier_stage *stages, long count, const float *spectrum, long slices, long rows, long blocks, long length,
    float *plane, float *scratch) {
    const sample *source = (const sample *)spectrum;
    for (long slice = 0; slice < slices; slice++) {
        sample *line = (sample *)scratch;
        for (long row = 0; row < rows; row++) line[row] = source[(slice * rows + row) * blocks];
        const sample *result = run(stages, count, rows, length, line, line + length);
        sample *target = (sample *)plane + slice * length;
        for (long row = 0; row < length; row++) target[row] = result[row];
    }
}

typedef double wide __attribute__((vector_size(64), aligned(8)));

VERSIONS void cfourier_pair_sums(
    const cfourier_stage *stages, long count, const cfourier_pairs *pairs, float *scratch, double *sums) {
    const long depth = pairs->depth, height = pairs->height;
    const loose symmetry = *(const loose *)pairs->symmetry;
    wide total[3];
    for (int i = 0; i < 3; i++) total[i] = *(const wide *)(sums + LANES * i);
    for (long y = 0; y < height; y++) {
        const sample *lines[3];
        for (int i = 0; i < 3; i++) {
            sample *line = (sample *)scratch + 2 * i * depth;
            const sample *source = (const sample *)pairs->planes[i] + y;
            for (long z = 0; z < pairs->slices; z++) line[z] = source[z * height];
            lines[i] = run(stages, count, pairs->slices, depth, line, line + depth);
        }
        const float *kernel = pairs->kernel + (y < height - y ? y : height - y) * pairs->kernel_row;
        // Lines are short: single precision within one, double precision from line to line.
        lanes line[3] = {{}, {}, {}};
        for (long z = 0; z < depth; z++) {
            const lanes k = *(const loose *)(kernel + (z < depth - z ? z : depth - z) * pairs->kernel_slice);
            const sample x = lines[0][z], m = lines[1][z], u = lines[2][z];
            line[0] += k * (m.re * m.re + m.im * m.im);
            line[1] += k * (x.re * x.re + x.im * x.im);
            line[2] += k * (u.re * m.re + u.im * m.im);
        }
        for (int i = 0; i < 3; i++) total[i] += __builtin_convertvector(line[i] * symmetry, wide);
    }
    for (int i = 0; i < 3; i++) *(wide *)(sums + LANES * i) = total[i];
}

VERSIONS void cfourier_inverse_distances(long count, double step, double across, double along, float *values) {
    for (long x = 0; x < count; x++) {
        double dx = (double)x * step;
        values[x] = (float)(1 / sqrt(dx * dx + across * across + along * along));
    }
}

VERSIONS void cfourier_signals(
    long count, const float *intensities, const uint8_t *inside, double mean, double deviation, float *values, float *mask,
    float *squares) {
    for (long i = 0; i < count; i++) {
        const float value = (float)(((double)intensities[i] - mean) / deviation);
        values[i] = inside[i] ? value : 0;
        mask[i] = (float)inside[i];
        squares[i] = values[i] * values[i];
    }
}
