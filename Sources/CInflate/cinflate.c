#include "CInflate.h"

#include <isa-l/igzip_lib.h>
#include <stdlib.h>

#if defined(__x86_64__)
// ISA-L leaves the upper halves of the vector registers in use, which slows all later code of the baseline by half.
__attribute__((target("avx"))) static void clear_upper_halves(void) { __builtin_ia32_vzeroupper(); }
#endif

struct cinflate_state {
    struct inflate_state stream;
};

cinflate_state *cinflate_new(void) {
    cinflate_state *state = malloc(sizeof(cinflate_state));
    if (state == NULL) return NULL;
    isal_inflate_init(&state->stream);
    state->stream.crc_flag = ISAL_GZIP;
    return state;
}

void cinflate_delete(cinflate_state *state) { free(state); }

cinflate_status cinflate_read(
    cinflate_state *state, const uint8_t *input, size_t *input_count, uint8_t *output, size_t *output_count) {
    struct inflate_state *stream = &state->stream;
    stream->next_in = (uint8_t *)input;
    stream->avail_in = (uint32_t)*input_count;
    stream->next_out = output;
    stream->avail_out = (uint32_t)*output_count;
    int status = isal_inflate(stream);
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx")) clear_upper_halves();
#endif
    *input_count -= stream->avail_in;
    *output_count -= stream->avail_out;
    if (status < 0 || status == ISAL_NEED_DICT) return CINFLATE_UNSOUND;
    if (stream->block_state != ISAL_BLOCK_FINISH) return CINFLATE_MORE;
    isal_inflate_reset(stream);
    stream->crc_flag = ISAL_GZIP;
    return CINFLATE_MEMBER_END;
}
