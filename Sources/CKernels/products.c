#include "CProducts.h"

#include <math.h>
#include <string.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "versions.h"

typedef double lanes __attribute__((vector_size(64), aligned(8)));
typedef int64_t integers __attribute__((vector_size(64), aligned(8)));

enum { WIDE = 8, TALL = 4, BLOCK = 32, CHUNK = 512, MANY = 8 };

#define AT(place) (*(const lanes *)(place))
#define CHOOSE(mask, yes, no) ((lanes)(((mask) & (integers)(yes)) | (~(mask) & (integers)(no))))
#define EACH for (int a = 0; a < TALL; a++)

// H columns by W, whose sums stay in registers, of some rows. Beyond the edge the last column is taken again.
#define TILE(H, W, ROUNDED)                                                                             \
    {                                                                                                   \
        const double *l[H], *r[W];                                                                      \
        for (int a = 0; a < H; a++) l[a] = left + (i + a < lefts ? i + a : lefts - 1) * stride + first; \
        for (int b = 0; b < W; b++) {                                                                   \
            long other = j + b < rights ? j + b : rights - 1;                                           \
            r[b] = right + columns[other] * stride + first;                                             \
        }                                                                                               \
        integers sum[H][W] = {0};                                                                       \
        for (long row = 0; row < end; row += WIDE) {                                                    \
            lanes x[W];                                                                                 \
            for (int b = 0; b < W; b++) x[b] = AT(r[b] + row);                                          \
            for (int a = 0; a < H; a++) {                                                               \
                lanes factor = AT(l[a] + row);                                                          \
                for (int b = 0; b < W; b++) sum[a][b] += (integers)ROUNDED(factor, x[b], origin);       \
            }                                                                                           \
        }                                                                                               \
        for (long a = 0; a < H && i + a < lefts; a++)                                                   \
            for (long b = 0; b < W && j + b < rights; b++) {                                            \
                uint64_t *own = (uint64_t *)sums + (i + a) * rights + j + b;                            \
                for (int lane = 0; lane < WIDE; lane++) *own += (uint64_t)sum[a][b][lane];              \
            }                                                                                           \
    }

