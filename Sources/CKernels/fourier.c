#include "CFourier.h"

#include <math.h>
#include <stddef.h>

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

// The first group of a stage has no rotation, and so has all of the last stage.
INLINE sample rotate_unless(int first, sample a, const float *w) { return first ? a : rotate(a, w); }

INLINE void group2(int first, long stride, long half, const float *w, const sample *source, sample *target) {
    for (long i = 0; i < stride; i++) {
        sample a = source[i], b = source[i + half];
        target[i] = add(a, b);
        target[i + stride] = rotate_unless(first, subtract(a, b), w);
    }
}

INLINE void group3(int first, long stride, long third, const float *w, const sample *source, sample *target) {
    for (long i = 0; i < stride; i++) {
        sample a = source[i], b = source[i + third], c = source[i + 2 * third];
        sample sum = add(b, c);
        sample turned = scale(turn(subtract(b, c)), 0.8660254037844386f);
        sample centre = subtract(a, scale(sum, 0.5f));
        target[i] = add(a, sum);
        target[i + stride] = rotate_unless(first, add(centre, turned), w);
        target[i + 2 * stride] = rotate_unless(first, subtract(centre, turned), w + 2);
    }
}

INLINE void group4(int first, long stride, long quarter, const float *w, const sample *source, sample *target) {
    for (long i = 0; i < stride; i++) {
        sample a = source[i], b = source[i + quarter];
        sample c = source[i + 2 * quarter], d = source[i + 3 * quarter];
        sample sum_ac = add(a, c), sum_bd = add(b, d);
        sample difference = subtract(a, c), turned = turn(subtract(b, d));
        target[i] = add(sum_ac, sum_bd);
        target[i + stride] = rotate_unless(first, add(difference, turned), w);
        target[i + 2 * stride] = rotate_unless(first, subtract(sum_ac, sum_bd), w + 2);
        target[i + 3 * stride] = rotate_unless(first, subtract(difference, turned), w + 4);
    }
}

INLINE void group5(int first, long stride, long fifth, const float *w, const sample *source, sample *target) {
    // Cosines and sines of 72 and 144 degrees.
    const float c1 = 0.3090169943749474f, c2 = -0.8090169943749474f;
    const float s1 = 0.9510565162951536f, s2 = 0.5877852522924731f;
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
        target[i + stride] = rotate_unless(first, add(near, near_turn), w);
        target[i + 2 * stride] = rotate_unless(first, add(far, far_turn), w + 2);
        target[i + 3 * stride] = rotate_unless(first, subtract(far, far_turn), w + 4);
        target[i + 4 * stride] = rotate_unless(first, subtract(near, near_turn), w + 6);
    }
}

// A stage whose group function is given.
#define STAGE(radix, group)                                                                                    \
    do {                                                                                                       \
        const long stride = stage->stride, part = stride * stage->groups;                                      \
        const float *w = stage->twiddles;                                                                      \
        group(1, stride, part, w, source, target);                                                             \
        for (long i = 1; i < stage->groups; i++)                                                               \
            group(0, stride, part, w + 2 * (radix - 1) * i, source + stride * i, target + radix * stride * i); \
    } while (0)

INLINE void apply(const cfourier_stage *stage, const sample *source, sample *target) {
    switch (stage->radix) {
    case 4: STAGE(4, group4); break;
    case 5: STAGE(5, group5); break;
    case 3: STAGE(3, group3); break;
    default: STAGE(2, group2); break;
    }
}

// The first stage, of radix 4, of a line of which the first `present` samples are given, at most half of them; the others
// are 0 and not read.
INLINE void radix4_half(long groups, long present, const float *w, const sample *source, sample *target) {
    long group = 0;
    for (; group + groups < present; group++, w += 6, target += 4) {
        sample a = source[group], b = source[group + groups], turned = turn(b);
        target[0] = add(a, b);
        target[1] = rotate(add(a, turned), w);
        target[2] = rotate(subtract(a, b), w + 2);
        target[3] = rotate(subtract(a, turned), w + 4);
    }
    for (; group < groups; group++, w += 6, target += 4) {
        sample a = group < present ? source[group] : (sample){};
        target[0] = a;
        target[1] = rotate(a, w);
        target[2] = rotate(a, w + 2);
        target[3] = rotate(a, w + 4);
    }
}

