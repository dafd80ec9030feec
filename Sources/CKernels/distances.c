#include "CDistances.h"

#include <math.h>

#include "versions.h"

enum { LANES = CDISTANCES_LANES };
typedef float lanes __attribute__((vector_size(32), aligned(4)));
typedef int32_t names __attribute__((vector_size(32), aligned(4)));

// Takes what is lower, with its name. No function takes vectors by value: those of the versions differ in how they do.
#define LOWER(lowest, name, value, label)                                        \
    do {                                                                         \
        const lanes other = value;                                               \
        const names others = label, mask = other < lowest;                       \
        lowest = (lanes)(((names)other & mask) | ((names)lowest & ~mask));       \
        name = (others & mask) | (name & ~mask);                                 \
    } while (0)
#define ANY(mask) (__builtin_reduce_or(mask) != 0)

VERSIONS void cdistances_lowest(
    const cdistances_lines *lines, const int32_t *window, long blocks, float *lowest, int32_t *labels) {
    const long *starts = lines->starts;
    for (long block = 0; block < blocks; block++) {
        if (window[block] == 0) continue;
        lanes low = (lanes){} + INFINITY;
        names name = (names){} - 1;
        for (long i = 0; i <= 2 * lines->reach; i++) {
            float cost = lines->costs[(i + 1) / 2];
            if ((i & 1) && !ANY(low > cost)) break;
            if (starts[i] < 0 || !lines->filled[starts[i] + block]) continue;
            long place = (starts[i] + block) * LANES;
            LOWER(low, name, *(const lanes *)(lines->squares + place) + cost, *(const names *)(lines->labels + place));
        }
        *(lanes *)(lowest + block * LANES) = low;
        *(names *)(labels + block * LANES) = name;
    }
}

long cdistances_lay_out(
    const cdistances_foot *feet, const int32_t *foot_of, const long starts[3], long width, const int32_t *points,
    long count, long begun, cdistances_eight *eights, int32_t *ends) {
    cdistances_eight *eight = eights;
    for (long point = 0; point < count; point++) {
        int32_t around[32];
        long near = 0;
        for (long plane = 0; plane < 3; plane++)
            for (long row = -1; row <= 1; row++) {
                const int32_t *middle = foot_of + starts[plane] + points[point] + row * width;
                for (long i = -1; i <= 1; i++) {
                    around[near] = middle[i];
                    near += middle[i] >= 0;
                }
            }
        for (long i = 0; i < near; i += LANES, eight++)
            for (long lane = 0; lane < LANES; lane++) {
                int32_t name = around[i + lane < near ? i + lane : near - 1];
                eight->x[lane] = feet[name].place[0];
                eight->y[lane] = feet[name].place[1];
                eight->z[lane] = feet[name].place[2];
                eight->names[lane] = name;
            }
        ends[point] = (int32_t)(begun + (eight - eights));
    }
    return eight - eights;
}

// The foot nearest to a point and its squared distance.
INLINE int32_t nearest(const cdistances_discs *discs, int32_t foot, float x, float y, float z, float *square) {
    lanes low = (lanes){} + INFINITY;
    names name = (names){};
    const cdistances_eight *end = discs->eights + discs->first[foot + 1];
    for (const cdistances_eight *eight = discs->eights + discs->first[foot]; eight < end; eight++) {
        lanes dx = x - *(const lanes *)eight->x, dy = y - *(const lanes *)eight->y, dz = z - *(const lanes *)eight->z;
        LOWER(low, name, dx * dx + dy * dy + dz * dz, *(const names *)eight->names);
    }
    // Halves against each other; of two as near the earlier lane.
#define FOLD(...) \
    LOWER(low, name, __builtin_shufflevector(low, low, __VA_ARGS__), __builtin_shufflevector(name, name, __VA_ARGS__))
    FOLD(4, 5, 6, 7, 4, 5, 6, 7);
    FOLD(2, 3, 2, 3, 4, 5, 6, 7);
    FOLD(1, 1, 2, 3, 4, 5, 6, 7);
    *square = low[0];
    return name[0];
}

