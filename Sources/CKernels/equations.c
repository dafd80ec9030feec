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

// Below this share of its diagonal element a pivot counts as none.
static const float singular = 1e-5f;

VERSIONS void cproducts_factor(long count, long width, float *factor, float *inverse) {
    for (long i = 0; i < count; i += TALL) {
        float *own[TALL];
        EACH own[a] = factor + (i + a) * width;
        float diagonal[TALL];
        EACH diagonal[a] = own[a][i + a];
        for (long j = i / LANES * LANES; j < width; j += TALL * LANES) {
            long size = (width - j) / LANES;
            if (size >= TALL) {
                floats sum[TALL][TALL];
                EACH for (int b = 0; b < TALL; b++) sum[a][b] = OF(own[a] + j + b * LANES);
                for (long k = 0; k < i; k++) {
                    const float *above = factor + k * width;
                    floats x[TALL];
                    EACH x[a] = OF(above + j + a * LANES);
                    EACH {
                        float scale = above[i + a];
                        for (int b = 0; b < TALL; b++) sum[a][b] -= scale * x[b];
                    }
                }
                EACH for (int b = 0; b < TALL; b++) AT(own[a] + j + b * LANES) = sum[a][b];
            } else {
                for (long b = 0; b < size; b++) {
                    floats sum[TALL];
                    EACH sum[a] = OF(own[a] + j + b * LANES);
                    for (long k = 0; k < i; k++) {
                        const float *above = factor + k * width;
                        floats x = OF(above + j + b * LANES);
                        EACH sum[a] -= above[i + a] * x;
                    }
                    EACH AT(own[a] + j + b * LANES) = sum[a];
                }
            }
        }
        for (long a = 0; a < TALL && i + a < count; a++) {
            float pivot = own[a][i + a];
            if (!(pivot > singular * diagonal[a])) pivot = diagonal[a];
            inverse[i + a] = 1 / sqrtf(pivot);
            for (long j = i / LANES * LANES; j < width; j += LANES) AT(own[a] + j) *= inverse[i + a];
            for (long j = i / LANES * LANES; j <= i + a; j++) own[a][j] = 0;
            for (long b = a + 1; b < TALL; b++) {
                float scale = own[a][i + b];
                for (long j = i / LANES * LANES; j < width; j += LANES) AT(own[b] + j) -= scale * OF(own[a] + j);
            }
        }
    }
}

// Forward: of the transposed factor.
INLINE void forward(long count, long width, const float *factor, const float *inverse, float *vector) {
    for (long k = 0; k < count; k += TALL) {
        const float *own[TALL];
        EACH own[a] = factor + (k + a) * width;
        float x[TALL];
        EACH {
            x[a] = vector[k + a];
            for (int b = 0; b < a; b++) x[a] -= own[b][k + a] * x[b];
            x[a] *= inverse[k + a];
        }
        for (long j = k / LANES * LANES; j < width; j += LANES)
            AT(vector + j) -= (x[0] * OF(own[0] + j) + x[1] * OF(own[1] + j))
                + (x[2] * OF(own[2] + j) + x[3] * OF(own[3] + j));
        EACH vector[k + a] = x[a];
    }
}

INLINE void backward(long count, long width, const float *factor, const float *inverse, float *vector) {
    for (long k = (count - 1) / TALL * TALL; k >= 0; k -= TALL) {
        const float *own[TALL];
        EACH own[a] = factor + (k + a) * width;
        float x[TALL];
        floats sum[TALL] = {0};
        EACH {
            x[a] = vector[k + a];
            vector[k + a] = 0;
        }
        for (long j = k / LANES * LANES; j < width; j += LANES) {
            floats y = OF(vector + j);
            EACH sum[a] += OF(own[a] + j) * y;
        }
        for (int a = TALL - 1; a >= 0; a--) {
            x[a] -= total(&sum[a]);
            for (int b = a + 1; b < TALL; b++) x[a] -= own[a][k + b] * x[b];
            x[a] *= inverse[k + a];
        }
        EACH vector[k + a] = x[a];
    }
}

VERSIONS void cproducts_border(long count, long width, float *factor, float *inverse, float diagonal, float *column) {
    forward(count, width, factor, inverse, column);
    float pivot = diagonal;
    for (long k = 0; k < count; k++) {
        pivot -= column[k] * column[k];
        factor[k * width + count] = column[k];
    }
    inverse[count] = 1 / sqrtf(pivot > singular * diagonal ? pivot : diagonal);
}

// The preconditioner: the factored rows by their equations, the others by their diagonal.
INLINE void condition(
    long stride, const float *inverse, long factored, long width, const float *factor, const float *pivots,
    const int64_t *places, float *vector, const float *right, float *output) {
    for (long j = 0; j < stride; j += LANES) AT(output + j) = OF(inverse + j) * OF(right + j);
    for (long k = 0; k < width; k++) vector[k] = k < factored && inverse[places[k]] != 0 ? right[places[k]] : 0;
    forward(factored, width, factor, pivots, vector);
    backward(factored, width, factor, pivots, vector);
    for (long k = 0; k < factored; k++)
        if (inverse[places[k]] != 0) output[places[k]] = vector[k];
}

VERSIONS long cproducts_solve(
    long stride, const float *matrix, const float *ridges, const float *inverse, long count, const int64_t *rows,
    long factored, long width, const float *factor, const float *pivots, const int64_t *places,
    float share, float least, long limit, float *right, float *work, float *solution) {
    float *way = work, *image = work + stride, *next = image + stride, *vector = next + stride;
    float end = share * largest(count, rows, right), size = 0;
    if (least > end) end = least;
    for (long j = 0; j < stride; j += LANES) AT(solution + j) = (floats){0};
    condition(stride, inverse, factored, width, factor, pivots, places, vector, right, way);
    size = dot(stride, way, right);
    for (long step = 0; step < limit; step++) {
        symmetric(stride, matrix, count, rows, way, image);
        // Beside the rows the way is 0, and so is the inverse.
        for (long j = 0; j < stride; j += LANES) AT(image + j) += OF(ridges + j) * OF(way + j);
        float bend = dot(stride, way, image);
        if (!(bend > 0) || !(size > 0)) return step;
        float length = size / bend;
        for (long j = 0; j < stride; j += LANES) {
            AT(solution + j) += length * OF(way + j);
            AT(right + j) -= length * OF(image + j);
        }
        if (largest(count, rows, right) <= end) return step + 1;
        condition(stride, inverse, factored, width, factor, pivots, places, vector, right, next);
        float sum = dot(stride, next, right), turn = sum / size;
        for (long j = 0; j < stride; j += LANES) AT(way + j) = OF(next + j) + turn * OF(way + j);
        size = sum;
    }
    return limit;
}