// Transforms a line of which the first `present` of `length` samples are given; the others are 0. Returns the one of the
// two buffers that holds the result, or the line itself if it has one sample.
INLINE const sample *run(
    const cfourier_stage *stages, long count, long present, long length, const sample *line, sample *data,
    sample *scratch) {
    if (count == 0) return line;
    if (stages->radix == 4 && present <= length / 2) {
        radix4_half(stages->groups, present, stages->twiddles, line, data);
    } else {
        if (present < length) {
            for (long i = 0; i < present; i++) scratch[i] = line[i];
            for (long i = present; i < length; i++) scratch[i] = (sample){};
            line = scratch;
        }
        apply(stages, line, data);
    }
    for (long i = 1; i < count; i++) {
        apply(stages + i, data, scratch);
        sample *swap = data;
        data = scratch;
        scratch = swap;
    }
    return data;
}

VERSIONS const float *cfourier_transform(
    const cfourier_stage *stages, long count, long present, long length, const float *line, float *scratch) {
    return (const float *)run(
        stages, count, present, length, (const sample *)line, (sample *)scratch, (sample *)scratch + length);
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
    const float *line, long length, int imaginary, long rows, long blocks, long step, float *spectrum) {
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
            target[block * step + row].re = re[row];
            target[block * step + row].im = im[row];
        }
    }
}

VERSIONS void cfourier_columns(
    const cfourier_stage *stages, long count, const float *spectrum, long slices, long rows, long length, float *plane,
    float *scratch) {
    const sample *source = (const sample *)spectrum;
    sample *data = (sample *)scratch;
    for (long slice = 0; slice < slices; slice++, source += rows) {
        const sample *result = run(stages, count, rows, length, source, data, data + length);
        sample *target = (sample *)plane + slice;
        for (long row = 0; row < length; row++) target[row * slices] = result[row];
    }
}

typedef double wide __attribute__((vector_size(64), aligned(8)));

VERSIONS void cfourier_pair_sums(
    const cfourier_stage *stages, long count, const cfourier_pairs *pairs, float *scratch, double *powers,
    double *products) {
    const long depth = pairs->depth, height = pairs->height;
    const loose symmetry = *(const loose *)pairs->symmetry;
    wide power = *(const wide *)powers, product = *(const wide *)products;
    for (long y = 0; y < height; y++) {
        const long row = y * pairs->slices;
        sample *data = (sample *)scratch, *other = data + 2 * depth;
        const sample *first =
            run(stages, count, pairs->slices, depth, (const sample *)pairs->first + row, data, data + depth);
        const float *kernel = pairs->kernel + (y < height - y ? y : height - y) * pairs->kernel_row;
        // Lines are short: single precision within one, double precision from line to line.
        lanes sum = {};
        for (long z = 0; z < depth; z++) {
            const lanes k = *(const loose *)(kernel + (z < depth - z ? z : depth - z) * pairs->kernel_slice);
            sum += k * (first[z].re * first[z].re + first[z].im * first[z].im);
        }
        power += __builtin_convertvector(sum * symmetry, wide);
        if (pairs->second == NULL) continue;
        const sample *second =
            run(stages, count, pairs->slices, depth, (const sample *)pairs->second + row, other, other + depth);
        sum = (lanes){};
        for (long z = 0; z < depth; z++) {
            const lanes k = *(const loose *)(kernel + (z < depth - z ? z : depth - z) * pairs->kernel_slice);
            sum += k * (second[z].re * first[z].re + second[z].im * first[z].im);
        }
        product += __builtin_convertvector(sum * symmetry, wide);
    }
    *(wide *)powers = power;
    *(wide *)products = product;
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
