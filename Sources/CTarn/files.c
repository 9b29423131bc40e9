#include "ctarn.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

/* Linux passes at most 0x7ffff000 bytes in one call; a smaller bound keeps calls interruptible. */
static const size_t call_bytes_max = 1u << 26;

static int open_repeated(const char *path, int flags, mode_t mode) {
    int descriptor;
    do descriptor = open(path, flags | O_CLOEXEC, mode);
    while (descriptor < 0 && errno == EINTR);
    return descriptor < 0 ? -errno : descriptor;
}

static int sync_repeated(int descriptor, int (*sync)(int)) {
    int result;
    /* Only an interrupted call is repeated: after any other error the kernel may have dropped the pages. */
    do result = sync(descriptor);
    while (result < 0 && errno == EINTR);
    return result < 0 ? -errno : 0;
}

int tarn_open(const char *path, int flags) {
    int native = O_NOFOLLOW | ((flags & TARN_OPEN_WRITE) ? O_RDWR : O_RDONLY);
    if (flags & TARN_OPEN_CREATE) native |= O_CREAT | O_EXCL;
#ifdef O_DIRECT
    if (flags & TARN_OPEN_DIRECT) native |= O_DIRECT;
#endif
    return open_repeated(path, native, 0600);
}

int tarn_close(int descriptor) {
    /* Linux has closed the descriptor even when close() was interrupted. */
    return close(descriptor) < 0 && errno != EINTR ? -errno : 0;
}

int64_t tarn_pread(int descriptor, void *bytes, size_t length, uint64_t offset) {
    size_t done = 0;
    while (done < length) {
        size_t wanted = length - done < call_bytes_max ? length - done : call_bytes_max;
        ssize_t count = pread(descriptor, (char *)bytes + done, wanted, (off_t)(offset + done));
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return -errno;
        if (count == 0) break;
        done += (size_t)count;
    }
    return (int64_t)done;
}

int tarn_pwrite(int descriptor, const void *bytes, size_t length, uint64_t offset) {
    size_t done = 0;
    while (done < length) {
        size_t wanted = length - done < call_bytes_max ? length - done : call_bytes_max;
        ssize_t count = pwrite(descriptor, (const char *)bytes + done, wanted, (off_t)(offset + done));
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return -errno;
        if (count == 0) return -EIO;
        done += (size_t)count;
    }
    return 0;
}

int tarn_fdatasync(int descriptor) { return sync_repeated(descriptor, fdatasync); }

void tarn_drop_cached(int descriptor, uint64_t offset, uint64_t count) {
    (void)posix_fadvise(descriptor, (off_t)offset, (off_t)count, POSIX_FADV_DONTNEED);
}

int tarn_set_direct(int descriptor, int is_direct) {
#ifdef O_DIRECT
    int flags = fcntl(descriptor, F_GETFL);
    if (flags < 0) return -errno;
    int wanted = is_direct ? flags | O_DIRECT : flags & ~O_DIRECT;
    return fcntl(descriptor, F_SETFL, wanted) < 0 ? -errno : 0;
#else
    (void)descriptor;
    return is_direct ? -EINVAL : 0;
#endif
}

int tarn_ftruncate(int descriptor, uint64_t length) {
    int result;
    do result = ftruncate(descriptor, (off_t)length);
    while (result < 0 && errno == EINTR);
    return result < 0 ? -errno : 0;
}

int tarn_allocate(int descriptor, uint64_t length) {
#ifdef FALLOC_FL_KEEP_SIZE
    int result;
    do result = fallocate(descriptor, FALLOC_FL_KEEP_SIZE, 0, (off_t)length);
    while (result < 0 && errno == EINTR);
    /* A file system without it allocates as it writes. */
    return result < 0 && errno != EOPNOTSUPP ? -errno : 0;
#else
    (void)descriptor;
    (void)length;
    return 0;
#endif
}

int64_t tarn_size(int descriptor) {
    struct stat status;
    return fstat(descriptor, &status) < 0 ? -errno : (int64_t)status.st_size;
}

int tarn_lock(const char *path) {
    int descriptor = open_repeated(path, O_RDWR | O_CREAT | O_NOFOLLOW, 0600);
    if (descriptor < 0) return descriptor;
    int result;
    do result = flock(descriptor, LOCK_EX | LOCK_NB);
    while (result < 0 && errno == EINTR);
    if (result == 0) return descriptor;
    int error = errno;
    close(descriptor);
    return -error;
}

int tarn_sync_directory(const char *path) {
    int descriptor = open_repeated(path, O_RDONLY | O_DIRECTORY, 0);
    if (descriptor < 0) return descriptor;
    int result = sync_repeated(descriptor, fsync);
    close(descriptor);
    return result;
}

int tarn_make_directory(const char *path) { return mkdir(path, 0700) < 0 ? -errno : 0; }

int tarn_rename(const char *from, const char *to) { return rename(from, to) < 0 ? -errno : 0; }

int tarn_unlink(const char *path) { return unlink(path) < 0 ? -errno : 0; }

int64_t tarn_free_bytes(const char *path) {
    struct statvfs status;
    if (statvfs(path, &status) < 0) return -errno;
    return (int64_t)status.f_bavail * (int64_t)status.f_frsize;
}

void *tarn_open_directory(const char *path, int *error) {
    DIR *directory = opendir(path);
    if (!directory) *error = -errno;
    return directory;
}

int tarn_next_entry(void *directory, struct tarn_directory_entry *entry) {
    for (;;) {
        errno = 0;
        struct dirent *next = readdir(directory);
        if (!next) return errno ? -errno : 0;
        if (!strcmp(next->d_name, ".") || !strcmp(next->d_name, "..")) continue;
        struct stat status;
        if (fstatat(dirfd(directory), next->d_name, &status, AT_SYMLINK_NOFOLLOW) < 0) {
            if (errno == ENOENT) continue; /* removed meanwhile */
            return -errno;
        }
        entry->name = next->d_name;
        entry->size = (int64_t)status.st_size;
        entry->is_directory = S_ISDIR(status.st_mode);
        return 1;
    }
}

void tarn_close_directory(void *directory) { closedir(directory); }
