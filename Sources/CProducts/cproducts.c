#include "CProducts.h"

// Vectors wider than the baseline's registers are passed to functions that are always inlined.
#pragma clang diagnostic ignored "-Wpsabi"
#pragma STDC FP_CONTRACT OFF

#if defined(__x86_64__) && defined(__linux__)
#define VERSIONS __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define VERSIONS
#endif

typedef double lanes __attribute__((vector_size(64), aligned(8)));
typedef int64_t integers __attribute__((vector_size(64), aligned(8)));
typedef float floats __attribute__((vector_size(64), aligned(4)));

// Rows whose columns are copied together, rows of the sums and columns of the sums that stay in registers.
enum { CHUNK = 256, TALL = 4, WIDE = 8 };

VERSIONS void cproducts_grid(
    long rows, long width, long columns, const double *left, const double *right, double magic, int triangle,
    double *work, int64_t *sums) {
    double *panel = work, *factors = work + CHUNK * WIDE;
    long bands = (width + TALL - 1) / TALL;
    for (long first = 0; first < rows; first += CHUNK) {
        long count = rows - first < CHUNK ? rows - first : CHUNK;
        // What is multiplied is read in order; beyond the edge it is 0.
        for (long band = 0; band < bands; band++)
            for (long row = 0; row < count; row++)
                for (long i = 0; i < TALL; i++) {
                    long at = band * TALL + i;
                    factors[(band * count + row) * TALL + i] = at < width ? left[(first + row) * width + at] : 0;
                }
        for (long start = 0; start < columns; start += WIDE) {
            long wide = columns - start < WIDE ? columns - start : WIDE;
            for (long row = 0; row < count; row++)
                for (long j = 0; j < WIDE; j++)
                    panel[row * WIDE + j] = j < wide ? right[(first + row) * columns + start + j] : 0;
            for (long band = 0; band < bands; band++) {
                if (triangle && band * TALL > start + WIDE - 1) break;
                integers sum0 = {0}, sum1 = {0}, sum2 = {0}, sum3 = {0};
                const double *factor = factors + band * count * TALL;
                for (long row = 0; row < count; row++, factor += TALL) {
                    lanes x = *(const lanes *)(panel + row * WIDE);
                    sum0 += (integers)(factor[0] * x + magic);
                    sum1 += (integers)(factor[1] * x + magic);
                    sum2 += (integers)(factor[2] * x + magic);
                    sum3 += (integers)(factor[3] * x + magic);
                }
                integers block[TALL] = {sum0, sum1, sum2, sum3};
                long tall = width - band * TALL < TALL ? width - band * TALL : TALL;
                for (long i = 0; i < tall; i++) {
                    uint64_t *own = (uint64_t *)sums + (band * TALL + i) * columns + start;
                    for (long j = 0; j < wide; j++) own[j] += (uint64_t)block[i][j];
                }
            }
        }
    }
}

VERSIONS void cproducts_rows(
    long rows, long width, long columns, const double *left, const double *right, double *products) {
    long whole = columns / WIDE * WIDE;
    for (long row = 0; row < rows; row++)
        for (long i = 0; i < width; i++) {
            const double *a = left + row * columns, *b = right + i * columns;
            lanes sum = {0};
            for (long j = 0; j < whole; j += WIDE) sum += *(const lanes *)(a + j) * *(const lanes *)(b + j);
            double rest = 0;
            for (long j = whole; j < columns; j++) rest += a[j] * b[j];
            products[row * width + i] =
                (((sum[0] + sum[4]) + (sum[1] + sum[5])) + ((sum[2] + sum[6]) + (sum[3] + sum[7]))) + rest;
        }
}

VERSIONS void cproducts_symmetric(long order, const float *matrix, const float *vector, float *product) {
    for (long row = 0; row < order; row++) {
        const float *own = matrix + row * order;
        floats sum = {0};
        for (long j = 0; j < order; j += 16) sum += *(const floats *)(own + j) * *(const floats *)(vector + j);
        float total = 0;
        for (int lane = 0; lane < 16; lane++) total += sum[lane];
        product[row] = total;
    }
}

VERSIONS void cproducts_add(long count, double factor, const double *source, double *target) {
    long whole = count / WIDE * WIDE;
    for (long j = 0; j < whole; j += WIDE) *(lanes *)(target + j) += factor * *(const lanes *)(source + j);
    for (long j = whole; j < count; j++) target[j] += factor * source[j];
}
