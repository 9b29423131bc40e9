#ifndef TARN_CTARN_H
#define TARN_CTARN_H

#include <stddef.h>
#include <stdint.h>

/* CRC32C of `length` bytes at `data`, continuing from `crc`; 0 to begin. */
uint32_t tarn_crc32c(uint32_t crc, const void *data, size_t length);

#endif
