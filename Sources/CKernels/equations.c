#include "CProducts.h"

#include <math.h>

#include "versions.h"

typedef float floats __attribute__((vector_size(64), aligned(4)));
typedef float halves __attribute__((vector_size(32)));
typedef float quarters __attribute__((vector_size(16)));

enum { LANES = 16, TALL = 4 };

#define AT(place) (*(floats *)(place))
#define OF(place) (*(const floats *)(place))
#define EACH for (int a = 0; a < TALL; a++)

VERSIONS void cproducts_add(long count, float factor, const float *source, float *target) {
    for (long j = 0; j < count; j += LANES) AT(target + j) += factor * OF(source + j);
}

VERSIONS void cproducts_update(
    long rows, long stride, float *matrix, const float *a, const float *x, const float *b, const float *y) {
    for (long i = 0; i < rows; i++) {
        float *own = matrix + i * stride;
        for (long j = 0; j < stride; j += LANES) AT(own + j) += a[i] * OF(x + j) + b[i] * OF(y + j);
    }
}

// Of all lanes, in a fixed order; by its place, as a vector that wide is no argument.
INLINE float total(const floats *lanes) {
    floats sum = *lanes;
    halves half = __builtin_shufflevector(sum, sum, 0, 1, 2, 3, 4, 5, 6, 7)
        + __builtin_shufflevector(sum, sum, 8, 9, 10, 11, 12, 13, 14, 15);
    quarters quarter =
        __builtin_shufflevector(half, half, 0, 1, 2, 3) + __builtin_shufflevector(half, half, 4, 5, 6, 7);
    return (quarter[0] + quarter[2]) + (quarter[1] + quarter[3]);
}

// Of the listed rows and of what lies above the diagonal, in blocks of 16 columns: each element is read once for itself and for its mirror image.
// Within the block of its diagonal a row stands for itself.
INLINE void symmetric(
    long stride, const float *matrix, long count, const int64_t *rows, const float *vector, float *product) {
    for (long j = 0; j < stride; j += LANES) AT(product + j) = (floats){0};
    for (long i = 0; i < count;) {
        long block = rows[i] / LANES * LANES, size = 1;
        while (size < TALL && i + size < count && rows[i + size] < block + LANES) size++;
        const float *own[TALL];
        float factor[TALL];
        floats sum[TALL], x = OF(vector + block);
        EACH {
            own[a] = matrix + rows[a < size ? i + a : i] * stride;
            factor[a] = a < size ? vector[rows[i + a]] : 0;
            sum[a] = OF(own[a] + block) * x;
        }
        for (long j = block + LANES; j < stride; j += LANES) {
            x = OF(vector + j);
            floats y = OF(product + j);
            EACH {
                floats element = OF(own[a] + j);
                sum[a] += element * x;
                y += factor[a] * element;
            }
            AT(product + j) = y;
        }
        for (long a = 0; a < size; a++) product[rows[i + a]] += total(&sum[a]);
        i += size;
    }
}

VERSIONS void cproducts_symmetric(
    long stride, const float *matrix, long count, const int64_t *rows, const float *vector, float *product) {
    symmetric(stride, matrix, count, rows, vector, product);
}

INLINE float dot(long stride, const float *a, const float *b) {
    floats sum = {0};
    for (long j = 0; j < stride; j += LANES) sum += OF(a + j) * OF(b + j);
    return total(&sum);
}

INLINE float largest(long count, const int64_t *rows, const float *vector) {
    float most = 0;
    for (long i = 0; i < count; i++) most = fabsf(vector[rows[i]]) > most ? fabsf(vector[rows[i]]) : most;
    return most;
}

VERSIONS void cproducts_solve(
    long stride, const float *matrix, const float *ridges, const float *inverse, long count, const int64_t *rows,
    float share, float least, long limit, float *right, float *work, float *solution) {
    float *way = work, *image = work + stride;
    float end = share * largest(count, rows, right), size = 0;
    if (least > end) end = least;
    for (long j = 0; j < stride; j += LANES) {
        AT(way + j) = OF(inverse + j) * OF(right + j);
        AT(solution + j) = (floats){0};
    }
    size = dot(stride, way, right);
    for (long step = 0; step < limit; step++) {
        symmetric(stride, matrix, count, rows, way, image);
        // Beside the rows the way is 0, and so is the inverse.
        for (long j = 0; j < stride; j += LANES) AT(image + j) += OF(ridges + j) * OF(way + j);
        float bend = dot(stride, way, image);
        if (!(bend > 0) || !(size > 0)) return;
        float length = size / bend;
        for (long j = 0; j < stride; j += LANES) {
            AT(solution + j) += length * OF(way + j);
            AT(right + j) -= length * OF(image + j);
        }
        if (largest(count, rows, right) <= end) return;
        floats sum = {0};
        for (long j = 0; j < stride; j += LANES) sum += OF(inverse + j) * OF(right + j) * OF(right + j);
        float next = total(&sum), turn = next / size;
        for (long j = 0; j < stride; j += LANES) AT(way + j) = OF(inverse + j) * OF(right + j) + turn * OF(way + j);
        size = next;
    }
}
