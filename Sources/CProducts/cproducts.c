#include "CProducts.h"

#include <math.h>

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

enum { WIDE = 8, TALL = 4, BLOCK = 32, CHUNK = 1024 };

#define AT(place) (*(const lanes *)(place))
#define EACH for (int a = 0; a < TALL; a++)

// Four columns by four, whose sums stay in registers, of up to 1024 rows. Beyond the edge the last column is taken again.
#define TILES(name, attributes, ROUNDED)                                                                        \
    attributes static void name(                                                                                \
        long rows, long stride, long lefts, const double *left, long rights, const double *right,               \
        const int64_t *columns, double magic, int triangle, int64_t *sums) {                                    \
        const lanes origin = magic - (lanes){0};                                                                \
        for (long first = 0; first < rows; first += CHUNK)                                                      \
            for (long block = 0; block < lefts; block += BLOCK)                                                 \
                for (long j = 0; j < rights; j += TALL)                                                         \
                    for (long i = block; i < lefts && i < block + BLOCK; i += TALL) {                           \
                        if (triangle && i > j + TALL - 1) break;                                                \
                        long end = rows - first < CHUNK ? rows - first : CHUNK;                                 \
                        const double *l[TALL], *r[TALL];                                                        \
                        EACH {                                                                                  \
                            long own = i + a < lefts ? i + a : lefts - 1;                                       \
                            long other = j + a < rights ? j + a : rights - 1;                                   \
                            l[a] = left + own * stride + first;                                                 \
                            r[a] = right + (columns ? columns[other] : other) * stride + first;                 \
                        }                                                                                       \
                        integers sum[TALL][TALL] = {0};                                                         \
                        for (long row = 0; row < end; row += WIDE) {                                            \
                            lanes x0 = AT(r[0] + row), x1 = AT(r[1] + row), x2 = AT(r[2] + row);                \
                            lanes x3 = AT(r[3] + row);                                                          \
                            EACH {                                                                              \
                                lanes factor = AT(l[a] + row);                                                  \
                                sum[a][0] += (integers)ROUNDED(factor, x0, origin);                             \
                                sum[a][1] += (integers)ROUNDED(factor, x1, origin);                             \
                                sum[a][2] += (integers)ROUNDED(factor, x2, origin);                             \
                                sum[a][3] += (integers)ROUNDED(factor, x3, origin);                             \
                            }                                                                                   \
                        }                                                                                       \
                        for (long a = 0; a < TALL && i + a < lefts; a++)                                        \
                            for (long b = 0; b < TALL && j + b < rights; b++) {                                 \
                                uint64_t *own = (uint64_t *)sums + (i + a) * rights + j + b;                    \
                                for (int lane = 0; lane < WIDE; lane++) *own += (uint64_t)sum[a][b][lane];      \
                            }                                                                                   \
                    }                                                                                           \
    }

#define FUSED(factor, x, origin) __builtin_elementwise_fma(factor, x, origin)

// Without fused operations: a product that was rounded to a double lies on the wrong side of the middle between two multiples only where it
// seems to lie on it.
static inline __attribute__((always_inline)) lanes stepwise(lanes factor, lanes x, lanes origin) {
    lanes product = factor * x, sum = product + origin, rest = product - (sum - origin);
    const double half = origin[0] / 1.5 * 0x1p-53;
    integers isMiddle = (rest == half) | (rest == -half);
    int64_t any = 0;
    for (int lane = 0; lane < WIDE; lane++) any |= isMiddle[lane];
    if (any)
        for (int lane = 0; lane < WIDE; lane++) sum[lane] = fma(factor[lane], x[lane], origin[lane]);
    return sum;
}

TILES(baseline, , stepwise)
#if defined(__x86_64__) && defined(__linux__)
TILES(fused256, __attribute__((target("avx2,fma"))), FUSED)
TILES(fused512, __attribute__((target("avx512f"))), FUSED)
#elif defined(__aarch64__)
TILES(fused128, , FUSED)
#endif

void cproducts_grid(
    long rows, long stride, long lefts, const double *left, long rights, const double *right, const int64_t *columns,
    double magic, int triangle, int64_t *sums) {
#if defined(__x86_64__) && defined(__linux__)
    if (__builtin_cpu_supports("avx512f")) {
        fused512(rows, stride, lefts, left, rights, right, columns, magic, triangle, sums);
        return;
    }
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
        fused256(rows, stride, lefts, left, rights, right, columns, magic, triangle, sums);
        return;
    }
