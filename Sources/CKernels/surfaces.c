#include "CSurfaces.h"

#include <math.h>
#include <string.h>

#include "versions.h"

typedef double numbers __attribute__((vector_size(64), aligned(8)));

VERSIONS void csurfaces_cubes(
    const uint8_t *near, const uint8_t *next_near, const uint8_t *far, const uint8_t *next_far, long count,
    uint8_t *cubes) {
    for (long x = 0; x < count; x++) {
        const uint8_t left = near[x] | next_near[x] << 2 | far[x] << 4 | next_far[x] << 6;
        const uint8_t right = near[x + 1] | next_near[x + 1] << 2 | far[x + 1] << 4 | next_far[x + 1] << 6;
        cubes[x] = left | right << 1;
    }
}

void csurfaces_differences(const uint8_t *a, const uint8_t *b, long count, long *first, long *last) {
    long low = 0, high = count - 1;
    while (low + 8 <= count && memcmp(a + low, b + low, 8) == 0) low += 8;
    while (low < count && a[low] == b[low]) low++;
    while (high - 7 > low && memcmp(a + high - 7, b + high - 7, 8) == 0) high -= 8;
    while (high >= low && a[high] == b[high]) high--;
    *first = low;
    *last = low < count ? high : -1;
}

VERSIONS double csurfaces_extent(const double *x, const double *y, const double *z, long count, const double *direction) {
    numbers low = (numbers){} + INFINITY, high = (numbers){} - INFINITY;
    for (long i = 0; i + 8 <= count; i += 8) {
        const numbers along = *(const numbers *)(x + i) * direction[0] + *(const numbers *)(y + i) * direction[1] +
                              *(const numbers *)(z + i) * direction[2];
        low = __builtin_elementwise_min(along, low);
        high = __builtin_elementwise_max(along, high);
    }
    for (long i = count / 8 * 8; i < count; i++) {
        const double along = x[i] * direction[0] + y[i] * direction[1] + z[i] * direction[2];
        low[i % 8] = fmin(along, low[i % 8]);
        high[i % 8] = fmax(along, high[i % 8]);
    }
    double lowest = INFINITY, highest = -INFINITY;
    for (int lane = 0; lane < 8; lane++) {
        lowest = fmin(lowest, low[lane]);
        highest = fmax(highest, high[lane]);
    }
    return highest - lowest;
}

VERSIONS void csurfaces_facing(
    const double *x, const double *y, const double *z, long count, const double *direction, uint8_t *facing) {
    for (long i = 0; i < count; i++)
        facing[i] = x[i] * direction[0] + y[i] * direction[1] + z[i] * direction[2] > 1e-12;
}

long csurfaces_outline(
    const csurfaces_edge *edges, long count, const uint8_t *facing, int32_t *following, int32_t elsewhere,
    int32_t *start) {
    long found = 0;
    for (long i = 0; i < count; i++) {
        const csurfaces_edge edge = edges[i];
        const int left = facing[edge.left], on_outline = left != facing[edge.right];
        const int32_t from = left ? edge.from : edge.to, to = left ? edge.to : edge.from;
        // No branches: they cannot be foreseen.
        following[on_outline ? from : elsewhere] = to;
        *start = on_outline ? from : *start;
        found += on_outline;
    }
    return found;
}

VERSIONS long csurfaces_distances(
    const double *x, const double *y, const double *z, long count, const double *centre, const double *inverse,
    double *distances) {
    for (long i = 0; i < count; i++) {
        const double dx = x[i] - centre[0], dy = y[i] - centre[1], dz = z[i] - centre[2];
        distances[i] = 1 + inverse[0] * dx * dx + inverse[1] * dy * dy + inverse[2] * dz * dz +
                       2 * (inverse[3] * dx * dy + inverse[4] * dx * dz + inverse[5] * dy * dz);
    }
    numbers high = (numbers){} - INFINITY;
    for (long i = 0; i + 8 <= count; i += 8)
        high = __builtin_elementwise_max(*(const numbers *)(distances + i), high);
    double highest = -INFINITY;
    for (int lane = 0; lane < 8; lane++) highest = fmax(highest, high[lane]);
    for (long i = count / 8 * 8; i < count; i++) highest = fmax(highest, distances[i]);
    long place = 0;
    while (place < count - 1 && distances[place] != highest) place++;
    return place;
}

VERSIONS double csurfaces_farthest(const double *x, const double *y, const double *z, long count, long point, double least) {
    double largest = least;
    for (long i = 0; i < count; i++) {
        const double dx = x[i] - x[point], dy = y[i] - y[point], dz = z[i] - z[point];
        const double square = dx * dx + dy * dy + dz * dz;
        largest = square > largest ? square : largest;
    }
    return largest;
}