// Four columns by four; of two that are left two by eight.
#define TILES(name, attributes, ROUNDED)                                                                    \
    attributes void name(                                                                                   \
        long rows, long stride, long lefts, const double *left, long rights, const double *right,           \
        const int64_t *columns, double magic, int triangle, int64_t *sums) {                                \
        const lanes origin = magic - (lanes){0};                                                            \
        const long pair = lefts % TALL, last = pair == 1 || pair == 2 ? lefts - pair : lefts;               \
        for (long first = 0; first < rows; first += CHUNK) {                                                \
            const long end = rows - first < CHUNK ? rows - first : CHUNK;                                   \
            for (long block = 0; block < last; block += BLOCK)                                              \
                for (long j = 0; j < rights; j += TALL)                                                     \
                    for (long i = block; i < last && i < block + BLOCK; i += TALL) {                        \
                        if (triangle && i > j + TALL - 1) break;                                            \
                        TILE(TALL, TALL, ROUNDED)                                                           \
                    }                                                                                       \
            if (last < lefts)                                                                               \
                for (long i = last, j = triangle ? last : 0; j < rights; j += 2 * TALL) TILE(2, 8, ROUNDED) \
        }                                                                                                   \
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

TILES(cproducts_grid_stepwise, , stepwise)
#if defined(__x86_64__) && defined(__linux__)
TILES(fused256, static __attribute__((target("avx2,fma"))), FUSED)
TILES(fused512, static __attribute__((target("avx512f"))), FUSED)
#elif defined(__aarch64__)
TILES(fused128, static, FUSED)
#endif

typedef void grid_sums(
    long rows, long stride, long lefts, const double *left, long rights, const double *right, const int64_t *columns,
    double magic, int triangle, int64_t *sums);

// The version with vectors of so many bytes; null where this processor has none.
static grid_sums *grid_version(long bytes) {
#if defined(__x86_64__) && defined(__linux__)
    if (bytes == 64) return __builtin_cpu_supports("avx512f") ? fused512 : 0;
    if (bytes == 32) return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? fused256 : 0;
    return cproducts_grid_stepwise;
#elif defined(__aarch64__)
    return bytes == 16 ? fused128 : 0;
#else
    return bytes == 16 ? cproducts_grid_stepwise : 0;
#endif
}

int cproducts_grid_by(
    long bytes, long rows, long stride, long lefts, const double *left, long rights, const double *right,
    const int64_t *columns, double magic, int triangle, int64_t *sums) {
    grid_sums *own = grid_version(bytes);
    if (own) own(rows, stride, lefts, left, rights, right, columns, magic, triangle, sums);
    return own != 0;
}

void cproducts_grid(
    long rows, long stride, long lefts, const double *left, long rights, const double *right, const int64_t *columns,
    double magic, int triangle, int64_t *sums) {
    grid_sums *own = grid_version(64);
    if (!own) own = grid_version(32);
    if (!own) own = grid_version(16);
    own(rows, stride, lefts, left, rights, right, columns, magic, triangle, sums);
}

// The same tiles of integers. Their sums are within 32 bits, and so is what any lanes of them add up to.
#define SHORT_TILES(name, attributes, VECTOR, LOAD, PAIRS, ADD, ZERO, TOTALS)                                         \
    attributes void name(                                                                                             \
        long first, long end, long stride, long lefts, const int16_t *left, long rights, const int16_t *right,        \
        const int64_t *columns, int triangle, int64_t *sums) {                                                        \
        for (long block = 0; block < lefts; block += BLOCK)                                                           \
            for (long j = 0; j < rights; j += TALL)                                                                   \
                for (long i = block; i < lefts && i < block + BLOCK; i += TALL) {                                     \
                    if (triangle && i > j + TALL - 1) break;                                                          \
                    const int16_t *l[TALL], *r[TALL];                                                                 \
                    EACH {                                                                                            \
                        l[a] = left + (i + a < lefts ? i + a : lefts - 1) * stride;                                   \
                        r[a] = right + columns[j + a < rights ? j + a : rights - 1] * stride;                         \
                    }                                                                                                 \
                    VECTOR sum[TALL][TALL];                                                                           \
                    EACH for (int b = 0; b < TALL; b++) sum[a][b] = ZERO;                                             \
                    for (long row = first; row < end; row += sizeof(VECTOR) / sizeof(int16_t)) {                      \
                        VECTOR x[TALL];                                                                               \
                        EACH x[a] = LOAD(r[a] + row);                                                                 \
                        EACH {                                                                                        \
                            VECTOR factor = LOAD(l[a] + row);                                                         \
                            for (int b = 0; b < TALL; b++) sum[a][b] = ADD(sum[a][b], PAIRS(factor, x[b]));           \
                        }                                                                                             \
                    }                                                                                                 \
                    int32_t totals[TALL * TALL];                                                                      \
                    TOTALS(&sum[0][0], totals);                                                                       \
                    for (long a = 0; a < TALL && i + a < lefts; a++)                                                  \
                        for (long b = 0; b < TALL && j + b < rights; b++)                                             \
                            sums[(i + a) * rights + j + b] += totals[a * TALL + b];                                   \
                }                                                                                                     \
    }

#if defined(__x86_64__)
// Of 16 vectors the total of the four lanes of each.
INLINE void totals128(const __m128i *sums, int32_t *totals) {
    for (int k = 0; k < TALL * TALL; k += TALL) {
        __m128i a = _mm_add_epi32(_mm_unpacklo_epi32(sums[k], sums[k + 1]), _mm_unpackhi_epi32(sums[k], sums[k + 1]));
        __m128i b =
            _mm_add_epi32(_mm_unpacklo_epi32(sums[k + 2], sums[k + 3]), _mm_unpackhi_epi32(sums[k + 2], sums[k + 3]));
        __m128i own = _mm_add_epi32(_mm_unpacklo_epi64(a, b), _mm_unpackhi_epi64(a, b));
        _mm_storeu_si128((__m128i *)(totals + k), own);
    }
}

static inline __attribute__((always_inline, target("avx2"))) void totals256(const __m256i *sums, int32_t *totals) {
    __m128i halves[TALL * TALL];
    for (int k = 0; k < TALL * TALL; k++)
        halves[k] = _mm_add_epi32(_mm256_castsi256_si128(sums[k]), _mm256_extracti128_si256(sums[k], 1));
    totals128(halves, totals);
}

static inline __attribute__((always_inline, target("avx512bw"))) void totals512(const __m512i *sums, int32_t *totals) {
    __m256i halves[TALL * TALL];
    for (int k = 0; k < TALL * TALL; k++)
        halves[k] = _mm256_add_epi32(_mm512_castsi512_si256(sums[k]), _mm512_extracti64x4_epi64(sums[k], 1));
    totals256(halves, totals);
}

#define LOAD128(place) _mm_loadu_si128((const __m128i *)(place))
#define LOAD256(place) _mm256_loadu_si256((const __m256i *)(place))
SHORT_TILES(short128, static, __m128i, LOAD128, _mm_madd_epi16, _mm_add_epi32, _mm_setzero_si128(), totals128)
SHORT_TILES(
    short256, static __attribute__((target("avx2"))), __m256i, LOAD256, _mm256_madd_epi16, _mm256_add_epi32,
    _mm256_setzero_si256(), totals256)
SHORT_TILES(
    short512, static __attribute__((target("avx512bw"))), __m512i, _mm512_loadu_si512, _mm512_madd_epi16,
    _mm512_add_epi32, _mm512_setzero_si512(), totals512)
#endif

void cproducts_short_stepwise(
    long first, long end, long stride, long lefts, const int16_t *left, long rights, const int16_t *right,
    const int64_t *columns, int triangle, int64_t *sums) {
    for (long i = 0; i < lefts; i++)
        for (long j = triangle ? i : 0; j < rights; j++) {
            const int16_t *l = left + i * stride, *r = right + columns[j] * stride;
            int64_t sum = 0;
            for (long row = first; row < end; row++) sum += (int32_t)l[row] * (int32_t)r[row];
            sums[i * rights + j] += sum;
        }
}

typedef void short_sums(
    long first, long end, long stride, long lefts, const int16_t *left, long rights, const int16_t *right,
    const int64_t *columns, int triangle, int64_t *sums);

static short_sums *short_version(long bytes) {
#if defined(__x86_64__)
    if (bytes == 64) return __builtin_cpu_supports("avx512bw") ? short512 : 0;
    if (bytes == 32) return __builtin_cpu_supports("avx2") ? short256 : 0;
    return short128;
#else
    return bytes == 16 ? cproducts_short_stepwise : 0;
#endif
}

int cproducts_short_by(
    long bytes, long first, long end, long stride, long lefts, const int16_t *left, long rights, const int16_t *right,
    const int64_t *columns, int triangle, int64_t *sums) {
    short_sums *own = short_version(bytes);
    if (own) own(first, end, stride, lefts, left, rights, right, columns, triangle, sums);
    return own != 0;
}

void cproducts_short(
    long first, long end, long stride, long lefts, const int16_t *left, long rights, const int16_t *right,
    const int64_t *columns, int triangle, int64_t *sums) {
    short_sums *own = short_version(64);
    if (!own) own = short_version(32);
    if (!own) own = short_version(16);
    own(first, end, stride, lefts, left, rights, right, columns, triangle, sums);
}

VERSIONS void cproducts_short_norms(long columns, long stride, const int16_t *shorts, int64_t *norms) {
    for (long i = 0; i < columns; i++)
        for (long block = 0; block < stride / 32; block++) {
            const int16_t *own = shorts + i * stride + block * 32;
            int64_t sum = 0;
            for (long row = 0; row < 32; row++) sum += (int32_t)own[row] * (int32_t)own[row];
            if (sum > norms[block]) norms[block] = sum;
        }
}

VERSIONS void cproducts_shorten(long count, const double *x, const double *weights, double scale, int16_t *shorts) {
    // 1.5 * 2^52: its last bit is 1.
    const double magic = 6755399441055744.0;
    for (long j = 0; j < count; j++) {
        double term = x[j] * weights[j] * scale + magic;
        int64_t bits;
        memcpy(&bits, &term, sizeof bits);
        shorts[j] = (int16_t)bits;
    }
}

VERSIONS void cproducts_split(
    long count, double factor, const double *x, double magic, double lowMagic, double scale, int64_t *high, int64_t *low) {
    integers origin = (integers)(magic - (lanes){0}), lowOrigin = (integers)(lowMagic - (lanes){0});
    long whole = count / WIDE * WIDE;
    for (long j = 0; j < whole; j += WIDE) {
        lanes term = factor * AT(x + j), shifted = term + magic;
        lanes rest = (term - (shifted - magic)) * scale + lowMagic;
        *(integers *)(high + j) += (integers)shifted - origin;
        *(integers *)(low + j) += (integers)rest - lowOrigin;
    }
    for (long j = whole; j < count; j++) {
        lanes term = factor * (x[j] - (lanes){0}), shifted = term + magic;
        lanes rest = (term - (shifted - magic)) * scale + lowMagic;
        high[j] += ((integers)shifted - origin)[0];
        low[j] += ((integers)rest - lowOrigin)[0];
    }
}

VERSIONS void cproducts_total(
    long count, const double *x, const double *y, double magic, double lowMagic, double scale, int64_t *sums) {
    integers origin = (integers)(magic - (lanes){0}), lowOrigin = (integers)(lowMagic - (lanes){0});
    integers high = {0}, low = {0};
    for (long j = 0; j < count; j += WIDE) {
        lanes term = {0};
        if (count - j >= WIDE)
            term = AT(x + j) * AT(y + j);
        else
            for (long rest = j; rest < count; rest++) term[rest - j] = x[rest] * y[rest];
        lanes shifted = term + magic, rest = (term - (shifted - magic)) * scale + lowMagic;
        high += (integers)shifted - origin;
        low += (integers)rest - lowOrigin;
    }
    for (int lane = 0; lane < WIDE; lane++) {
        sums[0] += high[lane];
        sums[1] += low[lane];
    }
}

VERSIONS double cproducts_largest(long count, const double *x) {
    const integers sign = (integers)(-0.0 - (lanes){0});
    long whole = count / WIDE * WIDE;
    lanes most = {0}, faults = {0};
    for (long j = 0; j < whole; j += WIDE) {
        lanes own = (lanes)((integers)AT(x + j) & ~sign);
        integers isMore = own > most;
        most = CHOOSE(isMore, own, most);
        faults += own * 0;
    }
    double largest = 0, fault = 0;
    for (int lane = 0; lane < WIDE; lane++) {
        largest = most[lane] > largest ? most[lane] : largest;
        fault += faults[lane];
    }
    for (long j = whole; j < count; j++) {
        largest = fabs(x[j]) > largest ? fabs(x[j]) : largest;
        fault += x[j] * 0;
    }
    return fault == 0 ? largest : INFINITY;
}

VERSIONS void cproducts_scores(
    long count, const double *x, const double *centres, const double *factors, double *scores) {
    for (long j = 0; j < count; j++) scores[j] = (x[j] - centres[j]) * factors[j];
}

// Of eight columns for one model or two, so that what is read of a column serves both.
INLINE void combine(
    int models, long rows, long stride, const double *const *x, const double (*c)[MANY], double *products) {
    for (long row = 0; row < rows; row += WIDE) {
        lanes sum[2];
        for (int b = 0; b < models; b++) sum[b] = AT(products + b * stride + row);
        for (int a = 0; a < MANY; a++) {
            lanes own = AT(x[a] + row);
            for (int b = 0; b < models; b++) sum[b] += c[b][a] * own;
        }
        for (int b = 0; b < models; b++) *(lanes *)(products + b * stride + row) = sum[b];
    }
}

VERSIONS void cproducts_combine(
    long rows, long stride, long count, const double *table, const int64_t *columns, long width, const double *factors,
    double *products) {
    for (long j = 0; j < count; j += MANY) {
        const double *x[MANY];
        for (int a = 0; a < MANY; a++) x[a] = table + columns[j + a < count ? j + a : j] * stride;
        for (long i = 0; i < width; i += 2) {
            double c[2][MANY] = {{0}};
            for (long b = 0; b < 2 && i + b < width; b++)
                for (long a = 0; a < MANY && j + a < count; a++) c[b][a] = factors[(i + b) * count + j + a];
            if (i + 1 < width)
                combine(2, rows, stride, x, c, products + i * stride);
            else
                combine(1, rows, stride, x, c, products + i * stride);
        }
    }
}

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
