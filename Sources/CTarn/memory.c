#include "ctarn.h"

#include <stdlib.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

void tarn_bound_allocator(void) {
#ifdef __GLIBC__
    mallopt(M_ARENA_MAX, 2);
    mallopt(M_MMAP_THRESHOLD, 1 << 20);
    mallopt(M_TRIM_THRESHOLD, 4 << 20);
#endif
}