#elif defined(__aarch64__)
    fused128(rows, stride, lefts, left, rights, right, columns, magic, triangle, sums);
    return;
#endif
    baseline(rows, stride, lefts, left, rights, right, columns, magic, triangle, sums);
}

VERSIONS void cproducts_combine(
    long stride, long count, const double *table, const int64_t *columns, long width, const double *factors,
    double *products) {
    enum { ROWS = 256 };
    for (long first = 0; first < stride; first += ROWS) {
        long end = stride - first < ROWS ? stride - first : ROWS;
        for (long j = 0; j < count; j += TALL) {
            const double *x[TALL];
            EACH x[a] = table + columns[j + a < count ? j + a : j] * stride + first;
            for (long i = 0; i < width; i++) {
                double c[TALL];
                EACH c[a] = j + a < count ? factors[i * count + j + a] : 0;
                if (c[0] == 0 && c[1] == 0 && c[2] == 0 && c[3] == 0) continue;
                double *own = products + i * stride + first;
                for (long row = 0; row < end; row += WIDE)
                    *(lanes *)(own + row) = (((AT(own + row) + c[0] * AT(x[0] + row)) + c[1] * AT(x[1] + row))
                                             + c[2] * AT(x[2] + row))
                        + c[3] * AT(x[3] + row);
            }
        }
    }
}

#define CHOOSE(mask, yes, no) ((lanes)(((mask) & (integers)(yes)) | (~(mask) & (integers)(no))))

VERSIONS void cproducts_logistic(
    long count, const double *predictors, const double *events, double *logLikelihoods, double *residuals,
    double *weights) {
    static const double inverseFactorials[] = {
        1.0 / 6227020800, 1.0 / 479001600, 1.0 / 39916800, 1.0 / 3628800, 1.0 / 362880, 1.0 / 40320, 1.0 / 5040,
        1.0 / 720, 1.0 / 120, 1.0 / 24, 1.0 / 6, 1.0 / 2, 1, 1,
    };
    // 1.5 * 2^52: its last bit is 1.
    const double magic = 6755399441055744.0;
    for (long row = 0; row < count; row += WIDE) {
        lanes eta = AT(predictors + row);
        integers isEvent = AT(events + row) != 0, isHigh = eta >= 0;
        lanes x = CHOOSE(isHigh, eta, -eta);
        lanes shifted = x * 1.4426950408889634 + magic, k = shifted - magic;
        lanes r = (k * 6.93147180369123816490e-01 - x) + k * 1.90821492927058770002e-10;
        lanes e = inverseFactorials[0] - (lanes){0};
        for (int order = 1; order < 14; order++) e = e * r + inverseFactorials[order];
        integers power = ((integers)(lanes)(1023 + magic - k)) << 52;
        e *= (lanes)power;
        lanes small = e / (1 + e), large = 1 / (1 + e), s = e / (2 + e), square = s * s, sum = {0};
        for (int order = 35; order > 0; order -= 2) sum = sum * square + 1.0 / order;
        integers isLikely = ~(isHigh ^ isEvent);
        lanes miss = CHOOSE(isLikely, small, large), zero = {0};
        *(lanes *)(logLikelihoods + row) = CHOOSE(isLikely, zero, -x) - 2 * s * sum;
        *(lanes *)(residuals + row) = CHOOSE(isEvent, miss, -miss);
        *(lanes *)(weights + row) = small * large;
    }
}

#define FLOATS(place) (*(const floats *)(place))

