#ifndef CONCORD_CSANDBOX_H
#define CONCORD_CSANDBOX_H

#include <stdint.h>

// Gives up, for this process and for good, what a parser of foreign files does not need: the network, writing to files,
// other programs and other processes. Open descriptors stay usable. `memory_bytes` caps the address space (0: no cap).
// Returns 0, or the errno of the step that failed.
int32_t csandbox_enter(uint64_t memory_bytes);

#endif
