#ifndef TARN_CTARN_H
#define TARN_CTARN_H

#include <stddef.h>
#include <stdint.h>

/* CRC32C of `length` bytes at `data`, continuing from `crc`; 0 to begin. */
uint32_t tarn_crc32c(uint32_t crc, const void *data, size_t length);

/* File calls. Each answers with a result of 0 or more, or with -errno; interrupted calls are repeated. */

enum {
    TARN_OPEN_READ = 0,
    TARN_OPEN_WRITE = 1,  /* read and write */
    TARN_OPEN_CREATE = 2, /* with WRITE: the file must not exist yet */
    TARN_OPEN_DIRECT = 4, /* reads bypass the page cache; offset, length and address must be multiples of 4,096 */
};

/* Opens the file at `path` with close-on-exec; never follows a symbolic link in the last component. */
int tarn_open(const char *path, int flags);
int tarn_close(int descriptor);
/* Reads until `length` bytes or the end of the file. */
int64_t tarn_pread(int descriptor, void *bytes, size_t length, uint64_t offset);
/* Writes all of `length` bytes or fails. */
int tarn_pwrite(int descriptor, const void *bytes, size_t length, uint64_t offset);
int tarn_fdatasync(int descriptor);
/* Advises the kernel to keep nothing of this range in its page cache; what was not written to the disk stays. */
void tarn_drop_cached(int descriptor, uint64_t offset, uint64_t count);
/* Has reads and writes from now on go past the page cache, or by way of it again. */
int tarn_set_direct(int descriptor, int is_direct);
int tarn_ftruncate(int descriptor, uint64_t length);
/* Reserves blocks up to `length` without changing the size of the file. */
int tarn_allocate(int descriptor, uint64_t length);
int64_t tarn_size(int descriptor);

/* Takes an exclusive lock on `path`, made when absent, and answers with the descriptor that holds it; -EWOULDBLOCK when it is taken. */
int tarn_lock(const char *path);
/* Makes durable which names the directory holds. */
int tarn_sync_directory(const char *path);
int tarn_make_directory(const char *path);
int tarn_rename(const char *from, const char *to);
int tarn_unlink(const char *path);
/* Bytes that an unprivileged process may still write. */
int64_t tarn_free_bytes(const char *path);

/* One name of a directory. */
struct tarn_directory_entry {
    const char *name; /* valid until the next call */
    int64_t size;
    int is_directory;
};
/* Opens `path` for tarn_next_entry; NULL, with -errno in `error`, when that fails. */
void *tarn_open_directory(const char *path, int *error);
/* 1 with the next name but `.` and `..`, 0 at the end, else -errno. */
int tarn_next_entry(void *directory, struct tarn_directory_entry *entry);
void tarn_close_directory(void *directory);

/* Has the C library's allocator give back what is free: few arenas, large blocks mapped by themselves. Called once, at the start. */
void tarn_bound_allocator(void);

#endif
