/* Records what a process does to the files below a folder, so that a test can rebuild the disk after a loss of power.
 *
 * Loaded with LD_PRELOAD. ATTEST_RECORD_ROOT is the folder, ATTEST_RECORD_FILE where the record is appended. Each operation
 * is carried out and recorded under one lock, before it returns to its caller, so the order of the record is the order of
 * the disk. A record: operation (1 byte), two numbers (8 bytes each), two lengths (4 bytes each), the two texts.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
#define FILES 65536

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static unsigned char tracked[FILES];
static const char *root;
static int record = -1;

__attribute__((constructor)) static void start(void) {
    const char *file = getenv("ATTEST_RECORD_FILE");
    root = getenv("ATTEST_RECORD_ROOT");
    if (file && root) record = REAL(open)(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

/* SQLite's shared memory is written through a mapping and made anew at every start. */
static int inside(const char *path) {
    size_t length = root ? strlen(root) : 0, all = path ? strlen(path) : 0;
    if (record < 0 || all <= length || strncmp(path, root, length) || path[length] != '/') return 0;
    return all < 4 || strcmp(path + all - 4, "-shm");
}

static int is_tracked(int fd) { return fd >= 0 && fd < FILES && tracked[fd]; }

static void put(char operation, uint64_t a, uint64_t b, const void *text, size_t length, const char *other) {
    char head[25] = {operation};
    uint32_t lengths[2] = {length, other ? strlen(other) : 0};
    memcpy(head + 1, &a, 8);
    memcpy(head + 9, &b, 8);
    memcpy(head + 17, lengths, 8);
    struct iovec parts[3] = {{head, 25}, {(void *)text, length}, {(void *)other, lengths[1]}};
    if (REAL(writev)(record, parts, 3) != (ssize_t)(25 + length + lengths[1])) abort();
}

static uint64_t inode(int fd) {
    struct stat status;
    return fstat(fd, &status) ? 0 : status.st_ino;
}

static int opened(int (*real)(const char *, int, ...), const char *path, int flags, mode_t mode) {
    if (!inside(path)) {
        int fd = real(path, flags, mode);
        if (fd >= 0 && fd < FILES) tracked[fd] = 0;
        return fd;
    }
    struct stat before;
    pthread_mutex_lock(&lock);
    int existed = stat(path, &before) == 0;
    int fd = real(path, flags, mode);
    if (fd >= FILES) abort();
    if (fd >= 0) {
        tracked[fd] = 1;
        if (!existed) put('C', inode(fd), 0, path, strlen(path), NULL);
        else if ((flags & O_TRUNC) && before.st_size) put('T', inode(fd), 0, "", 0, NULL);
    }
    pthread_mutex_unlock(&lock);
    return fd;
}

#define OPEN(name) \
    int name(const char *path, int flags, ...) { \
        va_list more; \
        va_start(more, flags); \
        mode_t mode = flags & O_CREAT ? va_arg(more, mode_t) : 0; \
        va_end(more); \
        return opened(REAL(name), path, flags, mode); \
    }
OPEN(open)
OPEN(open64)

int close(int fd) {
    if (is_tracked(fd)) tracked[fd] = 0;
    return REAL(close)(fd);
}

ssize_t write(int fd, const void *data, size_t length) {
    if (!is_tracked(fd)) return REAL(write)(fd, data, length);
    struct stat status;
    pthread_mutex_lock(&lock);
    fstat(fd, &status);
    int appends = fcntl(fd, F_GETFL) & O_APPEND;
    off_t at = appends ? status.st_size : lseek(fd, 0, SEEK_CUR);
    ssize_t written = REAL(write)(fd, data, length);
    if (written > 0) put('W', status.st_ino, at, data, written, NULL);
    pthread_mutex_unlock(&lock);
    return written;
}

#define PWRITE(name, offset_t) \
    ssize_t name(int fd, const void *data, size_t length, offset_t at) { \
        if (!is_tracked(fd)) return REAL(name)(fd, data, length, at); \
        pthread_mutex_lock(&lock); \
        ssize_t written = REAL(name)(fd, data, length, at); \
        if (written > 0) put('W', inode(fd), at, data, written, NULL); \
        pthread_mutex_unlock(&lock); \
        return written; \
    }
PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)

ssize_t writev(int fd, const struct iovec *parts, int count) {
    if (!is_tracked(fd)) return REAL(writev)(fd, parts, count);
    return write(fd, parts[0].iov_base, parts[0].iov_len); /* a short write, which callers expect */
}

#define TRUNCATE(name, offset_t) \
    int name(int fd, offset_t length) { \
        if (!is_tracked(fd)) return REAL(name)(fd, length); \
        pthread_mutex_lock(&lock); \
        int failed = REAL(name)(fd, length); \
        if (!failed) put('T', inode(fd), length, "", 0, NULL); \
        pthread_mutex_unlock(&lock); \
        return failed; \
    }
TRUNCATE(ftruncate, off_t)
TRUNCATE(ftruncate64, off64_t)

/* For a folder, its path: its names are made durable. */
#define SYNC(name) \
    int name(int fd) { \
        if (!is_tracked(fd)) return REAL(name)(fd); \
        char link[32], path[4096]; \
        snprintf(link, sizeof link, "/proc/self/fd/%d", fd); \
        pthread_mutex_lock(&lock); \
        ssize_t length = readlink(link, path, sizeof path); \
        int failed = REAL(name)(fd); \
        if (!failed) put('F', inode(fd), 0, path, length < 0 ? 0 : length, NULL); \
        pthread_mutex_unlock(&lock); \
        return failed; \
    }
SYNC(fsync)
SYNC(fdatasync)

/* A change of names: carried out, then recorded. */
#define NAMES(call, operation, number, path, other) \
    if (!inside(path)) return call; \
    pthread_mutex_lock(&lock); \
    int failed = call; \
    if (!failed) put(operation, 0, number, path, strlen(path), other); \
    pthread_mutex_unlock(&lock); \
    return failed;

int rename(const char *from, const char *to) { NAMES(REAL(rename)(from, to), 'R', 0, from, to) }
int unlink(const char *path) { NAMES(REAL(unlink)(path), 'U', 0, path, NULL) }
int mkdir(const char *path, mode_t mode) { NAMES(REAL(mkdir)(path, mode), 'M', mode, path, NULL) }