// Of the listed rows and of what lies above the diagonal, in blocks of 16 columns: each element is read once for itself and for its mirror image.
// Within the block of its diagonal a row stands for itself.
#define SYMMETRIC(stride, matrix, count, rows, vector, product)                                             \
    do {                                                                                                    \
        for (long j = 0; j < stride; j += 16) *(floats *)(product + j) = (floats){0};                       \
        for (long i = 0; i < count;) {                                                                      \
            long block = rows[i] / 16 * 16, size = 1;                                                       \
            while (size < TALL && i + size < count && rows[i + size] < block + 16) size++;                  \
            const float *own[TALL];                                                                         \
            float factor[TALL];                                                                             \
            floats sum[TALL], x = FLOATS(vector + block);                                                   \
            EACH {                                                                                          \
                own[a] = matrix + rows[a < size ? i + a : i] * stride;                                      \
                factor[a] = a < size ? vector[rows[i + a]] : 0;                                             \
                sum[a] = FLOATS(own[a] + block) * x;                                                        \
            }                                                                                               \
            for (long j = block + 16; j < stride; j += 16) {                                                \
                x = FLOATS(vector + j);                                                                     \
                floats y = FLOATS(product + j);                                                             \
                EACH {                                                                                      \
                    floats element = FLOATS(own[a] + j);                                                    \
                    sum[a] += element * x;                                                                  \
                    y += factor[a] * element;                                                               \
                }                                                                                           \
                *(floats *)(product + j) = y;                                                               \
            }                                                                                               \
            for (long a = 0; a < size; a++)                                                                 \
                for (int lane = 0; lane < 16; lane++) product[rows[i + a]] += sum[a][lane];                 \
            i += size;                                                                                      \
        }                                                                                                   \
    } while (0)

VERSIONS void cproducts_symmetric(
    long stride, const float *matrix, long count, const int64_t *rows, const float *vector, float *product) {
    SYMMETRIC(stride, matrix, count, rows, vector, product);
}

#define TOTAL(sum, lanes)                                        \
    float sum = 0;                                               \
    for (int lane = 0; lane < 16; lane++) sum += (lanes)[lane]

VERSIONS void cproducts_solve(
    long stride, const float *matrix, const float *ridges, const float *inverse, long count, const int64_t *rows,
    float share, float least, long limit, float *right, float *work, float *solution) {
    float *way = work, *image = work + stride;
    floats sizes = {0}, zero = {0};
    float largest = 0, end = least;
    for (long j = 0; j < stride; j += 16) {
        floats own = FLOATS(inverse + j) * FLOATS(right + j);
        *(floats *)(way + j) = own;
        *(floats *)(solution + j) = zero;
        sizes += own * FLOATS(right + j);
    }
    for (long i = 0; i < count; i++) largest = fabsf(right[rows[i]]) > largest ? fabsf(right[rows[i]]) : largest;
    if (share * largest > end) end = share * largest;
    TOTAL(size, sizes);
    for (long step = 0; step < limit; step++) {
        SYMMETRIC(stride, matrix, count, rows, way, image);
        floats bends = {0};
        for (long j = 0; j < stride; j += 16) {
            // Elsewhere the way is 0, and so is the inverse.
            *(floats *)(image + j) += FLOATS(ridges + j) * FLOATS(way + j);
            bends += FLOATS(way + j) * FLOATS(image + j);
        }
        TOTAL(bend, bends);
        if (!(bend > 0) || !(size > 0)) return;
        float length = size / bend;
        for (long j = 0; j < stride; j += 16) {
            *(floats *)(solution + j) += length * FLOATS(way + j);
            *(floats *)(right + j) -= length * FLOATS(image + j);
        }
        largest = 0;
        for (long i = 0; i < count; i++) largest = fabsf(right[rows[i]]) > largest ? fabsf(right[rows[i]]) : largest;
        if (largest <= end) return;
        floats nexts = {0};
        for (long j = 0; j < stride; j += 16) nexts += FLOATS(inverse + j) * FLOATS(right + j) * FLOATS(right + j);
        TOTAL(next, nexts);
        float turn = next / size;
        for (long j = 0; j < stride; j += 16)
            *(floats *)(way + j) = FLOATS(inverse + j) * FLOATS(right + j) + turn * FLOATS(way + j);
        size = next;
    }
}

VERSIONS void cproducts_add(long count, float factor, const float *source, float *target) {
    for (long j = 0; j < count; j += 16) *(floats *)(target + j) += factor * *(const floats *)(source + j);
}

VERSIONS void cproducts_update(
    long rows, long stride, float *matrix, const float *a, const float *x, const float *b, const float *y) {
    for (long i = 0; i < rows; i++) {
        float *own = matrix + i * stride;
        for (long j = 0; j < stride; j += 16)
            *(floats *)(own + j) += a[i] * *(const floats *)(x + j) + b[i] * *(const floats *)(y + j);
    }
}