VERSIONS void cdistances_discs_plane(
    const cdistances_discs *discs, const cdistances_plane *plane, const int32_t *window, const float *squares,
    const int32_t *labels, const float *function, float *distances) {
    const lanes lane = {0, 1, 2, 3, 4, 5, 6, 7};
    const float radius = discs->radius;
    const long blocks = plane->pitch / LANES;
    for (long row = 0; row < plane->rows; row++)
        for (long block = 0; block < blocks; block++) {
            if (window[row * blocks + block] == 0) continue;
            const long left = block * LANES, place = row * plane->pitch + left, point = row * plane->width + left;
            const long present = plane->width - left < LANES ? plane->width - left : LANES;
            const lanes seed = *(const lanes *)(squares + place);
            const names inside = *(const lanes *)(function + point) >= 0;
            names wanted = ((seed <= plane->limit_inside) & inside) | ((seed <= plane->limit_outside) & ~inside);
            wanted &= lane < (float)present;
            lanes found = (lanes){} + INFINITY;
            if (ANY(wanted)) {
                const lanes x = (lane + (float)left) * plane->step_x;
                const float y = (float)row * plane->step_y, z = plane->z;
                float square[LANES] = {0};
                float foot[6][LANES];
                for (long i = 0; i < LANES; i++) {
                    int32_t name = 0;
                    if (wanted[i]) name = nearest(discs, labels[place + i], x[i], y, z, square + i);
                    for (long axis = 0; axis < 3; axis++) {
                        foot[axis][i] = discs->feet[name].place[axis];
                        foot[axis + 3][i] = discs->feet[name].normal[axis];
                    }
                }
#define LINE(number) (*(const lanes *)(number))
                const lanes dx = (x - LINE(foot[0])) * LINE(foot[3]), dy = (y - LINE(foot[1])) * LINE(foot[4]);
                const lanes along = dx + dy + (z - LINE(foot[2])) * LINE(foot[5]);
                lanes side = LINE(square) - along * along;
                side = (lanes)((names)side & (side > 0));
                lanes beyond = __builtin_elementwise_sqrt(side) - radius;
                beyond = (lanes)((names)beyond & (side > radius * radius));
                lanes result = __builtin_elementwise_sqrt(along * along + beyond * beyond);
                result = (lanes)((names)result ^ (inside & INT32_MIN));
                found = (lanes)(((names)result & wanted) | ((names)found & ~wanted));
            }
            if (present == LANES)
                *(lanes *)(distances + point) = found;
            else
                for (long i = 0; i < present; i++) distances[point + i] = found[i];
        }
}

VERSIONS void cdistances_blend(
    const float *const *rows, const float *weights, long count, float begin, long width, float *target) {
    long x = 0;
    for (; x + LANES <= width; x += LANES) {
        lanes sum = (lanes){} + begin;
        for (long row = 0; row < count; row++) sum += weights[row] * *(const lanes *)(rows[row] + x);
        *(lanes *)(target + x) = sum;
    }
    for (; x < width; x++) {
        float sum = begin;
        for (long row = 0; row < count; row++) sum += weights[row] * rows[row][x];
        target[x] = sum;
    }
}

long cdistances_lay_out_segments(
    const uint8_t *number, const int32_t *first, const float *ends, long cells_x, long cells_y,
    cdistances_segments *eights, int32_t *begin, uint8_t *count) {
    cdistances_segments *eight = eights;
    for (long y = 0; y < cells_y; y++)
        for (long x = 0; x < cells_x; x++) {
            const long cell = y * cells_x + x;
            if (number[cell] == 0) continue;
            const float *around[18];
            long near = 0;
            for (long j = y > 0 ? y - 1 : 0; j <= y + 1 && j < cells_y; j++)
                for (long i = x > 0 ? x - 1 : 0; i <= x + 1 && i < cells_x; i++)
                    for (long segment = 0; segment < number[j * cells_x + i] && near < 18; segment++)
                        around[near++] = ends + 4 * (first[j * cells_x + i] + segment);
            begin[cell] = (int32_t)(eight - eights);
            for (long i = 0; i < near; i += LANES, eight++)
                for (long lane = 0; lane < LANES; lane++) {
                    const float *segment = around[i + lane < near ? i + lane : near - 1];
                    const float dx = segment[2] - segment[0], dy = segment[3] - segment[1];
                    const float square = dx * dx + dy * dy;
                    eight->x[lane] = segment[0];
                    eight->y[lane] = segment[1];
                    eight->dx[lane] = dx;
                    eight->dy[lane] = dy;
                    eight->square[lane] = square > 0 ? square : 1;
                }
            count[cell] = (uint8_t)(eight - eights - begin[cell]);
        }
    return eight - eights;
}

VERSIONS void cdistances_contour_row(
    const cdistances_contour *contour, cdistances_sample row, const cdistances_sample *columns, long count,
    float *distances) {
    const long cells_x = contour->cells_x;
    const int32_t *nearest = contour->nearest + row.cell * cells_x;
    const float *above = contour->level + row.cell * (cells_x + 1), *below = above + cells_x + 1;
    for (long i = 0; i < count; i++) {
        const cdistances_sample column = columns[i];
        const int32_t cell = nearest[column.cell];
        lanes lowest = (lanes){} + INFINITY;
        const cdistances_segments *eight = contour->eights + contour->begin[cell];
        for (long k = 0; k < contour->count[cell]; k++, eight++) {
            const lanes x = *(const lanes *)eight->x, y = *(const lanes *)eight->y;
            const lanes dx = *(const lanes *)eight->dx, dy = *(const lanes *)eight->dy;
            lanes share = ((column.place - x) * dx + (row.place - y) * dy) / *(const lanes *)eight->square;
            share = __builtin_elementwise_min(__builtin_elementwise_max(share, (lanes){}), (lanes){} + 1.0f);
            const lanes away_x = column.place - (x + dx * share), away_y = row.place - (y + dy * share);
            lowest = __builtin_elementwise_min(lowest, away_x * away_x + away_y * away_y);
        }
        const float distance = sqrtf(__builtin_reduce_min(lowest));
        const float top = above[column.cell] + (above[column.cell + 1] - above[column.cell]) * column.share;
        const float bottom = below[column.cell] + (below[column.cell + 1] - below[column.cell]) * column.share;
        distances[i] = top + (bottom - top) * row.share > 0 ? distance : -distance;
    }
}
