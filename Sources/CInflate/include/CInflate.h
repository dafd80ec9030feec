#ifndef CONCORD_CINFLATE_H
#define CONCORD_CINFLATE_H

#include <stddef.h>
#include <stdint.h>

// Expansion of gzip members (RFC 1952) by ISA-L, whose state is too large a structure for Swift to import.
typedef struct cinflate_state cinflate_state;

typedef enum {
    // More input or more room for output is wanted.
    CINFLATE_MORE,
    // A member ended and its checksum held; the next call begins another one.
    CINFLATE_MEMBER_END,
    // The stream is not sound: nothing more comes.
    CINFLATE_UNSOUND,
} cinflate_status;

// A state at the beginning of a member, or NULL without memory.
cinflate_state *cinflate_new(void);

void cinflate_delete(cinflate_state *state);

// Expands; `input_count` and `output_count` hold what there is and then what was used, each at most 2^30.
cinflate_status cinflate_read(
    cinflate_state *state, const uint8_t *input, size_t *input_count, uint8_t *output, size_t *output_count);

#endif
