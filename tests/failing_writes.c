/* A disk that fills up, or breaks, at the call one chooses: for LD_PRELOAD on Linux.
 *
 * Counts the calls that write below the folder named by DSF_FAIL_BELOW, and makes one of them
 * fail, or all from one on. Which one is said from within the process through fail_at(), or from
 * outside through DSF_FAIL_AT and DSF_FAIL_ERRNO (then every call from that one on fails).
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

#define MOST 10000

static pthread_mutex_t guard = PTHREAD_MUTEX_INITIALIZER;
static const char *folder;
static char names[MOST][128];
static long counted, first, last;
static int code;

/* Let the n-th call from now on (1 is the next) fail with an errno, or all from the n-th on; n = 0
 * lets none fail. Errno 0: a write takes half of its bytes and says so, other calls are let be. */
void fail_at(long n, int number, int ever_after)
{
    pthread_mutex_lock(&guard);
    counted = 0;
    first = n;
    last = ever_after ? LONG_MAX : n;
    code = number;
    pthread_mutex_unlock(&guard);
}

/* How many calls there were since. */
long fail_count(void)
{
    return counted;
}

/* The n-th of them: its name and that of the file. */
const char *fail_name(long n)
{
    return n >= 1 && n <= counted && n <= MOST ? names[n - 1] : "";
}

__attribute__((constructor)) static void begin(void)
{
    const char *at = getenv("DSF_FAIL_AT"), *number = getenv("DSF_FAIL_ERRNO");
    folder = getenv("DSF_FAIL_BELOW");
    if (at && number)
        fail_at(atol(at), atoi(number), 1);
}

/* Names are absolute in the tests. */
static int is_below(const char *path)
{
    size_t length = folder ? strlen(folder) : 0;
    return length && !strncmp(path, folder, length) && path[length] == '/';
}

/* Count a call if its file lies below the folder; say whether it is chosen. */
static int is_chosen(const char *call, const char *path)
{
    int chosen;
    if (!is_below(path))
        return 0;
    pthread_mutex_lock(&guard);
    if (counted < MOST)
        snprintf(names[counted], sizeof names[0], "%s %s", call, strrchr(path, '/') + 1);
    counted++;
    chosen = first && counted >= first && counted <= last;
    pthread_mutex_unlock(&guard);
    return chosen;
}

static int is_chosen_file(const char *call, int file)
{
    char link[64], path[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, sizeof path - 1);
    path[length < 0 ? 0 : length] = 0;
    return is_chosen(call, path);
}

static int fails(int chosen)
{
    if (!chosen || !code)
        return 0;
    errno = code;
    return 1;
}

#define FILE_FAILS(call, file) fails(is_chosen_file(call, file))
#define NAME_FAILS(call, path) fails(is_chosen(call, path))

#define HONEST(call, ...)                                                                          \
    ({                                                                                             \
        static __typeof__(&call) honest;                                                           \
        if (!honest)                                                                               \
            honest = (__typeof__(&call))dlsym(RTLD_NEXT, #call);                                   \
        honest(__VA_ARGS__);                                                                       \
    })

ssize_t write(int file, const void *bytes, size_t n)
{
    if (is_chosen_file("write", file)) {
        if (code) {
            errno = code;
            return -1;
        }
        n = n > 1 ? n / 2 : n;
    }
    return HONEST(write, file, bytes, n);
}

ssize_t pwrite(int file, const void *bytes, size_t n, off_t at)
{
    return FILE_FAILS("pwrite", file) ? -1 : HONEST(pwrite, file, bytes, n, at);
}

ssize_t pwrite64(int file, const void *bytes, size_t n, off64_t at)
{
    return FILE_FAILS("pwrite", file) ? -1 : HONEST(pwrite64, file, bytes, n, at);
}

ssize_t writev(int file, const struct iovec *blocks, int n)
{
    return FILE_FAILS("writev", file) ? -1 : HONEST(writev, file, blocks, n);
}

int fsync(int file)
{
    return FILE_FAILS("fsync", file) ? -1 : HONEST(fsync, file);
}

int fdatasync(int file)
{
    return FILE_FAILS("fsync", file) ? -1 : HONEST(fdatasync, file);
}

int ftruncate(int file, off_t length)
{
    return FILE_FAILS("ftruncate", file) ? -1 : HONEST(ftruncate, file, length);
}

int ftruncate64(int file, off64_t length)
{
    return FILE_FAILS("ftruncate", file) ? -1 : HONEST(ftruncate64, file, length);
}

int rename(const char *old, const char *new)
{
    return NAME_FAILS("rename", new) ? -1 : HONEST(rename, old, new);
}

int renameat(int from, const char *old, int to, const char *new)
{
    return NAME_FAILS("rename", new) ? -1 : HONEST(renameat, from, old, to, new);
}

int mkdir(const char *name, mode_t mode)
{
    return NAME_FAILS("mkdir", name) ? -1 : HONEST(mkdir, name, mode);
}

int mkdirat(int at, const char *name, mode_t mode)
{
    return NAME_FAILS("mkdir", name) ? -1 : HONEST(mkdirat, at, name, mode);
}

/* Opening counts where it may create a file; only then is there a mode. */
#define OPEN(call, ...)                                                                            \
    mode_t mode = 0;                                                                               \
    if ((flags & O_CREAT) || (flags & O_TMPFILE) == O_TMPFILE) {                                   \
        va_list more;                                                                              \
        va_start(more, flags);                                                                     \
        mode = va_arg(more, mode_t);                                                               \
        va_end(more);                                                                              \
    }                                                                                              \
    return flags & O_CREAT && NAME_FAILS("open", name) ? -1 : HONEST(call, __VA_ARGS__)

int open(const char *name, int flags, ...)
{
    OPEN(open, name, flags, mode);
}

int open64(const char *name, int flags, ...)
{
    OPEN(open64, name, flags, mode);
}

int openat(int at, const char *name, int flags, ...)
{
    OPEN(openat, at, name, flags, mode);
}

int openat64(int at, const char *name, int flags, ...)
{
    OPEN(openat64, at, name, flags, mode);
}
