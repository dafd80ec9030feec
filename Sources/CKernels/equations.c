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

// The inverse of a square block on the diagonal, 16 x 16, gets column `c`: `own` is that of the factor, `pivot` the inverse of its diagonal element.
INLINE void invert(float *block, long c, const float *own, long step, float pivot) {
    for (long a = 0; a < c; a++) {
        float sum = 0;
        for (long b = a; b < c; b++) sum += block[a * LANES + b] * own[b * step];
        block[a * LANES + c] = -sum * pivot;
    }
    block[c * LANES + c] = pivot;
}

VERSIONS void cproducts_factor(long count, long width, float *factor, float *blocks) {
    for (long i = 0; i < count; i += TALL) {
        float *own[TALL];
        EACH own[a] = factor + (i + a) * width;
        float diagonal[TALL];
        EACH diagonal[a] = own[a][i + a];
        long first = i / LANES * LANES;
        for (long j = first; j < width; j += TALL * LANES) {
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
            pivot = 1 / sqrtf(pivot);
            for (long j = first; j < width; j += LANES) AT(own[a] + j) *= pivot;
            for (long j = first; j <= i + a; j++) own[a][j] = 0;
            for (long b = a + 1; b < TALL; b++) {
                float scale = own[a][i + b];
                for (long j = first; j < width; j += LANES) AT(own[b] + j) -= scale * OF(own[a] + j);
            }
            invert(blocks + first * LANES, i + a - first, factor + first * width + i + a, width, pivot);
        }
    }
}

// Solves the equations of the transposed factor.
INLINE void forward(long count, long width, const float *factor, const float *blocks, float *vector) {
    for (long k = 0; k < count; k += LANES) {
        const float *own = factor + k * width, *block = blocks + k * LANES;
        floats sum[TALL] = {0};
        for (int b = 0; b < LANES; b += TALL) EACH sum[a] += vector[k + a + b] * OF(block + (a + b) * LANES);
        AT(vector + k) = (sum[0] + sum[1]) + (sum[2] + sum[3]);
        float x[LANES];
        for (int a = 0; a < LANES; a++) x[a] = vector[k + a];
        for (long j = k + LANES; j < width; j += LANES) {
            floats part[TALL];
            EACH part[a] = x[a] * OF(own + a * width + j);
            for (int b = TALL; b < LANES; b += TALL) EACH part[a] += x[a + b] * OF(own + (a + b) * width + j);
            AT(vector + j) -= (part[0] + part[1]) + (part[2] + part[3]);
        }
    }
}

// Of two vectors the lanes whose place has the bit from the second, each added to its neighbour in that bit.
#define FOLD(x, y, bit)                                                                                    \
    (__builtin_shufflevector(                                                                              \
         x, y, PICK(0, bit), PICK(1, bit), PICK(2, bit), PICK(3, bit), PICK(4, bit), PICK(5, bit),         \
         PICK(6, bit), PICK(7, bit), PICK(8, bit), PICK(9, bit), PICK(10, bit), PICK(11, bit),             \
         PICK(12, bit), PICK(13, bit), PICK(14, bit), PICK(15, bit))                                       \
     + __builtin_shufflevector(                                                                            \
         x, y, PAIR(0, bit), PAIR(1, bit), PAIR(2, bit), PAIR(3, bit), PAIR(4, bit), PAIR(5, bit),         \
         PAIR(6, bit), PAIR(7, bit), PAIR(8, bit), PAIR(9, bit), PAIR(10, bit), PAIR(11, bit),             \
         PAIR(12, bit), PAIR(13, bit), PAIR(14, bit), PAIR(15, bit)))
#define PICK(lane, bit) ((lane) + ((lane) & (bit) ? LANES : 0))
#define PAIR(lane, bit) (((lane) ^ (bit)) + ((lane) & (bit) ? LANES : 0))

// The totals of 16 vectors.
INLINE void totals(floats *sums) {
    for (int a = 0; a < 8; a++) sums[a] = FOLD(sums[a], sums[a + 8], 8);
    for (int a = 0; a < 4; a++) sums[a] = FOLD(sums[a], sums[a + 4], 4);
    for (int a = 0; a < 2; a++) sums[a] = FOLD(sums[a], sums[a + 2], 2);
    sums[0] = FOLD(sums[0], sums[1], 1);
}

// Solves the equations of the factor.
INLINE void backward(long count, long width, const float *factor, const float *blocks, float *vector) {
    for (long k = (count - 1) / LANES * LANES; k >= 0; k -= LANES) {
        const float *own = factor + k * width, *block = blocks + k * LANES;
        floats sums[LANES] = {0};
        for (long j = k + LANES; j < width; j += LANES) {
            floats y = OF(vector + j);
            for (int a = 0; a < LANES; a++) sums[a] += OF(own + a * width + j) * y;
        }
        totals(sums);
        floats right = OF(vector + k) - sums[0];
        for (int a = 0; a < LANES; a++) sums[a] = OF(block + a * LANES) * right;
        totals(sums);
        AT(vector + k) = sums[0];
    }
}

VERSIONS void cproducts_border(long count, long width, float *factor, float *blocks, float diagonal, float *column) {
    forward(count, width, factor, blocks, column);
    float pivot = diagonal;
    for (long k = 0; k < count; k++) {
        pivot -= column[k] * column[k];
        factor[k * width + count] = column[k];
    }
    long first = count / LANES * LANES;
    invert(
        blocks + first * LANES, count - first, column + first, 1, 1 / sqrtf(pivot > singular * diagonal ? pivot : diagonal));
}

// The preconditioner: the factored rows by their equations, the others by their diagonal.
INLINE void condition(
    long stride, const float *inverse, long factored, long width, const float *factor, const float *blocks,
    const int64_t *places, float *vector, const float *right, float *output) {
    for (long j = 0; j < stride; j += LANES) AT(output + j) = OF(inverse + j) * OF(right + j);
    for (long k = 0; k < width; k++) vector[k] = k < factored && inverse[places[k]] != 0 ? right[places[k]] : 0;
    forward(factored, width, factor, blocks, vector);
    backward(factored, width, factor, blocks, vector);
    for (long k = 0; k < factored; k++)
        if (inverse[places[k]] != 0) output[places[k]] = vector[k];
}

VERSIONS long cproducts_solve(
    long stride, const float *matrix, const float *ridges, const float *inverse, long count, const int64_t *rows,
    long factored, long width, const float *factor, const float *blocks, const int64_t *places,
    float share, float least, long limit, float *right, float *work, float *solution) {
    float *way = work, *image = work + stride, *next = image + stride, *vector = next + stride;
    float end = share * largest(count, rows, right), size = 0;
    if (least > end) end = least;
    for (long j = 0; j < stride; j += LANES) AT(solution + j) = (floats){0};
    condition(stride, inverse, factored, width, factor, blocks, places, vector, right, way);
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
        condition(stride, inverse, factored, width, factor, blocks, places, vector, right, next);
        float sum = dot(stride, next, right), turn = sum / size;
        for (long j = 0; j < stride; j += LANES) AT(way + j) = OF(next + j) + turn * OF(way + j);
        size = sum;
    }
    return limit;
}
