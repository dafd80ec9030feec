#include "CIntensities.h"

#include <math.h>
#include <string.h>

#include "versions.h"

typedef float four __attribute__((vector_size(16), aligned(4)));
typedef double sums __attribute__((vector_size(32), aligned(8)));
typedef double window __attribute__((vector_size(64), aligned(8)));

VERSIONS cintensities_summary cintensities_summarise(const float *numbers, long count) {
    cintensities_summary result = {INFINITY, -INFINITY, {0}, {0}};
    // Adding and subtracting it rounds.
    const float rounder = 0x1.8p23f;
    four low = (four){} + INFINITY, high = (four){} - INFINITY;
    sums plain = {}, whole = {};
    for (long i = 0; i + 4 <= count; i += 4) {
        const four n = *(const four *)(numbers + i);
        low = __builtin_elementwise_min(n, low);
        high = __builtin_elementwise_max(n, high);
        plain += __builtin_convertvector(n, sums);
        whole += __builtin_convertvector((n + rounder) - rounder, sums);
    }
    for (long i = count / 4 * 4; i < count; i++) {
        low[i % 4] = fminf(numbers[i], low[i % 4]);
        high[i % 4] = fmaxf(numbers[i], high[i % 4]);
        plain[i % 4] += (double)numbers[i];
        whole[i % 4] += (double)((numbers[i] + rounder) - rounder);
    }
    for (int lane = 0; lane < 4; lane++) {
        result.low = fminf(result.low, low[lane]);
        result.high = fmaxf(result.high, high[lane]);
        result.sums[lane] = plain[lane];
        result.whole[lane] = whole[lane];
    }
    return result;
}

VERSIONS double cintensities_windows(
    const double *const *low, const double *const *high, long rows, long width, const uint8_t *mask, double *sums) {
    long x = 0;
    // Two vectors a turn: additions that do not wait for each other.
    for (; x + 16 <= width; x += 16) {
        window a = *(const window *)(sums + x), b = *(const window *)(sums + x + 8);
        for (long row = 0; row < rows; row++) {
            a += *(const window *)(high[row] + x) - *(const window *)(low[row] + x);
            b += *(const window *)(high[row] + x + 8) - *(const window *)(low[row] + x + 8);
        }
        *(window *)(sums + x) = a;
        *(window *)(sums + x + 8) = b;
    }
    for (; x + 8 <= width; x += 8) {
        window a = *(const window *)(sums + x);
        for (long row = 0; row < rows; row++)
            a += *(const window *)(high[row] + x) - *(const window *)(low[row] + x);
        *(window *)(sums + x) = a;
    }
    for (; x < width; x++)
        for (long row = 0; row < rows; row++) sums[x] += high[row][x] - low[row][x];
    double highest = -INFINITY;
    for (x = 0; x < width; x++) {
        const double sum = mask[x] ? sums[x] : -INFINITY;
        if (sum > highest) highest = sum;
    }
    return highest;
}

void cintensities_extent(const uint8_t *bytes, long count, long *first, long *last) {
    long low = 0, high = count - 1;
    uint64_t eight;
    while (low + 8 <= count && (memcpy(&eight, bytes + low, 8), eight == 0)) low += 8;
    while (low < count && bytes[low] == 0) low++;
    while (high - 7 > low && (memcpy(&eight, bytes + high - 7, 8), eight == 0)) high -= 8;
    while (high >= low && bytes[high] == 0) high--;
    *first = low;
    *last = low < count ? high : -1;
}
