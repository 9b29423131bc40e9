#ifndef TARN_CZSTD_SHIM_H
#define TARN_CZSTD_SHIM_H

#include <zdict.h>
#include <zstd.h>
#include <zstd_errors.h>

#endif
