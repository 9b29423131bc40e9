#include "ctarn.h"

#include <stdlib.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

void tarn_bound_allocator(void) {
#ifdef __GLIBC__
    mallopt(M_ARENA_MAX, 2);
    /* Chunks of 4 MiB come and go all the time: mapping each anew would cost more than what is done with it. */
    mallopt(M_MMAP_THRESHOLD, 8 << 20);
    mallopt(M_TRIM_THRESHOLD, 32 << 20);
#endif
}
